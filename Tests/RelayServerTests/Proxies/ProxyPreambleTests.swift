import RelayServer
import Testing

/// However the header arrives, it is read whole, and not a byte of what is behind it.
@Suite("PROXY header of a connection") struct ProxyPreambleTests {
  private static let rests = ["", "P", "POST / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "\r\n"]

  private func expect(
    _ pieces: [[UInt8]],
    _ sender: ProxyPreamble.Sender,
    _ headerBytes: Int,
    _ comment: String
  ) {
    let outcome = ProxyPreamble.outcome(of: pieces)
    guard case .complete(let found, _)? = outcome?.step else {
      Issue.record("\(comment): \(String(describing: outcome))")
      return
    }
    #expect(found == sender && outcome?.taken == headerBytes, "\(comment)")
  }

  private func pieces(_ bytes: [UInt8], at cuts: [Int]) -> [[UInt8]] {
    zip([0] + cuts, cuts + [bytes.count]).map { Array(bytes[$0..<$1]) }.filter { !$0.isEmpty }
  }

  @Test(arguments: ProxySamples.good.indices)
  func `in one piece, with whatever behind it`(index: Int) {
    let (header, sender) = ProxySamples.good[index]
    for rest in Self.rests { expect([header + Array(rest.utf8)], sender, header.count, rest) }
  }

  @Test(arguments: ProxySamples.good.indices)
  func `in two pieces, cut at every byte of it and of what is behind`(index: Int) {
    let (header, sender) = ProxySamples.good[index]
    for rest in Self.rests {
      let bytes = header + Array(rest.utf8)
      for cut in 0...bytes.count {
        expect(pieces(bytes, at: [cut]), sender, header.count, "\(rest) at \(cut)")
      }
    }
  }

  @Test(arguments: ProxySamples.good.indices)
  func `in three pieces, cut at every two bytes`(index: Int) {
    let (header, sender) = ProxySamples.good[index]
    let bytes = header + Array("POST".utf8)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        expect(pieces(bytes, at: [first, second]), sender, header.count, "\(first), \(second)")
      }
    }
  }

  @Test(arguments: ProxySamples.good.indices)
  func `byte by byte, complete with its last one`(index: Int) {
    let (header, sender) = ProxySamples.good[index]
    expect(header.map { [$0] }, sender, header.count, "all")
    #expect(ProxyPreamble.outcome(of: header.dropLast().map { [$0] }) == nil)
  }

  @Test(arguments: ProxySamples.bad.indices)
  func `what is no header is refused for the same reason in two pieces, in three and byte by byte`(
    index: Int
  ) {
    let (bytes, refusal) = ProxySamples.bad[index]
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let outcome = ProxyPreamble.outcome(of: pieces(bytes, at: [first, second]))
        #expect(outcome?.step == .refused(refusal), "\(first), \(second)")
      }
    }
    #expect(ProxyPreamble.outcome(of: bytes.map { [$0] })?.step == .refused(refusal))
  }

  @Test func `no more is kept than the longest header has`() {
    let rest = [UInt8](repeating: 0, count: 4096)
    let longest = ProxySamples.binary(0x21, 0x00, rest)
    let flood = longest + [UInt8](repeating: 0x41, count: 60_000)
    for cut in [0, 1, 16, 17, longest.count - 1, longest.count, flood.count] {
      expect(pieces(flood, at: [cut]), .unknown, longest.count, "at \(cut)")
    }
  }

  @Test func `every refusal says what to do, and none what was received`() {
    let refusals = ProxySamples.bad.map(\.refusal) + [.untrusted, .cut, .tooSlow]
    for refusal in refusals {
      #expect(refusal.description.contains("; ") || refusal.description.contains("?"))
      #expect(!refusal.description.contains("203.0.113"))
    }
  }
}
