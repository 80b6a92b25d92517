import Testing
import WebhookReceiver

@Suite struct CodecTests {
  /// RFC 4648, section 10.
  static let vectors = [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ]

  @Test(arguments: vectors)
  func `the vectors of RFC 4648 hold in both directions`(plain: String, text: String) {
    let bytes = Array(plain.utf8)
    let bare = text.filter { $0 != "=" }
    #expect(Base64.encode(bytes) == text)
    #expect(Base64.encode(bytes, padding: .none) == bare)
    #expect(Base64.decode(text) == bytes)
    #expect(Base64.decode(bare, padding: .none) == bytes)
    #expect(Base64.decode(text, padding: .optional) == bytes)
    #expect(Base64.decode(bare, padding: .optional) == bytes)
    if bare != text {
      #expect(Base64.decode(bare) == nil)
      #expect(Base64.decode(text, padding: .none) == nil)
    }
  }

  @Test(arguments: [
    "=", "==", "===", "====", "Z", "Zg", "Zg=", "Zg===", "Zm8", "Zm8==", "Zm9v=", "Zm9v====",
    "Zh==", "Zm9=", "Zm8=Zm8=", "Zm=8", "=Zm8", " Zm9v", "Zm9v ", "Zm9v\n", "Zm 9v", "Zm9v\r\n",
    "Zm9-", "Zm9_", "Zm9é", "Zm9\u{0}", "Z===", "Zm9v\u{0}\u{0}\u{0}\u{0}", "A=AA", "AA=A",
  ])
  func `a text that is not the one form of its bytes is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(arguments: ["Z", "Zh", "Zm9", "Zg=", "Zm8==", "Zg===", "=", "===="])
  func `optional padding is whole or absent`(text: String) {
    #expect(Base64.decode(text, padding: .optional) == nil)
  }

  @Test func `the alphabets do not mix`() {
    #expect(Base64.encode([0xfb, 0xef, 0xff]) == "++//")
    #expect(Base64.encode([0xfb, 0xef, 0xff], alphabet: .url) == "--__")
    #expect(Base64.decode("++//", alphabet: .url) == nil)
    #expect(Base64.decode("--__", alphabet: .standard) == nil)
    #expect(Base64.decode("--__", alphabet: .url) == [0xfb, 0xef, 0xff])
  }

  @Test(arguments: [Base64.Alphabet.standard, .url], [Base64.Padding.required, .none, .optional])
  func `random bytes survive and every other text of them is refused`(
    alphabet: Base64.Alphabet,
    padding: Base64.Padding
  ) {
    var generator = SeededGenerator(seed: 5)
    for count in 0..<100 {
      let bytes = generator.bytes(count)
      let text = Base64.encode(bytes, alphabet: alphabet, padding: padding)
      #expect(Base64.decode(text, alphabet: alphabet, padding: padding) == bytes)
      // Whatever one other byte makes of the text must not decode to the same bytes.
      guard count > 0 else { continue }
      var changed = Array(text.utf8)
      let place = Int.random(in: changed.indices, using: &generator)
      changed[place] ^= UInt8(1) << UInt8.random(in: 0...7, using: &generator)
      let decoded = Base64.decode(changed.span, alphabet: alphabet, padding: padding)
      #expect(decoded != bytes)
    }
  }

  @Test func `hex survives`() {
    let all = (0...255).map { UInt8($0) }
    let text = Hex.encode(all)
    #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
    #expect(Hex.decode(text, lowercaseOnly: true) == all)
    #expect(Hex.decode(text.uppercased(), lowercaseOnly: false) == all)
    #expect(Hex.decode("", lowercaseOnly: true) == [])
  }

  @Test(arguments: [
    "0", "000", "0g", "g0", " 00", "00 ", "0x00", "0 ", "é", "00\n", "/0", ":0", "`0",
  ])
  func `what is not pairs of hex digits is refused`(text: String) {
    #expect(Hex.decode(text, lowercaseOnly: true) == nil)
    #expect(Hex.decode(text, lowercaseOnly: false) == nil)
  }

  @Test(arguments: [true, false])
  func `every two characters are what they look like, wherever they stand`(lowercaseOnly: Bool) {
    let digits = Array((lowercaseOnly ? "0123456789abcdef" : "0123456789abcdefABCDEF").utf8)
    func value(_ byte: UInt8) -> UInt8? {
      digits.firstIndex(of: byte).map { UInt8($0 < 16 ? $0 : $0 - 6) }
    }
    let frame = Array("00112233445566778899".utf8)
    for pair in 0..<65536 {
      let (high, low) = (UInt8(pair >> 8), UInt8(pair & 0xff))
      let start = pair % 10 * 2
      var text = frame
      text[start] = high
      text[start + 1] = low
      var expected: [UInt8]?
      if let high = value(high), let low = value(low) {
        expected = (0..<10).map { UInt8($0) * 0x11 }
        expected?[start / 2] = high << 4 | low
      }
      let decoded = Hex.decode(text.span, lowercaseOnly: lowercaseOnly)
      if decoded != expected { Issue.record("\(high) \(low) at \(start)") }
    }
  }

  @Test(arguments: ["AB", "aB", "Ab", "0F"])
  func `upper case is refused where the scheme signs in lower case`(text: String) {
    #expect(Hex.decode(text, lowercaseOnly: true) == nil)
    #expect(Hex.decode(text, lowercaseOnly: false) != nil)
  }

  private static let rounds = Campaign.rounds(
    2000,
    campaign: 500_000,
    of: "a mutated text of bytes, per codec"
  )

  /// A text of some bytes in which up to three characters are others.
  private static func mutated(_ text: String, _ generator: inout SeededGenerator) -> [UInt8] {
    let alphabet = Array("ABCXYZabcxyz0189+/-_=, \t\n".utf8) + [0, 0x80, 0xff]
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 0...3, using: &generator) {
      let byte = alphabet[Int(generator.next() % UInt64(alphabet.count))]
      let at = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: bytes.insert(byte, at: at)
      case 1 where at < bytes.count: bytes.remove(at: at)
      default: if at < bytes.count { bytes[at] = byte }
      }
    }
    return bytes
  }

  @Test(arguments: [Base64.Alphabet.standard, .url])
  func `every character is what the table of base64 says, wherever it stands`(
    alphabet: Base64.Alphabet
  ) {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    let table = Array((letters + (alphabet == .url ? "-_" : "+/")).utf8)
    for start in 0..<16 {
      for character in UInt8.min...UInt8.max {
        var text = Array("AAAAAAAAAAAAAAAA".utf8)
        text[start] = character
        var expected: [UInt8]?
        if let value = table.firstIndex(of: character) {
          expected = [UInt8](repeating: 0, count: 12)
          for bit in 0..<6 where value >> (5 - bit) & 1 == 1 {
            let place = start * 6 + bit
            expected?[place / 8] |= 0x80 >> UInt8(place % 8)
          }
        }
        let decoded = Base64.decode(text.span, alphabet: alphabet, padding: .none)
        if decoded != expected { Issue.record("\(character) at \(start)") }
      }
    }
  }

  @Test(arguments: [Base64.Alphabet.standard, .url], [Base64.Padding.required, .none, .optional])
  func `a mutated base64 text is refused, or the one text of its bytes`(
    alphabet: Base64.Alphabet,
    padding: Base64.Padding
  ) {
    var generator = SeededGenerator(seed: 51)
    for _ in 0..<Self.rounds {
      let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
      let original = Base64.encode(bytes, alphabet: alphabet, padding: padding)
      let text = Self.mutated(original, &generator)
      guard let decoded = Base64.decode(text.span, alphabet: alphabet, padding: padding) else {
        continue
      }
      let texts = (padding == .optional ? [.required, .none] : [padding]).map {
        Array(Base64.encode(decoded, alphabet: alphabet, padding: $0).utf8)
      }
      if !texts.contains(text) { Issue.record("\(text)") }
    }
  }

  @Test(arguments: [true, false])
  func `a mutated hex text is refused, or the one text of its bytes`(lowercaseOnly: Bool) {
    var generator = SeededGenerator(seed: 52)
    for _ in 0..<Self.rounds {
      let bytes = generator.bytes(Int.random(in: 0...40, using: &generator))
      let text = Self.mutated(Hex.encode(bytes), &generator)
      guard let decoded = Hex.decode(text.span, lowercaseOnly: lowercaseOnly) else { continue }
      let lowered = text.map { $0 >= 0x41 && $0 <= 0x5a && !lowercaseOnly ? $0 | 0x20 : $0 }
      if Array(Hex.encode(decoded).utf8) != lowered { Issue.record("\(text)") }
    }
  }
}
