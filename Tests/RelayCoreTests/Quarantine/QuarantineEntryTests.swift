import RelayCore
import Testing
import WebhookReceiver

@Suite struct QuarantineEntryTests {
  private let hash = KeyedHash128(key: Array(0..<16))

  private func entry(body: [UInt8], detail: String = "no signature matches") -> QuarantineEntry {
    QuarantineEntry(
      summary: QuarantineEntry.Summary(
        id: 0x64E9_F2A1_B3C4,
        receivedAt: 1_700_000_000_000_001,
        elapsedSeconds: 86_400,
        windowSeconds: 1_000_000_000,
        bodyBytes: Int64(body.count),
        source: "github",
        address: "2001:db8::1",
        reason: "signature_mismatch",
        detail: detail
      ),
      contents: QuarantineEntry.Contents(
        method: Array("POST".utf8),
        target: Array("/in/github?a=%00".utf8),
        headerBlock: Array("X-A: 1\r\nX-B: \u{FF}\r\n".utf8),
        body: body
      )
    )
  }

  @Test(arguments: [0, 1, 4096, 100_000])
  func `what is written is read`(_ count: Int) throws {
    let entry = entry(body: Array(repeating: 0xA5, count: count))
    let bytes = entry.encode(hash)
    #expect(QuarantineEntry(bytes, hash) == entry)
    // Blocks are read whole, with whatever is behind the entry.
    #expect(QuarantineEntry(bytes + [1, 2, 3], hash) == entry)
    let head = try #require(QuarantineEntry.Head(Array(bytes.prefix(4096)), hash))
    #expect(head.summary == entry.summary)
    #expect(head.byteCount == bytes.count)
    let contents = 4 + 16 + 20 + count + QuarantineEntry.Contents.overhead
    #expect(head.blockCount <= QuarantineEntry.blocks(contentBytes: contents))
  }

  @Test func `a summary fits the first block whatever the texts are`() throws {
    var entry = entry(body: [], detail: String(repeating: "\u{1F600}", count: 3000))
    entry.summary.source = String(repeating: "s", count: 3000)
    entry.summary.address = String(repeating: "a", count: 3000)
    entry.summary.reason = String(repeating: "r", count: 3000)
    let head = try #require(
      QuarantineEntry.Head(Array(entry.encode(hash).prefix(QuarantineEntry.blockBytes)), hash)
    )
    #expect(head.summary.detail == String(repeating: "\u{1F600}", count: 128))
    #expect(head.summary.source == String(repeating: "s", count: 512))
  }

  @Test func `no bit may differ, and no byte may be missing`() {
    let bytes = entry(body: Array("body".utf8)).encode(hash)
    for index in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[index] ^= 1 << bit
        #expect(QuarantineEntry(flipped, hash) == nil, "bit \(bit) of byte \(index)")
      }
      #expect(QuarantineEntry(Array(bytes.prefix(index)), hash) == nil)
    }
  }

  @Test func `who does not know the key makes no entry`() {
    let bytes = entry(body: []).encode(KeyedHash128(key: Array(repeating: 0, count: 16)))
    #expect(QuarantineEntry.Head(bytes, hash) == nil)
  }
}
