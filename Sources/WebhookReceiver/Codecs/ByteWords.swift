/// Bytes eight at a time, for loops that run for every request.
extension Span<UInt8> {
  /// The eight bytes from `position` on, the first in the lowest lane; zeros behind the end.
  @inline(__always) func word(at position: Int) -> UInt64 {
    guard position >= 0, position <= count - 8 else { return lastBytes(from: position) }
    // Just compared with the bounds; every bit pattern is a UInt64.
    let word = unsafe bytes.unsafeLoadUnaligned(
      fromUncheckedByteOffset: position,
      as: UInt64.self
    )
    return UInt64(littleEndian: word)
  }

  /// Never inlined: a text has only seven places where it is needed.
  @inline(never) private func lastBytes(from position: Int) -> UInt64 {
    var word: UInt64 = 0
    for lane in 0..<8 where indices.contains(position + lane) {
      word |= UInt64(self[position + lane]) << UInt64(lane * 8)
    }
    return word
  }
}

/// The lanes of a word.
enum Lanes {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let tops: UInt64 = 0x8080_8080_8080_8080

  /// All bits of the first `count` lanes.
  @inline(__always) static func first(_ count: Int) -> UInt64 {
    count >= 8 ? .max : 1 << UInt64(count * 8) - 1
  }
}
