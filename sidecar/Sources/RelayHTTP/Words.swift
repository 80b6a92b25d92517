/// The classes of bytes of RFC 9110 §5, one by one and eight at a time, and comparisons with fixed
/// words.
package enum Words {
  /// tchar of RFC 9110 §5.6.2, one bit for each ASCII code.
  private static let tokenLow: UInt64 = 0x03FF_6CFA_0000_0000
  private static let tokenHigh: UInt64 = 0x57FF_FFFF_C7FF_FFFE

  package static func isToken(_ byte: UInt8) -> Bool {
    let bits = byte < 64 ? tokenLow : tokenHigh
    return byte < 128 && bits &>> UInt64(byte & 63) & 1 == 1
  }

  /// Visible ASCII, blanks and obs-text (RFC 9110 §5.5).
  package static func isFieldByte(_ byte: UInt8) -> Bool {
    (byte >= 0x20 && byte != 0x7F) || byte == 0x09
  }

  /// Eight bytes at once, the first in the lowest lane; for loops that pass over what is harmless.
  package static func word(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
    precondition(index >= 0 && bytes.count - index >= 8, "outside of the bytes")
    // SAFETY: the range was checked in the line above, and every bit pattern is an integer.
    let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    return UInt64(littleEndian: word)
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101
  private static let tops: UInt64 = 0x8080_8080_8080_8080

  /// How many of eight bytes, from the first on, are not below a blank.
  package static func bytesAboveControls(_ word: UInt64) -> Int {
    firstControl(word).trailingZeroBitCount / 8
  }

  /// How many of eight bytes, from the first on, are visible ASCII, blanks or obs-text.
  package static func fieldBytes(_ word: UInt64) -> Int {
    // DEL becomes zero, and nothing else does.
    let other = word ^ (ones &* 0x7F)
    let deletes = (other &- ones) & ~other & tops
    return (firstControl(word) | deletes).trailingZeroBitCount / 8
  }

  /// The top bit of the lowest lane that is below a blank, and perhaps of lanes above it: a lane
  /// that is smaller than what is subtracted borrows from the next.
  private static func firstControl(_ word: UInt64) -> UInt64 {
    (word &- ones &* 0x20) & ~word & tops
  }

  /// How many of eight bytes, from the first on, are letters or hyphens, as nearly all of a name.
  package static func nameBytes(_ word: UInt64) -> Int {
    // Seven bits of a lane and less than 128 make no carry: each lane is told exactly.
    let low = (word | ones &* 0x20) & ~tops
    let letters = (low &+ ones &* 0x1F) & ~(low &+ ones &* 0x05)
    let other = (word ^ (ones &* 0x2D)) & ~tops
    let hyphens = ~(other &+ ones &* 0x7F)
    return (tops & (~(letters | hyphens) | word)).trailingZeroBitCount / 8
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
  static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }

  /// Compares ASCII without regard to case; `word` is lower case.
  static func equals(_ bytes: Span<UInt8>, _ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    // SAFETY: a StaticString's bytes live as long as the program, and the count was just compared.
    let start = unsafe word.utf8Start
    for offset in 0..<range.count {
      if unsafe lowercased(bytes[range.lowerBound + offset]) != start[offset] { return false }
    }
    return true
  }

  /// Compares byte for byte.
  static func equals(
    _ bytes: Span<UInt8>,
    _ range: Range<Int>,
    exactly word: StaticString
  ) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    // SAFETY: as above.
    let start = unsafe word.utf8Start
    for offset in 0..<range.count {
      if unsafe bytes[range.lowerBound + offset] != start[offset] { return false }
    }
    return true
  }
}
