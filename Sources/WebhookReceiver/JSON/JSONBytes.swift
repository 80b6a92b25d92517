/// The bytes of a JSON text and the steps over them that need no memory of what came before.
///
/// Everything is read in words of eight bytes: bodies are strings for the most part, and loops
/// over single bytes are several times slower. Behind the end of the text stand zeros, which no
/// JSON text may contain, so that no step needs a case of its own for a text that is cut.
///
/// Positions stay within a few words of the text, and so are added to without a check for
/// overflow where it would be one more branch per word; a load compares them with the bounds.
struct JSONBytes: ~Escapable {
  /// What the steps answer when the bytes are not JSON.
  static let refused = -1

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  let text: Span<UInt8>
  /// Whole words stand at the positions before this one: at none in a text shorter than a word.
  private let wordsEnd: UInt

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
    wordsEnd = UInt(max(0, text.count - 7))
  }

  /// The byte at `position`; zero behind the end.
  @inline(__always) func byte(at position: Int) -> UInt8 {
    // Compared unsigned, a negative position is behind the end too.
    guard UInt(bitPattern: position) < UInt(bitPattern: text.count) else { return 0 }
    // Just compared with the bounds.
    return unsafe text[unchecked: position]
  }

  /// The eight bytes from `position` on, the first in the lowest lane; zeros behind the end.
  @inline(__always) func word(at position: Int) -> UInt64 {
    guard UInt(bitPattern: position) < wordsEnd else { return lastBytes(from: position) }
    // Just compared with the bounds, unsigned as above; every bit pattern is a UInt64.
    let word = unsafe text.bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: position,
      as: UInt64.self
    )
    return UInt64(littleEndian: word)
  }

  /// Never inlined: a text has only seven places where it is needed.
  @inline(never) private func lastBytes(from position: Int) -> UInt64 {
    var word: UInt64 = 0
    for lane in 0..<8 { word |= UInt64(byte(at: position + lane)) << UInt64(lane * 8) }
    return word
  }

  /// The first position from `start` on that holds no blank.
  @inline(__always) func blanksEnd(from start: Int) -> Int {
    byte(at: start) > 0x20 ? start : longBlanksEnd(from: start)
  }

  /// Indented documents have one line break and many spaces between two tokens.
  @inline(never) private func longBlanksEnd(from start: Int) -> Int {
    var position = start
    while true {
      switch byte(at: position) {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): break
      default: return position
      }
      position += 1
      var others = word(at: position) ^ (Self.ones &* 0x20)
      while others == 0 {
        position &+= 8
        others = word(at: position) ^ (Self.ones &* 0x20)
      }
      position += others.trailingZeroBitCount >> 3
    }
  }

  /// The first position from `start` on that holds a quote, a backslash, a control character or
  /// a byte that is not ASCII.
  ///
  /// A lane's top bit is set where the lane is such a byte; `byte - n` borrows into the top bit
  /// when `byte < n`. A borrow from a lower lane can only add a false alarm above a true one, and
  /// the lowest alarm is taken. The end of the text is one: zero is a control character.
  @inline(__always) func plainEnd(from start: Int) -> Int {
    var position = start
    while true {
      let word = word(at: position)
      let quotes = word ^ (Self.ones &* 0x22)
      let backslashes = word ^ (Self.ones &* 0x5c)
      let alarms =
        ((quotes &- Self.ones) | (backslashes &- Self.ones) | (word &- Self.ones &* 0x20) | word)
        & Self.tops
      if alarms != 0 { return position &+ alarms.trailingZeroBitCount >> 3 }
      position &+= 8
    }
  }

  /// The first position from `start` on that holds no digit.
  ///
  /// After the XOR a digit is 0 to 9, and adding 0x76 reaches the lane's top bit from 10 on.
  @inline(__always) func digitsEnd(from start: Int) -> Int {
    var position = start
    while true {
      let digits = word(at: position) ^ (Self.ones &* 0x30)
      let others = (((digits & ~Self.tops) &+ Self.ones &* 0x76) | digits) & Self.tops
      if others != 0 { return position &+ others.trailingZeroBitCount >> 3 }
      position &+= 8
    }
  }
}
