/// Steps over whole scalars. Each answers the position behind it, or `refused`.
extension JSONBytes {
  /// Any scalar, by its first byte.
  @inline(__always) func scalarEnd(from start: Int) -> Int {
    let first = byte(at: start)
    if first == UInt8(ascii: "\"") { return stringEnd(from: start + 1) }
    if first &- UInt8(ascii: "0") <= 9 || first == UInt8(ascii: "-") {
      return numberEnd(from: start)
    }
    return wordEnd(from: start)
  }

  /// `true`, `false` or `null`, each compared in one piece.
  @inline(__always) private func wordEnd(from start: Int) -> Int {
    let word = word(at: start)
    switch UInt32(truncatingIfNeeded: word) {
    case 0x6575_7274, 0x6c6c_756e: return start + 4
    // `fals`; then the fifth byte, `e`.
    case 0x736c_6166:
      return UInt8(truncatingIfNeeded: word >> 32) == 0x65 ? start + 5 : Self.refused
    default: return Self.refused
    }
  }

  /// A number: sign, whole part without leading zeros, fraction, exponent.
  ///
  /// What follows it must be a separator, which the caller asks for anyway: `01` and `1x` are
  /// refused there.
  @inline(__always) func numberEnd(from start: Int) -> Int {
    var position = start
    if byte(at: position) == UInt8(ascii: "-") { position += 1 }
    let whole = position
    position = digitsEnd(from: position)
    guard position > whole else { return Self.refused }
    guard position == whole + 1 || byte(at: whole) != UInt8(ascii: "0") else { return Self.refused }
    let next = byte(at: position)
    if next == UInt8(ascii: ".") || next | 0x20 == UInt8(ascii: "e") {
      return fractionEnd(from: position)
    }
    return position
  }

  private func fractionEnd(from start: Int) -> Int {
    var position = start
    if byte(at: position) == UInt8(ascii: ".") {
      let end = digitsEnd(from: position + 1)
      guard end > position + 1 else { return Self.refused }
      position = end
    }
    guard byte(at: position) | 0x20 == UInt8(ascii: "e") else { return position }
    position += 1
    let sign = byte(at: position)
    if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
    let end = digitsEnd(from: position)
    return end > position ? end : Self.refused
  }

  /// A string, from the first byte behind the opening quote; answers what is behind the closing.
  @inline(__always) func stringEnd(from start: Int) -> Int {
    let position = plainEnd(from: start)
    return byte(at: position) == UInt8(ascii: "\"") ? position + 1 : richStringEnd(from: position)
  }

  /// The rest of a string that has escapes or bytes beyond ASCII.
  @inline(never) private func richStringEnd(from start: Int) -> Int {
    var position = start
    while true {
      let byte = byte(at: position)
      if byte == UInt8(ascii: "\"") { return position + 1 }
      if byte == UInt8(ascii: "\\") {
        position = escapeEnd(from: position)
      } else if byte >= 0x80 {
        position = beyondASCIIEnd(from: position)
      } else {
        return Self.refused
      }
      guard position != Self.refused else { return Self.refused }
      position = plainEnd(from: position)
    }
  }
}

extension JSONBytes {
  /// An escape and those that follow it at once: text in `\u` notation is nothing but escapes.
  @inline(__always) private func escapeEnd(from start: Int) -> Int {
    var position = start
    repeat {
      let letter = byte(at: position + 1)
      if letter == UInt8(ascii: "u") {
        position = unitEnd(from: position)
        guard position != Self.refused else { return Self.refused }
      } else {
        guard Self.isEscapeLetter(letter) else { return Self.refused }
        position += 2
      }
    } while byte(at: position) == UInt8(ascii: "\\")
    return position
  }

  @inline(__always) private static func isEscapeLetter(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      true
    default: false
    }
  }

  /// `\uXXXX`, or two of them that make a surrogate pair.
  @inline(__always) private func unitEnd(from start: Int) -> Int {
    let first = unit(at: start)
    guard first >= 0 else { return Self.refused }
    guard first & 0xf800 == 0xd800 else { return start + 6 }
    // The lower half of a pair cannot come first.
    guard first < 0xdc00, byte(at: start + 6) == UInt8(ascii: "\\"),
      byte(at: start + 7) == UInt8(ascii: "u")
    else { return Self.refused }
    let second = unit(at: start + 6)
    return second & ~0x3ff == 0xdc00 ? start + 12 : Self.refused
  }

  /// The number that four hexadecimal digits behind `\u` stand for; negative when they are none.
  @inline(__always) private func unit(at start: Int) -> Int32 {
    var others: UInt64 = 0
    // Zeros in the lanes behind, which are digits.
    let word = word(at: start + 2) & 0xffff_ffff | 0x3030_3030_0000_0000
    let bytes = Hex.value(of: word, lowercaseOnly: false, &others)
    guard others & Lanes.tops == 0 else { return -1 }
    return Int32(bytes & 0xff) << 8 | Int32(bytes >> 8 & 0xff)
  }

  /// A run of UTF-8 sequences of two to four bytes, by table 3-7 of the Unicode Standard.
  ///
  /// Text in most scripts is one such sequence after the other. Lead and continuation bytes are
  /// compared in one piece, then the bits that overlong forms, surrogates and numbers beyond
  /// U+10FFFF have in common.
  @inline(__always) private func beyondASCIIEnd(from start: Int) -> Int {
    var position = start
    repeat {
      let word = UInt32(truncatingIfNeeded: word(at: position))
      if word & 0x00c0_c0f0 == 0x0080_80e0 {
        // The payload bits that are all clear in an overlong form, and `d` with the fifth bit
        // set in a surrogate.
        let bits = word & 0x0000_200f
        guard bits != 0, bits != 0x0000_200d else { return Self.refused }
        position += 3
      } else if word & 0x0000_c0e0 == 0x0000_80c0 {
        guard word & 0x0000_001e != 0 else { return Self.refused }
        position += 2
      } else if word & 0xc0c0_c0f8 == 0x8080_80f0 {
        let bits = word & 0x0000_3007
        guard bits != 0, bits & 4 == 0 || bits & 0x3003 == 0 else { return Self.refused }
        position += 4
      } else {
        return Self.refused
      }
    } while byte(at: position) >= 0x80
    return position
  }
}
