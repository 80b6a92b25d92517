/// Base 64 of RFC 4648, strict in both directions.
///
/// One value has one text: no line breaks, no blanks, no foreign alphabet, and the bits that
/// pad the last character are zero. A lenient decoder would let several header texts verify.
package enum Base64 {
  package enum Alphabet: Sendable {
    /// `+` and `/`.
    case standard
    /// `-` and `_`.
    case url
  }

  package enum Padding: Sendable {
    /// `=` up to a multiple of four.
    case required
    /// No `=` at all.
    case none
    /// Either of the two, whole: for keys that people paste.
    case optional
  }

  private static let pad = UInt8(ascii: "=")

  /// The bytes that the text stands for; nil when it is not exactly in the form asked for.
  package static func decode(
    _ text: Span<UInt8>,
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) -> [UInt8]? {
    guard let length = unpaddedLength(text, padding) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length * 3 / 4)
    let isValue = forEachByte(of: text.extracting(first: length), alphabet) { bytes.append($1) }
    return isValue ? bytes : nil
  }

  /// Writes the bytes over a code; false when the text is not in the form, or of another length.
  static func decode(
    _ text: Span<UInt8>,
    alphabet: Alphabet = .standard,
    padding: Padding = .required,
    into code: inout AuthenticationCode
  ) -> Bool {
    guard let length = unpaddedLength(text, padding), length * 3 / 4 == code.count else {
      return false
    }
    return code.write { output in
      forEachByte(of: text.extracting(first: length), alphabet) { output[$0] = $1 }
    }
  }

  /// Hands over each byte with its number; false when a character is foreign, or bits that belong
  /// to no byte are set.
  @inline(__always) private static func forEachByte(
    of characters: Span<UInt8>,
    _ alphabet: Alphabet,
    _ use: (Int, UInt8) -> Void
  ) -> Bool {
    var bits: UInt32 = 0
    var bitCount = 0
    var count = 0
    for index in characters.indices {
      guard let value = value(of: characters[index], alphabet) else { return false }
      bits = bits << 6 | UInt32(value)
      bitCount += 6
      if bitCount >= 8 {
        bitCount -= 8
        use(count, UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
        count += 1
      }
    }
    return bits & (1 << UInt32(bitCount) - 1) == 0
  }

  /// The bytes that the text stands for; nil when it is not exactly in the form asked for.
  package static func decode(
    _ text: String,
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) -> [UInt8]? {
    decode(text.utf8.span, alphabet: alphabet, padding: padding)
  }

  /// The text of the bytes.
  package static func encode(
    _ bytes: Span<UInt8>,
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) -> String {
    var text: [UInt8] = []
    append(bytes, to: &text, alphabet: alphabet, padding: padding)
    return String(decoding: text, as: UTF8.self)
  }

  /// The text of the bytes.
  package static func encode(
    _ bytes: [UInt8],
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) -> String {
    encode(bytes.span, alphabet: alphabet, padding: padding)
  }

  /// Writes the text of the bytes after what `text` holds.
  package static func append(
    _ bytes: Span<UInt8>,
    to text: inout [UInt8],
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) {
    // Room for just this text would make a writer that appends many of them copy itself each time.
    let needed = text.count + (bytes.count + 2) / 3 * 4
    if needed > text.capacity { text.reserveCapacity(max(needed, text.capacity * 2)) }
    var index = 0
    while bytes.count - index >= 3 {
      let group =
        UInt32(bytes[index]) << 16 | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2])
      text.append(character(group >> 18, alphabet))
      text.append(character(group >> 12, alphabet))
      text.append(character(group >> 6, alphabet))
      text.append(character(group, alphabet))
      index += 3
    }
    let rest = bytes.count - index
    guard rest > 0 else { return }
    var group = UInt32(bytes[index]) << 16
    if rest == 2 { group |= UInt32(bytes[index + 1]) << 8 }
    text.append(character(group >> 18, alphabet))
    text.append(character(group >> 12, alphabet))
    if rest == 2 { text.append(character(group >> 6, alphabet)) }
    if padding == .required {
      for _ in rest..<3 { text.append(pad) }
    }
  }

  /// How many characters carry bits; nil when the padding is not in the form asked for.
  private static func unpaddedLength(_ text: Span<UInt8>, _ padding: Padding) -> Int? {
    var length = text.count
    if padding != .none, length > 0, length.isMultiple(of: 4), text[length - 1] == pad {
      length -= text[length - 2] == pad ? 2 : 1
    } else if padding == .required, !length.isMultiple(of: 4) {
      return nil
    }
    // One character alone carries six bits: less than a byte.
    return length % 4 == 1 ? nil : length
  }

  private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt8? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): alphabet == .standard ? 62 : nil
    case UInt8(ascii: "/"): alphabet == .standard ? 63 : nil
    case UInt8(ascii: "-"): alphabet == .url ? 62 : nil
    case UInt8(ascii: "_"): alphabet == .url ? 63 : nil
    default: nil
    }
  }

  private static func character(_ bits: UInt32, _ alphabet: Alphabet) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: bits & 0x3f)
    return switch value {
    case 0..<26: value + UInt8(ascii: "A")
    case 26..<52: value - 26 + UInt8(ascii: "a")
    case 52..<62: value - 52 + UInt8(ascii: "0")
    case 62: alphabet == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
    default: alphabet == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
    }
  }
}
