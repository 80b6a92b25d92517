/// Bytes eight at a time, for loops that run for every request.
extension Span<UInt8> {
  /// The eight bytes from `position` on, the first in the lowest lane; zeros behind the end.
  @inline(__always) func word(at position: Int) -> UInt64 {
    guard position >= 0, position <= count &- 8 else { return lastBytes(from: position) }
    // Just compared with the bounds.
    return unsafe uncheckedWord(at: position)
  }

  /// The first position in the range that holds the byte, which is not zero; the end of the range
  /// when none does.
  @inline(__always) func position(of byte: UInt8, in range: Range<Int>) -> Int {
    let wanted = Lanes.ones &* UInt64(byte)
    var position = range.lowerBound
    precondition(position >= 0 && range.upperBound <= count, "the range is one of the span's")
    let last = range.upperBound &- 8
    while position <= last {
      // The word ends in the range, which was compared with the bounds.
      let found = unsafe Lanes.zeros(in: uncheckedWord(at: position) ^ wanted)
      if found != 0 { return position &+ found.trailingZeroBitCount &>> 3 }
      position &+= 8
    }
    guard position < range.upperBound else { return range.upperBound }
    let found = Lanes.zeros(in: word(at: position) ^ wanted)
    // Behind the highest lane where there is none; what stands behind the range does not count.
    return min(position &+ found.trailingZeroBitCount &>> 3, range.upperBound)
  }

  /// Hands over the bytes of a range eight at a time, with the number of the first, until `use`
  /// says no; blanks stand behind the last.
  ///
  /// - Returns: whether `use` never said no.
  @inline(__always) func allWords(
    in range: Range<Int>,
    _ use: (Int, UInt64) -> Bool
  ) -> Bool {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "the range is the span's")
    let last = range.upperBound &- 8
    var position = range.lowerBound
    while position <= last {
      // The word ends in the range, which was compared with the bounds.
      guard use(position &- range.lowerBound, unsafe uncheckedWord(at: position)) else {
        return false
      }
      position &+= 8
    }
    guard position < range.upperBound else { return true }
    let present = Lanes.first(range.upperBound &- position)
    let word = word(at: position) & present | Lanes.blanks & ~present
    return use(position &- range.lowerBound, word)
  }

  /// As `word(at:)`, for who has compared the position with the bounds: all eight are there.
  @unsafe @inline(__always) func uncheckedWord(at position: Int) -> UInt64 {
    // What the caller vouches for; every bit pattern is a UInt64.
    let word = unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: position,
      as: UInt64.self
    )
    return UInt64(littleEndian: word)
  }

  /// Never inlined: a text has only seven places where it is needed.
  @inline(never) private func lastBytes(from position: Int) -> UInt64 {
    guard position >= 0, position < count else { return 0 }
    // The last whole word holds them, and in front of them what comes before.
    if count >= 8 { return word(at: count - 8) >> UInt64((position - count + 8) * 8) }
    var word: UInt64 = 0
    for lane in 0..<count - position {
      word |= UInt64(self[position + lane]) << UInt64(lane * 8)
    }
    return word
  }
}

/// The lanes of a word.
enum Lanes {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let blanks: UInt64 = 0x2020_2020_2020_2020
  static let tops: UInt64 = 0x8080_8080_8080_8080

  /// The top bit of each lane that is at least `byte`, which has itself no top bit; of a lane that
  /// has one, anything.
  @inline(__always) static func atLeast(_ byte: UInt8, _ word: UInt64) -> UInt64 {
    (word & ~tops) &+ ones &* UInt64(0x80 - byte)
  }

  /// Seven set bits in each lane that is at least `value`, of lanes without top bits: what is added
  /// from one part of an alphabet to the next is some of them.
  @inline(__always) static func sevens(
    of values: SIMD2<UInt64>,
    from value: UInt64
  ) -> SIMD2<UInt64> {
    let tops = (values &+ ones &* (0x80 - value)) & tops
    return tops &- tops &>> 7
  }

  /// The top bit of each lane that is not U+0020 to U+007E; only that there is one is sure.
  @inline(__always) static func unplain(in word: UInt64) -> UInt64 {
    // Beyond ASCII, below U+0020, and U+007F.
    (word | (word &- blanks) | (word &+ ones)) & tops
  }

  /// The top bit of each lane that is zero; only the lowest that is set is sure to be one.
  @inline(__always) static func zeros(in word: UInt64) -> UInt64 {
    (word &- ones) & ~word & tops
  }

  /// What eight decimal digits stand for, the first in the lowest lane; nil when one is none.
  @inline(__always) static func number(_ word: UInt64) -> UInt64? {
    let highs = ones &* 0xf0
    let digits = ones &* UInt64(UInt8(ascii: "0"))
    guard word & (word &+ ones &* 6) & highs == digits else { return nil }
    // Pairs of digits, of pairs, and of fours.
    var value = word & (ones &* 0x0f)
    value = (value &* 10 &+ value &>> 8) & 0x00ff_00ff_00ff_00ff
    value = (value &* 100 &+ value &>> 16) & 0x0000_ffff_0000_ffff
    return (value &* 10_000 &+ value &>> 32) & 0xffff_ffff
  }

  /// All bits of the first `count` lanes.
  @inline(__always) static func first(_ count: Int) -> UInt64 {
    // The shift is by less than a word where it is looked at, and needs no check.
    count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: count &<< 3)) &- 1
  }
}
