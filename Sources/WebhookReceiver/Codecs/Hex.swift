/// Base 16: two digits a byte, nothing between them.
package enum Hex {
  /// The bytes that the text stands for; nil when it is anything but pairs of digits.
  ///
  /// `lowercaseOnly` refuses `A`–`F`: a scheme that signs in lower case has one text per code.
  package static func decode(_ text: Span<UInt8>, lowercaseOnly: Bool) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    return forEachByte(of: text, lowercaseOnly) { bytes.append($1) } ? bytes : nil
  }

  /// Writes the bytes over a code; false when the text is anything but its length in digits.
  static func decode(
    _ text: Span<UInt8>,
    lowercaseOnly: Bool,
    into code: inout AuthenticationCode
  ) -> Bool {
    guard text.count == code.count * 2 else { return false }
    return code.write { output in
      forEachByte(of: text, lowercaseOnly) { output[$0] = $1 }
    }
  }

  /// Hands over each byte with its number; false when one of an even count is no digit.
  @inline(__always) private static func forEachByte(
    of text: Span<UInt8>,
    _ lowercaseOnly: Bool,
    _ use: (Int, UInt8) -> Void
  ) -> Bool {
    var areDigits = true
    for position in stride(from: 0, to: text.count, by: 8) {
      let digits = Lanes.first(text.count - position)
      // Zeros in the place of what is missing, which are digits.
      let word = text.word(at: position) & digits | Lanes.ones * 0x30 & ~digits
      let (bytes, isValue) = value(ofWord: word, lowercaseOnly)
      areDigits = areDigits && isValue
      for offset in 0..<min(4, (text.count - position) / 2) {
        use(position / 2 + offset, UInt8(truncatingIfNeeded: bytes >> UInt32(offset * 8)))
      }
    }
    return areDigits
  }

  /// What eight digits stand for, the first character and the first byte in the lowest lanes.
  @inline(__always) private static func value(
    ofWord word: UInt64,
    _ lowercaseOnly: Bool
  ) -> (bytes: UInt32, isValue: Bool) {
    let (ones, tops) = (Lanes.ones, Lanes.tops)
    // In ASCII, letters have the bit that digits have not.
    let letters = word >> 6 & ones
    let lowercase = lowercaseOnly ? word : word | letters << 5
    let values = (word & (ones * 0x0f)) &+ letters &* 9
    // A digit is one that its value is written as, with a value below 10 just where no letter is.
    let written = values &+ ones * 0x30 &+ letters &* 39
    let isTenOrMore = (values &+ ones * 0x76) & tops
    let isTooLarge = (values &+ ones * 0x70) & tops
    let isValue = written == lowercase && isTenOrMore == letters << 7 && isTooLarge == 0
    var pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff
    pairs = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
    return (UInt32(truncatingIfNeeded: pairs | pairs >> 16), isValue)
  }

  /// The bytes that the text stands for; nil when it is anything but pairs of digits.
  package static func decode(_ text: String, lowercaseOnly: Bool) -> [UInt8]? {
    decode(text.utf8.span, lowercaseOnly: lowercaseOnly)
  }

  /// The bytes in lower-case digits.
  package static func encode(_ bytes: Span<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for index in bytes.indices {
      text.append(digit(bytes[index] >> 4))
      text.append(digit(bytes[index] & 0x0f))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The bytes in lower-case digits.
  package static func encode(_ bytes: [UInt8]) -> String {
    encode(bytes.span)
  }

  /// What a digit in either case stands for.
  static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
  }
}
