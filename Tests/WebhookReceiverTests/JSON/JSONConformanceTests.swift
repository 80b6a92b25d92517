import Testing
import WebhookReceiver

/// RFC 8259, one row per rule, as many refused as accepted.
@Suite struct JSONConformanceTests {
  static let accepted: [String] = [
    // Any value is a document.
    "null", "true", "false", "0", "\"\"", "{}", "[]", " \t\r\n[ ]\r\n", "[[],[[]],{}]",
    // Numbers.
    "-0", "-0.0", "10", "1.5", "1e1", "1E+1", "1e-1", "0e0", "0.0e-00", "-1.25e+10",
    "123456789012345678901234567890", "1e999999", "[0,-0,1]",
    // Escapes.
    #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9""#, #""\ud83d\ude00""#,
    #""\uDBFF\uDFFF""#, #""\uffff""#, #"{"\u0061":1}"#,
    // UTF-8 of every length, and the noncharacters, which are characters here.
    "\"é\"", "\"한글\"", "\"😀\"", "\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\"",
    "\"\u{d7ff}\u{e000}\u{feff}\"",
    // Structure.
    #"{"a":1,"b":[1,2,{"c":null}]}"#, "{\"\":0}", #"{"a":1,"a":2}"#, "[1,[2,[3]]]",
    "{\"a\" : { \"b\"\n:\t[ ] } }",
  ]

  static let refused: [String] = [
    "", " ", "\u{feff}null", "nul", "nulll", "True", "NaN", "Infinity", "-Infinity", "undefined",
    // Numbers.
    "01", "-01", "00", "-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "1e1.5", "0x10", "1_000", "--1",
    "1.2.3", "1 2", "-a", "1a", "- 1", "[1.]", "[01]", "１",
    // Strings and escapes.
    "\"", "\"a", "'a'", #""\x41""#, #""\a""#, #""\u12""#, #""\u12g4""#, #""\U0041""#, #""\"#,
    #""\u{41}""#, #""\u+041""#, "\"\n\"", "\"\t\"", "\"\u{0}\"", "\"\u{1f}\"", "\"12345678\u{1}\"",
    #""\ud800""#, #""\udc00""#, #""\ud800\u0041""#, #""\ud800x""#, #""\ud800\n""#,
    #""\udc00\ud800""#, #""\ud800\ud800\udc00""#, #"{"\ud800":1}"#,
    // Structure.
    "[", "]", "{", "}", "[}", "{]", "[1", "[1,", "[1,]", "[,1]", "[1,,2]", "[1 2]", "{\"a\"}",
    "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{1:1}", "{a:1}", "{'a':1}", "{\"a\":1 \"b\":2}",
    "{\"a\":1,\"b\"}", "[\"a\":1]", "{\"a\",1}", "{\"a\":1]", "[1}", "{\"a\"::1}", ",", ":",
    "[1]]", "{}}", "null null", "[]x", "1,", "// a\n1", "1 // a", "[1/**/]", "\u{b}1", "\u{a0}1",
    "1\u{0}",
  ]

  @Test(arguments: accepted)
  func `a valid document is accepted`(text: String) {
    let isValid = JSONScanner.isValid(text.utf8.span)
    #expect(isValid)
  }

  @Test(arguments: refused)
  func `anything else is refused`(text: String) {
    let isValid = JSONScanner.isValid(text.utf8.span)
    #expect(!isValid)
    #expect(throws: JSONError.self) { try JSONValue.parse(Array(text.utf8)) }
  }

  @Test(
    arguments: [
      [0x80], [0xbf], [0xc0, 0x80], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xe0, 0x80, 0x80],
      [0xe0, 0x9f, 0xbf], [0xe1, 0x80], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
      [0xf0, 0x80, 0x80, 0x80], [0xf0, 0x8f, 0xbf, 0xbf], [0xf1, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80], [0xfe], [0xff],
    ] as [[UInt8]]
  )
  func `a string that is not UTF-8 is refused`(bytes: [UInt8]) {
    for padding in 0..<9 {
      let filler = [UInt8](repeating: 0x61, count: padding)
      let text = [0x22] + filler + bytes + [0x22]
      let isValid = JSONScanner.isValid(text.span)
      #expect(!isValid)
      let key = [0x7b, 0x22] + filler + bytes + [0x22, 0x3a, 0x30, 0x7d]
      let isKeyValid = JSONScanner.isValid(key.span)
      #expect(!isKeyValid)
    }
  }

  @Test(arguments: ["[", "{\"a\":"])
  func `nesting of 512 is accepted and 513 is not`(opening: String) {
    let closing = opening == "[" ? "]" : "}"
    for (depth, expected) in [(511, true), (512, true), (513, false), (100_000, false)] {
      let text =
        String(repeating: opening, count: depth) + (opening == "[" ? "" : "0")
        + String(repeating: closing, count: depth)
      let isValid = JSONScanner.isValid(text.utf8.span)
      #expect(isValid == expected)
    }
  }

  @Test func `mixed nesting remembers which level is an object`() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<50 {
      let kinds = (0..<512).map { _ in Bool.random(using: &generator) }
      var text = kinds.map { $0 ? "{\"k\":" : "[" }.joined() + "0"
      text += kinds.reversed().map { $0 ? "}" : "]" }.joined()
      let isValid = JSONScanner.isValid(text.utf8.span)
      #expect(isValid)
      // One closing bracket of the wrong kind.
      var bytes = Array(text.utf8)
      let last = bytes[bytes.count - 1]
      bytes[bytes.count - 1] = last == UInt8(ascii: "]") ? UInt8(ascii: "}") : UInt8(ascii: "]")
      let isWrongValid = JSONScanner.isValid(bytes.span)
      #expect(!isWrongValid)
    }
  }

  static let sample = #"""
    {"id":"evt_1","n":-12.5e+3,"a":[true,false,null,{"x":"\u00e9\ud83d\ude00 한😀"}],"z":"\\\n"}
    """#

  @Test func `a document cut anywhere is refused`() {
    let bytes = Array(Self.sample.utf8)
    let isWholeValid = JSONScanner.isValid(bytes.span)
    #expect(isWholeValid)
    for count in 0..<bytes.count {
      let cut = Array(bytes[..<count])
      let isValid = JSONScanner.isValid(cut.span)
      #expect(!isValid, "cut after \(count) bytes")
    }
  }

  @Test func `a special byte is found at every place of a long string`() {
    for length in 1...40 {
      for place in 0..<length {
        for byte in [0x00, 0x1f, 0x0a, 0x22, 0x5c, 0x80, 0xff] as [UInt8] {
          var text = [UInt8](repeating: 0x7e, count: length + 2)
          text[0] = 0x22
          text[length + 1] = 0x22
          text[place + 1] = byte
          let isValid = JSONScanner.isValid(text.span)
          // Only a quote can be harmless: at the very end it makes a shorter string and a rest.
          #expect(!isValid, "byte \(byte) at \(place) of \(length)")
        }
      }
    }
  }

  @Test func `no byte sequence stops the scanner`() {
    let alphabet = Array(#"{}[]:,"\u0d8c1-.eE+ tfn"#.utf8) + [0xe2, 0x82, 0xac, 0xff, 0x0a]
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<20_000 {
      let length = Int.random(in: 0...24, using: &generator)
      let text = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let isValid = JSONScanner.isValid(text.span)
      let value = try? JSONValue.parse(text, depthMax: JSONReader.depthMax)
      // They differ only where a key occurs twice.
      if value != nil { #expect(isValid) }
    }
  }

  @Test(arguments: [
    ("[1,]", JSONError(.unexpectedByte, at: 3)), ("[1", JSONError(.unexpectedEnd, at: 2)),
    ("1 x", JSONError(.trailingBytes, at: 2)), ("01", JSONError(.malformedNumber, at: 1)),
    (#""\x""#, JSONError(.malformedEscape, at: 1)),
    ("\"\u{1}\"", JSONError(.controlCharacter, at: 1)),
    (#"["\ud800"]"#, JSONError(.loneSurrogate, at: 2)), ("nope", JSONError(.unexpectedByte, at: 0)),
  ])
  func `an error says where and what`(text: String, expected: JSONError) {
    #expect(throws: expected) { try JSONScanner.scan(text.utf8.span, for: []) }
  }
}
