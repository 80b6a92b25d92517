/// A short text that is put together on the stack: what is in front of a body, or a code's.
struct ShortMessage: ~Copyable {
  /// Ids and times are shorter, and no code has more digits.
  private static let bytesMax = 128

  /// With room for a whole word that begins within it.
  private var bytes = [136 of UInt8](repeating: 0)
  private var count = 0

  var span: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { bytes.span.extracting(first: count) }
  }

  /// Appends the lowest lanes of a word; false when there is no room.
  @inline(__always) mutating func append(_ word: UInt64, count: Int) -> Bool {
    guard self.count <= Self.bytesMax &- count else { return false }
    store(word, at: self.count)
    self.count &+= count
    return true
  }

  /// Appends a part of a text that is not empty, in ASCII, without control characters and without
  /// the delimiter; false when it is not so, or there is no room.
  @inline(__always) mutating func append(
    plain range: Range<Int>,
    of text: Span<UInt8>,
    without delimiter: UInt8 = 0
  ) -> Bool {
    guard !range.isEmpty, range.count <= Self.bytesMax &- count else { return false }
    let wanted = Lanes.ones &* UInt64(delimiter)
    let isPlain = text.allWords(in: range) { offset, word in
      store(word, at: count &+ offset)
      return Lanes.unplain(in: word) | Lanes.zeros(in: word ^ wanted) == 0
    }
    count &+= range.count
    return isPlain
  }

  /// Appends the one text that a code has in this encoding; false where it has several.
  @inline(__always) mutating func append(
    code: inout AuthenticationCode,
    _ encoding: Profile.SignatureRule.Encoding
  ) -> Bool {
    switch encoding {
    case .hex:
      for position in stride(from: 0, to: code.count, by: 4) {
        let digits = Hex.digits(of: UInt32(truncatingIfNeeded: code.word(at: position)))
        guard append(digits, count: 8) else { return false }
      }
    case .base64:
      for position in stride(from: 0, to: code.count, by: 6) {
        let characters = Base64.characters(of: code.word(at: position))
        let left = code.count &- position
        guard left < 6 else {
          guard append(characters, count: 8) else { return false }
          continue
        }
        // Two bytes are three characters, and what is missing to a multiple of four is padding.
        let used = Lanes.first((left &* 8 &+ 5) / 6)
        let padding = Lanes.ones &* UInt64(UInt8(ascii: "="))
        guard append(characters & used | padding & ~used, count: left < 4 ? 4 : 8) else {
          return false
        }
      }
    case .hexAnyCase, .base64url: return false
    }
    return true
  }

  @inline(__always) private mutating func store(_ word: UInt64, at position: Int) {
    var all = bytes.mutableSpan
    // Any bytes are a text; the position is compared with the bounds.
    var raw = unsafe all.mutableBytes
    raw.storeBytes(of: word.littleEndian, toByteOffset: position, as: UInt64.self)
  }
}
