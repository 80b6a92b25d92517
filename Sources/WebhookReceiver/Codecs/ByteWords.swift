/// Bytes eight at a time, for loops that run for every request.
extension Span<UInt8> {
  /// The eight bytes from `position` on, the first in the lowest lane; zeros behind the end.
  @inline(__always) func word(at position: Int) -> UInt64 {
    guard position >= 0, position <= count &- 8 else { return lastBytes(from: position) }
    // Just compared with the bounds; every bit pattern is a UInt64.
    let word = unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: position,
      as: UInt64.self
    )
    return UInt64(littleEndian: word)
  }

  /// The first position in the range that holds the byte, which is not zero; the end of the range
  /// when none does.
  @inline(__always) func position(of byte: UInt8, in range: Range<Int>) -> Int {
    let wanted = Lanes.ones &* UInt64(byte)
    var position = range.lowerBound
    while position < range.upperBound {
      // A lane is zero where the byte is; the lowest that is found is one.
      let lanes = word(at: position) ^ wanted
      let found = (lanes &- Lanes.ones) & ~lanes & Lanes.tops
      if found != 0 {
        return min(position &+ found.trailingZeroBitCount &>> 3, range.upperBound)
      }
      position &+= 8
    }
    return range.upperBound
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
  static let tops: UInt64 = 0x8080_8080_8080_8080

  /// The top bit of each lane that is at least `byte`, which has itself no top bit; of a lane that
  /// has one, anything.
  @inline(__always) static func atLeast(_ byte: UInt8, _ word: UInt64) -> UInt64 {
    (word & ~tops) &+ ones &* UInt64(0x80 - byte)
  }

  /// All bits of the first `count` lanes.
  @inline(__always) static func first(_ count: Int) -> UInt64 {
    // The shift is by less than a word where it is looked at, and needs no check.
    count >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: count &<< 3)) &- 1
  }
}
