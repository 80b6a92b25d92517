import RelayCore
import Testing

private let tag = [UInt8](1...8)
private let codec = CursorCodec(tag: tag, key: [UInt8](repeating: 7, count: 16))
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
    let other = CursorCodec(tag: [UInt8](16...23), key: [UInt8](repeating: 7, count: 16))
    #expect(throws: CursorError.foreignJournal) { try other.decode(codec.encode(sample)) }
  }

  @Test func `one made with another key is malformed`() {
    let other = CursorCodec(tag: tag, key: [UInt8](repeating: 8, count: 16))
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
    let other = CursorCodec(tag: [UInt8](16...23), key: [UInt8](repeating: 7, count: 16))
    #expect(codec.sequence(ofEventID: other.eventID(5)) == nil)
  }

  @Test func `parts of a binding cannot run into each other`() {
    #expect(codec.binding(["ab", "c"]) != codec.binding(["a", "bc"]))
  }

  // MARK: Copies

  /// A copy of a copy: parted after 10 and after 30.
  private var copy: CursorCodec {
    CursorCodec(
      tag: [UInt8](repeating: 3, count: 8),
      key: [UInt8](repeating: 7, count: 16),
      ancestors: [
        CursorCodec.Ancestor(tag: tag, through: 10),
        CursorCodec.Ancestor(tag: [UInt8](repeating: 2, count: 8), through: 30),
      ]
    )
  }

  private func cursor(_ sequence: UInt64, _ kind: Cursor.Kind = .ascending) -> Cursor {
    Cursor(kind: kind, sequence: sequence, binding: 1)
  }

  @Test func `one of the journal that this was copied from is good up to where they part`() throws {
    for sequence in [0, 1, 10] as [UInt64] {
      let text = codec.encode(cursor(sequence))
      #expect(try copy.decode(text) == cursor(sequence))
    }
    let past = codec.encode(cursor(11, .descending))
    #expect(try copy.decode(past) == cursor(11, .descending))
    for (sequence, kind) in [(11, .ascending), (12, .descending), (25, .consumer)]
      as [(UInt64, Cursor.Kind)]
    {
      let text = codec.encode(cursor(sequence, kind))
      #expect(throws: CursorError.parted) { try copy.decode(text) }
    }
    let own = copy.encode(cursor(99))
    #expect(try copy.decode(own) == cursor(99))
    #expect(throws: CursorError.foreignJournal) { try codec.decode(own) }
  }

  @Test func `an event keeps its id in a copy, and no other event gets it`() {
    #expect(copy.eventID(10) == codec.eventID(10))
    #expect(copy.eventID(11) != codec.eventID(11))
    #expect(copy.sequence(ofEventID: codec.eventID(10)) == 10)
    #expect(copy.sequence(ofEventID: codec.eventID(11)) == nil)
    #expect(copy.sequence(ofEventID: copy.eventID(31)) == 31)
  }
}
