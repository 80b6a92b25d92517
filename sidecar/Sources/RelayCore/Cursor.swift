internal import WebhookReceiver

/// Where a reader goes on: opaque outside, bound to the journal and to what it was made for.
///
///     0         1      2             10           18         26             34        42      50
///     | version | kind | journal tag | sequence   | binding  | generation   | nonce   | mac   |
///
/// The tag is that of the journal that made it: a copy of a journal takes cursors of the one that
/// it was made of, as far as both are the same. All integers are big-endian. The mac is keyed with
/// the journal's own key: a position that was never handed out cannot be made up.
package struct Cursor: Equatable, Sendable {
  package enum Kind: UInt8, Sendable {
    case ascending = 1
    case descending = 2
    case consumer = 3
    /// Not a place to go on from, but one event in one worker's hands.
    case lease = 4
    case deadLetters = 5
  }

  package let kind: Kind
  /// The last sequence that was passed; going on means the one after it (before it, descending).
  package let sequence: UInt64
  /// What the cursor belongs to: a hash of the filter, or of the consumer's name.
  package let binding: UInt64
  package let generation: UInt64
  package let nonce: UInt64

  package init(
    kind: Kind,
    sequence: UInt64,
    binding: UInt64,
    generation: UInt64 = 0,
    nonce: UInt64 = 0
  ) {
    self.kind = kind
    self.sequence = sequence
    self.binding = binding
    self.generation = generation
    self.nonce = nonce
  }
}

package enum CursorError: Error, Equatable, Sendable {
  /// Not a cursor of this software, or altered.
  case malformed
  /// Made by another journal.
  case foreignJournal
  /// Made by the journal that this one was copied from, for events that the copy never had.
  case parted
}

/// Makes cursors and event ids, and reads them back.
package struct CursorCodec: Sendable {
  private static let version: UInt8 = 1
  private static let payloadBytes = 42
  private static let bytes = 50
  private static let idBytes = 16

  /// A journal that another one was copied from.
  package struct Ancestor: Sendable {
    let tag: [UInt8]
    let through: UInt64

    /// `tag` has 8 bytes; `through` is the last sequence that both have.
    package init(tag: [UInt8], through: UInt64) {
      precondition(tag.count == 8, "a tag is a part of every cursor")
      self.tag = tag
      self.through = through
    }
  }

  private let hash: KeyedHash128
  private let journalTag: [UInt8]
  /// Oldest first.
  private let ancestors: [Ancestor]

  /// `key` is the journal's, 16 bytes; `tag` names it, 8 bytes.
  package init(tag: [UInt8], key: [UInt8], ancestors: [Ancestor] = []) {
    precondition(tag.count == 8 && key.count == 16, "both come from the journal")
    hash = KeyedHash128(key: key)
    journalTag = tag
    self.ancestors = ancestors
  }

  package func encode(_ cursor: Cursor) -> String {
    var bytes: [UInt8] = [Self.version, cursor.kind.rawValue]
    bytes.reserveCapacity(Self.bytes)
    bytes += journalTag
    for value in [cursor.sequence, cursor.binding, cursor.generation, cursor.nonce] {
      append(value, to: &bytes)
    }
    append(mac(bytes), to: &bytes)
    return Base64.encode(bytes.span, alphabet: .url, padding: .none)
  }

  package func decode(_ text: String) throws(CursorError) -> Cursor {
    let encoded = Array(text.utf8)
    guard
      let bytes = Base64.decode(encoded.span, alphabet: .url, padding: .none),
      bytes.count == Self.bytes,
      bytes[0] == Self.version,
      let kind = Cursor.Kind(rawValue: bytes[1])
    else { throw .malformed }
    let tag = Array(bytes[2..<10])
    let ancestor = tag == journalTag ? nil : ancestors.last { $0.tag == tag }
    guard tag == journalTag || ancestor != nil else { throw .foreignJournal }
    guard integer(bytes, at: Self.payloadBytes) == mac(Array(bytes.prefix(Self.payloadBytes)))
    else { throw .malformed }
    let cursor = Cursor(
      kind: kind,
      sequence: integer(bytes, at: 10),
      binding: integer(bytes, at: 18),
      generation: integer(bytes, at: 26),
      nonce: integer(bytes, at: 34)
    )
    if let ancestor {
      // Where a descending read begins is one past the end.
      let last = ancestor.through + (kind == .descending ? 1 : 0)
      guard cursor.sequence <= last else { throw .parted }
    }
    return cursor
  }

  /// Returns the public id of an event: 22 URL-safe characters, unique across journals.
  package func eventID(_ sequence: UInt64) -> String {
    var text: [UInt8] = []
    appendEventID(sequence, to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Appends the public id of an event, for answers that are written as bytes.
  package func appendEventID(_ sequence: UInt64, to text: inout [UInt8]) {
    // Not on the heap: each answer to a delivery has one.
    var bytes: [16 of UInt8] = .init(repeating: 0)
    // That of the journal in which it was given out.
    let tag = ancestors.first { sequence <= $0.through }?.tag ?? journalTag
    for index in 0..<4 { bytes[index] = tag[index] }
    for index in 0..<8 {
      bytes[4 + index] = UInt8(truncatingIfNeeded: sequence >> UInt64(56 - 8 * index))
    }
    let check = hash.hash(bytes.span.extracting(0..<12)).high
    for index in 0..<4 {
      bytes[12 + index] = UInt8(truncatingIfNeeded: check >> UInt64(24 - 8 * index))
    }
    Base64.append(bytes.span, to: &text, alphabet: .url, padding: .none)
  }

  /// Returns the sequence behind an id of this journal, or nil for anything else.
  package func sequence(ofEventID text: String) -> UInt64? {
    let encoded = Array(text.utf8)
    guard
      let bytes = Base64.decode(encoded.span, alphabet: .url, padding: .none),
      bytes.count == Self.idBytes
    else { return nil }
    let sequence = integer(bytes, at: 4)
    return eventID(sequence) == text ? sequence : nil
  }

  /// Returns a short hash that ties a cursor to `parts`.
  package func binding(_ parts: [String]) -> UInt64 {
    var bytes: [UInt8] = []
    for part in parts {
      append(UInt64(part.utf8.count), to: &bytes)
      bytes += part.utf8
    }
    return mac(bytes)
  }

  private func mac(_ bytes: [UInt8]) -> UInt64 {
    hash.hash(bytes.span).high
  }

  private func append(_ value: UInt64, to bytes: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  private func integer(_ bytes: [UInt8], at index: Int) -> UInt64 {
    bytes[index..<index + 8].reduce(0) { $0 << 8 | UInt64($1) }
  }
}
