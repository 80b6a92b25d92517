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
    let codeBytes = code.count
    guard codeBytes * 2 <= Self.bytesMax &- count else { return false }
    switch encoding {
    case .hex:
      for position in stride(from: 0, to: codeBytes, by: 8) {
        store(Hex.digits(of: code.word(at: position)), at: count &+ position &* 2)
      }
      count &+= codeBytes &* 2
    case .base64:
      for position in stride(from: 0, to: codeBytes, by: 12) {
        let second = position &+ 6 < codeBytes ? code.word(at: position &+ 6) : 0
        let characters = Base64.characters(of: SIMD2(code.word(at: position), second))
        store(characters, at: count &+ position / 3 &* 4)
      }
      count &+= (codeBytes &+ 2) / 3 &* 4
      // One byte is two characters and two of padding, two bytes are three and one.
      let padding = (3 &- codeBytes % 3) % 3
      for place in 0..<padding { bytes[count &- 1 &- place] = UInt8(ascii: "=") }
    case .hexAnyCase, .base64url: return false
    }
    return true
  }

  @inline(__always) private mutating func store(_ words: SIMD2<UInt64>, at position: Int) {
    store(words[0], at: position)
    store(words[1], at: position &+ 8)
  }

  @inline(__always) private mutating func store(_ word: UInt64, at position: Int) {
    var all = bytes.mutableSpan
    // Any bytes are a text; the position is compared with the bounds.
    var raw = unsafe all.mutableBytes
    raw.storeBytes(of: word.littleEndian, toByteOffset: position, as: UInt64.self)
  }
}
