/// Base 16: two digits a byte, nothing between them.
package enum Hex {
  /// The bytes that the text stands for; nil when it is anything but pairs of digits.
  ///
  /// `lowercaseOnly` refuses `A`–`F`: a scheme that signs in lower case has one text per code.
  package static func decode(_ text: Span<UInt8>, lowercaseOnly: Bool) -> [UInt8]? {
    guard text.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 2)
    let areDigits = forEachWord(of: text, lowercaseOnly) { position, word in
      for lane in 0..<min(4, text.count / 2 - position) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(lane * 8)))
      }
    }
    return areDigits ? bytes : nil
  }

  /// Writes the bytes over a code; false when the text is anything but its length in digits.
  static func decode(
    _ text: Span<UInt8>,
    lowercaseOnly: Bool,
    into code: inout AuthenticationCode
  ) -> Bool {
    guard text.count == code.count * 2 else { return false }
    return forEachWord(of: text, lowercaseOnly) { code.store(UInt64($1), at: $0) }
  }

  /// Hands over four bytes at a time, with the number of the first, which is in the lowest lane.
  ///
  /// Behind the end they are zero. False when a character of an even count is no digit.
  @inline(__always) private static func forEachWord(
    of text: Span<UInt8>,
    _ lowercaseOnly: Bool,
    _ use: (Int, UInt32) -> Void
  ) -> Bool {
    var others: UInt64 = 0
    var position = 0
    while position < text.count {
      var word = text.word(at: position)
      if text.count &- position < 8 {
        // Zeros in the place of what is missing, which are digits.
        let digits = Lanes.first(text.count &- position)
        word = word & digits | Lanes.ones &* 0x30 & ~digits
      }
      use(position >> 1, value(of: word, lowercaseOnly: lowercaseOnly, &others))
      position &+= 8
    }
    return others & Lanes.tops == 0
  }

  /// What eight digits stand for; sets the top bit of a lane of `others` that holds none.
  @inline(__always) static func value(
    of word: UInt64,
    lowercaseOnly: Bool,
    _ others: inout UInt64
  ) -> UInt32 {
    // In ASCII, letters have the bit that digits have not.
    let letters = word >> 6 & Lanes.ones
    let lowercase = lowercaseOnly ? word : word | letters << 5
    let areDigits =
      Lanes.atLeast(UInt8(ascii: "0"), lowercase) & ~Lanes.atLeast(UInt8(ascii: "9") + 1, lowercase)
    let areLetters =
      Lanes.atLeast(UInt8(ascii: "a"), lowercase) & ~Lanes.atLeast(UInt8(ascii: "f") + 1, lowercase)
    others |= word | ~(areDigits | areLetters)
    let values = (word & (Lanes.ones &* 0x0f)) &+ letters &* 9
    var pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff
    pairs = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: pairs | pairs >> 16)
  }

  /// The bytes that the text stands for; nil when it is anything but pairs of digits.
  package static func decode(_ text: String, lowercaseOnly: Bool) -> [UInt8]? {
    decode(text.utf8.span, lowercaseOnly: lowercaseOnly)
  }

  /// The lower-case digits of eight bytes, those of the lowest first.
  @inline(__always) package static func digits(of bytes: UInt64) -> SIMD2<UInt64> {
    // As vectors from beginning to end: a lane that is looked at alone would undo them.
    var pairs = SIMD2(bytes & 0xffff_ffff, bytes >> 32)
    pairs = (pairs | pairs &<< 16) & 0x0000_ffff_0000_ffff
    pairs = (pairs | pairs &<< 8) & 0x00ff_00ff_00ff_00ff
    let values = (pairs &>> 4 | pairs &<< 8) & (Lanes.ones &* 0x0f)
    // From the digits to the letters it is 39.
    let letters = Lanes.sevens(of: values, from: 10) & (Lanes.ones &* 39)
    return values &+ Lanes.ones &* 0x30 &+ letters
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
