import RelayCore
import Testing

private let uuid = [UInt8](1...16)
private let codec = CursorCodec(uuid: uuid, key: [UInt8](repeating: 7, count: 16))
private let sample = Cursor(
  kind: .consumer,
  sequence: 42,
  binding: 99,
  generation: 3,
  nonce: .max
)

@Suite("Cursor") struct CursorTests {
  @Test(arguments: [Cursor.Kind.ascending, .descending, .consumer])
  func `comes back as it went out`(kind: Cursor.Kind) throws {
    let cursor = Cursor(kind: kind, sequence: .max, binding: 1, generation: 2, nonce: 3)
    #expect(try codec.decode(codec.encode(cursor)) == cursor)
  }

  @Test func `is made of URL-safe characters`() {
    let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    #expect(codec.encode(sample).allSatisfy(allowed.contains))
  }

  @Test func `no character of it can be changed`() {
    let text = Array(codec.encode(sample))
    for index in text.indices {
      for replacement in ["A", "B", "_", "*"] as [Character] where text[index] != replacement {
        var altered = text
        altered[index] = replacement
        #expect(throws: CursorError.self) { try codec.decode(String(altered)) }
      }
    }
  }

  @Test(arguments: ["", "A", "not a cursor", String(repeating: "A", count: 10_000)])
  func `anything else is malformed`(text: String) {
    #expect(throws: CursorError.malformed) { try codec.decode(text) }
  }

  @Test func `another journal's is told apart`() {
    let other = CursorCodec(uuid: [UInt8](16...31), key: [UInt8](repeating: 7, count: 16))
    #expect(throws: CursorError.foreignJournal) { try other.decode(codec.encode(sample)) }
  }

  @Test func `one made with another key is malformed`() {
    let other = CursorCodec(uuid: uuid, key: [UInt8](repeating: 8, count: 16))
    #expect(throws: CursorError.malformed) { try other.decode(codec.encode(sample)) }
  }
}

@Suite("Event id") struct EventIDTests {
  @Test(arguments: [1, 2, 1 << 32, .max] as [UInt64])
  func `leads back to its sequence`(sequence: UInt64) {
    #expect(codec.sequence(ofEventID: codec.eventID(sequence)) == sequence)
  }

  @Test(arguments: ["", "1", "AAAAAAAAAAAAAAAAAAAAAA", "../../etc/passwd"])
  func `a made-up one leads nowhere`(text: String) {
    #expect(codec.sequence(ofEventID: text) == nil)
  }

  @Test func `another journal's leads nowhere`() {
    let other = CursorCodec(uuid: [UInt8](16...31), key: [UInt8](repeating: 7, count: 16))
    #expect(codec.sequence(ofEventID: other.eventID(5)) == nil)
  }

  @Test func `parts of a binding cannot run into each other`() {
    #expect(codec.binding(["ab", "c"]) != codec.binding(["a", "bc"]))
  }
}
