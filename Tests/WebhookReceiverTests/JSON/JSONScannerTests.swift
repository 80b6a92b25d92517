import Testing
import WebhookReceiver

@Suite struct JSONScannerTests {
  private func scalar(_ pointer: String, _ text: String) throws -> JSONScalar? {
    let pointer = try JSONPointer(pointer)
    return JSONScanner.scalar(at: pointer, in: text.utf8.span)
  }

  /// The example of RFC 6901, section 5, with numbers for its values.
  static let example = #"""
    {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
     "k\"l": 6, " ": 7, "m~n": 8}
    """#

  @Test(arguments: [
    ("/foo/0", JSONScalar.string(Array("bar".utf8))), ("/foo/1", .string(Array("baz".utf8))),
    ("/", .number("0")), ("/a~1b", .number("1")), ("/c%d", .number("2")), ("/e^f", .number("3")),
    ("/g|h", .number("4")), ("/i\\j", .number("5")), ("/k\"l", .number("6")), ("/ ", .number("7")),
    ("/m~0n", .number("8")),
  ])
  func `the examples of RFC 6901 hold`(pointer: String, expected: JSONScalar) throws {
    #expect(try scalar(pointer, Self.example) == expected)
  }

  @Test(arguments: [
    "", "/foo", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/ 0", "/foo/0/0", "/foo/",
    "/m~01n", "/a/b", "/FOO/0", "/fo", "/fooo", "/foo/18446744073709551616", "//", "/a~1b/",
  ])
  func `a pointer to a container or to nothing finds nothing`(pointer: String) throws {
    #expect(try scalar(pointer, Self.example) == nil)
  }

  @Test(arguments: [
    (#""x""#, JSONScalar.string(Array("x".utf8))), ("12", .number("12")), ("true", .bool(true)),
    ("null", .null),
  ])
  func `the empty pointer is the document`(text: String, expected: JSONScalar) throws {
    #expect(try scalar("", text) == expected)
    #expect(try scalar("", "[\(text)]") == nil)
    #expect(try scalar("/0", text) == nil)
  }

  @Test(
    arguments: [
      (#"{"a":1,"a":2}"#, "2"), (#"{"a":2,"\u0061":3}"#, "3"), (#"{"a":{"b":1},"a":4}"#, "4"),
      (#"{"a":{"b":1},"a":{"c":2}}"#, nil), (#"{"a":{"b":1},"a":{"b":5}}"#, nil),
      (#"{"a":1,"a":[]}"#, nil), (#"{"a":{"a":9}}"#, nil), (#"{"b":{"a":9}}"#, nil),
    ] as [(String, String?)]
  )
  func `of a repeated key the last value counts`(text: String, expected: String?) throws {
    #expect(try scalar("/a", text)?.text == expected)
  }

  @Test func `what an earlier member held is forgotten with it`() throws {
    #expect(try scalar("/a/b", #"{"a":{"b":1},"a":{"c":2}}"#) == nil)
    #expect(try scalar("/a/b", #"{"a":{"b":1},"a":{"b":2}}"#) == .number("2"))
    #expect(try scalar("/a/b", #"{"a":{"b":1},"a":7}"#) == nil)
    #expect(try scalar("/a/0", #"{"a":[1,2],"a":[3]}"#) == .number("3"))
    #expect(try scalar("/a/1", #"{"a":[1,2],"a":[3]}"#) == nil)
    #expect(try scalar("/0/1", "[[1,2],[3,4]]") == .number("2"))
    #expect(try scalar("/1/1", "[[1,2],[3,4]]") == .number("4"))
    #expect(try scalar("/2", "[[1,[2]],[3,4],5]") == .number("5"))
  }

  @Test func `digits are a key in an object and an index in an array`() throws {
    #expect(try scalar("/0", #"{"0":"key"}"#)?.text == "key")
    #expect(try scalar("/00", #"{"00":"key"}"#)?.text == "key")
    #expect(try scalar("/0", #"["element"]"#)?.text == "element")
    #expect(try scalar("/-", #"{"-":1}"#) == .number("1"))
    #expect(try scalar("/-", "[1]") == nil)
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u0000""#, "é\u{0}"),
    (#""\ud83d\ude00x""#, "😀x"), (#""\uffff\udbff\udfff""#, "\u{ffff}\u{10ffff}"),
    ("\"한글 😀\"", "한글 😀"), (#""12345678\"1234567""#, "12345678\"1234567"),
  ])
  func `strings are unescaped`(text: String, expected: String) throws {
    #expect(try scalar("", text) == .string(Array(expected.utf8)))
    #expect(try scalar("/k", "{\"k\":\(text)}") == .string(Array(expected.utf8)))
  }

  @Test(arguments: [
    #"\u006b\u0065\u0079"#, #"k\u0065y"#, "key", #"\u006B\u0065\u0079"#,
  ])
  func `an escaped key is the key it spells`(key: String) throws {
    #expect(try scalar("/key", "{\"\(key)\":1}") == .number("1"))
    #expect(try scalar("/keys", "{\"\(key)\":1}") == nil)
    #expect(try scalar("/ke", "{\"\(key)\":1}") == nil)
  }

  @Test(arguments: ["9007199254740993", "1e2", "-0", "1.50", "123456789012345678901234567890"])
  func `numbers keep their digits`(digits: String) throws {
    #expect(try scalar("/n", "{\"n\": \(digits) }") == .number(digits))
    #expect(try scalar("/n", "{\"n\":\(digits)}")?.text == digits)
  }

  @Test(arguments: ["true", "false", "null"])
  func `what is no string and no number has no text`(word: String) throws {
    #expect(try scalar("/a", "{\"a\":\(word)}")?.text == nil)
  }

  @Test(arguments: [#"{"id":"x"}}"#, #"{"id":"x"} 1"#, #"{"id":"x","#, #"{"id":"x","a":01}"#])
  func `a document that goes wrong later has no values`(text: String) throws {
    #expect(try scalar("/id", text) == nil)
  }

  @Test func `many pointers are found in one pass`() throws {
    let text = #"{"data":{"object":{"id":"o","n":[1,{"x":2}]}},"id":"e","type":"t","live":true}"#
    let pointers = try ["/id", "/data/object/id", "/none", "/data/object/n/1/x", "/id", "/live"]
      .map { pointer in try JSONPointer(pointer) }
    let found = JSONScanner.scalars(at: pointers, in: text.utf8.span)
    #expect(found.map { $0?.text } == ["e", "o", nil, "2", "e", nil])
    #expect(found[5] == .bool(true))
    let none = JSONScanner.scalars(at: pointers, in: "{".utf8.span)
    #expect(none.allSatisfy { $0 == nil } && none.count == 6)
  }

  @Test func `the deepest pointer reaches its value and a deeper document does no harm`() throws {
    let path = String(repeating: "/0", count: JSONPointer.tokensMax)
    let depth = JSONPointer.tokensMax
    let text = String(repeating: "[", count: depth) + "7" + String(repeating: "]", count: depth)
    #expect(try scalar(path, text) == .number("7"))
    #expect(try scalar(path, "[[\(text)]]") == nil)
    #expect(throws: JSONPointerError.self) { try JSONPointer(path + "/0") }
  }

  @Test(arguments: ["a", "a/b", "/~", "/~2", "/a~", "/~~0", "#/a", " /a"])
  func `a text that is no pointer is refused with what to write`(text: String) {
    let error = #expect(throws: JSONPointerError.self) { try JSONPointer(text) }
    #expect(error?.description.contains("write") == true)
  }
}
