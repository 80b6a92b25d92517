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
    let isValue = forEachWord(of: text.extracting(first: length), alphabet) { position, word in
      for lane in 0..<min(6, length * 3 / 4 - position) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(lane * 8)))
      }
    }
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
    return forEachWord(of: text.extracting(first: length), alphabet) { code.store($1, at: $0) }
  }

  /// Hands over six bytes at a time, with the number of the first, which is in the lowest lane.
  ///
  /// Behind the end they are zero. False when a character is foreign, or bits that belong to no
  /// byte are set.
  @inline(__always) private static func forEachWord(
    of characters: Span<UInt8>,
    _ alphabet: Alphabet,
    _ use: (Int, UInt64) -> Void
  ) -> Bool {
    var others: UInt64 = 0
    var position = 0
    while position < characters.count {
      var word = characters.word(at: position)
      let count = characters.count &- position
      if count < 8 {
        // Zeros in the place of what is missing.
        let present = Lanes.first(count)
        word = word & present | Lanes.ones &* UInt64(UInt8(ascii: "A")) & ~present
      }
      let bytes = value(of: word, alphabet, &others)
      // Whole bytes of the last characters are below, and what is left over is zero.
      if count < 8, bytes & ~Lanes.first(count * 3 / 4) != 0 { return false }
      use(position / 8 &* 6, bytes)
      position &+= 8
    }
    return others & Lanes.tops == 0
  }

  /// What eight characters stand for; sets the top bit of a lane of `others` that is foreign.
  @inline(__always) private static func value(
    of word: UInt64,
    _ alphabet: Alphabet,
    _ others: inout UInt64
  ) -> UInt64 {
    let isURL = alphabet == .url
    let uppercase = lanes(of: word, from: UInt8(ascii: "A"), through: UInt8(ascii: "Z"))
    let lowercase = lanes(of: word, from: UInt8(ascii: "a"), through: UInt8(ascii: "z"))
    let digits = lanes(of: word, from: UInt8(ascii: "0"), through: UInt8(ascii: "9"))
    let character62 = isURL ? UInt8(ascii: "-") : UInt8(ascii: "+")
    let is62 = lanes(of: word, from: character62, through: character62)
    let character63 = isURL ? UInt8(ascii: "_") : UInt8(ascii: "/")
    let is63 = lanes(of: word, from: character63, through: character63)
    others |= word | ~((uppercase | lowercase | digits | is62 | is63) << 7)
    // No lane reaches into the next: what is taken away is at most the character, and what is added
    // leaves it below 64. `_` is the one that lies above its value.
    let taken = uppercase &* 65 &+ lowercase &* 71 &+ (isURL ? is63 &* 32 : 0)
    let added = digits &* 4 &+ is62 &* (isURL ? 17 : 19) &+ (isURL ? 0 : is63 &* 16)
    let values = word &- taken &+ added
    // The first character has the highest bits.
    var bits = values.byteSwapped
    bits = bits & 0x003f_003f_003f_003f | (bits & 0x3f00_3f00_3f00_3f00) >> 2
    bits = bits & 0x0000_0fff_0000_0fff | (bits & 0x0fff_0000_0fff_0000) >> 4
    bits = bits & 0x0000_0000_00ff_ffff | (bits & 0x00ff_ffff_0000_0000) >> 8
    return (bits << 16).byteSwapped
  }

  /// One in each lane that lies between two characters.
  @inline(__always) private static func lanes(
    of word: UInt64,
    from first: UInt8,
    through last: UInt8
  ) -> UInt64 {
    (Lanes.atLeast(first, word) & ~Lanes.atLeast(last + 1, word)) >> 7 & Lanes.ones
  }

  /// The bytes that the text stands for; nil when it is not exactly in the form asked for.
  package static func decode(
    _ text: String,
    alphabet: Alphabet = .standard,
    padding: Padding = .required
  ) -> [UInt8]? {
    decode(text.utf8.span, alphabet: alphabet, padding: padding)
  }

  /// The characters of the lowest six bytes of each word, in the standard alphabet.
  @inline(__always) package static func characters(
    of bytes: SIMD2<UInt64>
  ) -> SIMD2<UInt64> {
    // Three bytes to a half of the word; their first bits become the lowest lane.
    let halves = bytes & 0x0000_0000_00ff_ffff | (bytes & 0x0000_ffff_ff00_0000) &<< 8
    var values = halves &>> 2 & 0x0000_003f_0000_003f
    values |= halves &<< 12 & 0x0000_3000_0000_3000 | halves &>> 4 & 0x0000_0f00_0000_0f00
    values |= halves &<< 10 & 0x003c_0000_003c_0000 | halves &>> 6 & 0x0003_0000_0003_0000
    values |= halves &<< 8 & 0x3f00_0000_3f00_0000
    // From one part of the alphabet to the next it is 6 more, 75 less, 15 less and 3 more.
    let lowercase = Lanes.sevens(of: values, from: 26) & (Lanes.ones &* 6)
    let digits = Lanes.sevens(of: values, from: 52) & (Lanes.ones &* 75)
    let is62 = Lanes.sevens(of: values, from: 62) & (Lanes.ones &* 15)
    let is63 = Lanes.sevens(of: values, from: 63) & (Lanes.ones &* 3)
    return values &+ Lanes.ones &* 65 &+ lowercase &- digits &- is62 &+ is63
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
