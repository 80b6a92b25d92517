import RelayConfiguration
import Testing

@Suite struct JSON5Tests {
  /// The tree in one line: keys, texts in quotes, and what else there is.
  private static func text(_ node: JSON5Node?) -> String {
    switch node?.content {
    case nil: "nothing"
    case .object(let members):
      "{" + members.map { "\($0.key):\(text($0.value))" }.joined(separator: ",") + "}"
    case .array(let elements): "[" + elements.map { text($0) }.joined(separator: ",") + "]"
    case .string(let value): "\"" + value.unicodeScalars.map(\.shown).joined() + "\""
    case .number(.integer(let value)): "\(value)"
    case .number(.fraction(let number)): "\(number)"
    case .number(.other): "other"
    case .number(.notFinite): "not finite"
    case .bool(let value): "\(value)"
    case .null: "null"
    case .invalid: "?"
    }
  }

  private static func read(_ text: String) -> (tree: String, problems: [SyntaxProblem]) {
    var reader = JSON5Reader(Array(text.utf8))
    let root = reader.document()
    return (Self.text(root), reader.problems)
  }

  static let good: [(String, String)] = [
    // Values, as JSON has them.
    ("{}", "{}"), ("[]", "[]"), ("null", "null"), ("true", "true"), ("false", "false"),
    ("{\"a\": [1, {\"b\": null}]}", "{a:[1,{b:null}]}"),
    // Objects.
    ("{a: 1, $b_1: 2, _c: 3}", "{a:1,$b_1:2,_c:3}"),
    ("{'single': 1, \"double\": 2}", "{single:1,double:2}"),
    ("{a: 1,}", "{a:1}"),
    ("{ünïcödé: 1, 名: 2}", "{ünïcödé:1,名:2}"),
    ("{\\u0061b: 1}", "{ab:1}"),
    ("{null: 1, true: 2, Infinity: 3}", "{null:1,true:2,Infinity:3}"),
    ("{a\u{200D}b: 1}", "{a\u{200D}b:1}"),
    // Lists.
    ("[1,]", "[1]"), ("[\n1\n,\n2\n]", "[1,2]"),
    // Strings.
    (#"'it\'s "x"'"#, "\"it's \"x\"\""),
    (#""\b\f\n\r\t\v\0\\\/""#, #""\8\c\a\d\9\b\0\/""#),
    (#""\x41\u0042\a\'""#, "\"ABa'\""),
    (#""\uD83D\uDE00""#, "\"\u{1F600}\""),
    ("\"one \\\ntwo\"", "\"one two\""), ("\"one \\\r\ntwo\"", "\"one two\""),
    ("\"one \\\rtwo\"", "\"one two\""), ("\"one \\\u{2028}two\"", "\"one two\""),
    ("\"a\u{2028}b\"", "\"a\u{2028}b\""),
    ("\"\"", "\"\""), ("'😀'", "\"😀\""),
    // Numbers.
    ("0", "0"), ("-0", "0"), ("+1", "1"), ("-17", "-17"), ("0x1F", "31"), ("-0Xff", "-255"),
    ("1e3", "1000"), ("1.5e1", "15"), (".5", "0.5"), ("5.", "5"), ("1.50e2", "150"),
    ("1E+2", "100"), ("10e-1", "1"), ("1e400", "other"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "other"), ("0x10000000000000000", "other"),
    ("Infinity", "not finite"), ("-Infinity", "not finite"), ("+NaN", "not finite"),
    // Blanks and comments.
    ("\u{FEFF}{a: 1}", "{a:1}"),
    ("\u{A0}\u{2003}{\u{B}a\u{C}:\u{2029}1}", "{a:1}"),
    ("// first\n{ /* in /* it */ a: 1 } // last", "{a:1}"),
    ("{a: 1 // no newline at the end\u{2028}, b: 2}", "{a:1,b:2}"),
    ("{a: /**/ 1 /***/}", "{a:1}"),
    ("{a:'//no comment'}", "{a:\"//no comment\"}"),
  ]

  @Test(arguments: good)
  func `reads what JSON5 allows`(_ text: String, _ tree: String) {
    let (read, problems) = Self.read(text)
    #expect(read == tree)
    #expect(problems.isEmpty)
  }

  /// Text, the places of what is reported, and what is left of the tree.
  static let bad: [(String, [Position], String)] = [
    ("", [at(1, 1)], "nothing"),
    (" \n// only this\n", [at(3, 1)], "nothing"),
    ("{a 1}", [at(1, 4)], "{a:1}"),
    ("{a = 1}", [at(1, 4)], "{a:1}"),
    ("{a: 1 b: 2}", [at(1, 6)], "{a:1,b:2}"),
    ("{a: 1\n b: 2}", [at(1, 6)], "{a:1,b:2}"),
    ("[1 2]", [at(1, 3)], "[1]"),
    ("[\"a\" \"b\"]", [at(1, 5)], "[\"a\",\"b\"]"),
    ("{a: }", [at(1, 5)], "{a:?}"),
    ("{a}", [at(1, 3)], "{a:?}"),
    ("{,}", [at(1, 2)], "{}"), ("[,]", [at(1, 2)], "[]"), ("[1,,2]", [at(1, 4)], "[1,2]"),
    ("{a: 1,, b: 2}", [at(1, 7)], "{a:1,b:2}"),
    ("{a: info, b: 1}", [at(1, 5)], "{a:?,b:1}"),
    ("{a: /in/x, b: 1}", [at(1, 5)], "{a:?,b:1}"),
    ("{a: 10s, b: 1}", [at(1, 5)], "{a:?,b:1}"),
    ("{a: 192.0.2.0/24, b: 1}", [at(1, 5)], "{a:?,b:1}"),
    ("{a: 010}", [at(1, 5)], "{a:?}"), ("{a: 0x}", [at(1, 5)], "{a:?}"),
    ("{a: 1e}", [at(1, 5)], "{a:?}"), ("{a: .}", [at(1, 5)], "{a:?}"),
    ("{a: 1_000}", [at(1, 5)], "{a:?}"), ("{a: --1}", [at(1, 5)], "{a:?}"),
    ("{a: 0x1e+5}", [at(1, 5)], "{a:?}"), ("{a: truely}", [at(1, 5)], "{a:?}"),
    ("{a: \"open\n b: 1}", [at(1, 5)], "{a:?,b:1}"),
    ("{a: 'x\\", [at(1, 5), at(1, 1)], "{a:?}"),
    (#"{a: "\1", b: "\u12"}"#, [at(1, 6), at(1, 15)], "{a:?,b:?}"),
    (#"{a: "\uD800"}"#, [at(1, 6)], "{a:?}"),
    (#"{a: "\uDE00\uD83D"}"#, [at(1, 6), at(1, 12)], "{a:?}"),
    (#"{a: "\xZZ \8"}"#, [at(1, 6), at(1, 11)], "{a:?}"),
    ("{standard-webhooks: 1}", [at(1, 2)], "{standard-webhooks:1}"),
    ("{1a: 1}", [at(1, 2)], "{1a:1}"),
    ("{\"a\": 1, a: 2, 'a': 3}", [at(1, 10), at(1, 16)], "{a:1}"),
    ("{a: [1, 2}", [at(1, 10)], "{a:[1,2]}"),
    ("{a: {b: 1], c: 2}", [at(1, 10)], "{a:{b:1},c:2}"),
    ("[{a: 1]", [at(1, 7)], "[{a:1}]"),
    ("{a: 1", [at(1, 1)], "{a:1}"), ("{a: [1", [at(1, 5), at(1, 1)], "{a:[1]}"),
    ("{a: 1}}", [at(1, 7)], "{a:1}"), ("{} x", [at(1, 4)], "{}"),
    ("{a: 1} /* open", [at(1, 8)], "{a:1}"),
    ("# no\n{a: 1}", [at(1, 1)], "{a:1}"),
    ("{a: 1 @ 2, b: 3}", [at(1, 6)], "{a:1,b:3}"),
    ("{\\x: 1, b: 2}", [at(1, 2)], "{b:2}"), ("{@: 1, b: 2}", [at(1, 2)], "{b:2}"),
  ]

  private static func at(_ line: Int, _ column: Int) -> Position {
    Position(line: line, column: column)
  }

  @Test(arguments: bad)
  func `reports each mistake at its place and reads on`(
    _ text: String,
    _ places: [Position],
    _ tree: String
  ) {
    let (read, problems) = Self.read(text)
    #expect(problems.map(\.position) == places)
    #expect(read == tree)
    #expect(problems.allSatisfy { !$0.suggestion.isEmpty })
  }

  @Test(arguments: ["\n", "\r", "\r\n"])
  func `counts lines as editors do`(_ end: String) {
    let text = ["{", "  a: 1,", "  // ü", "  b: ?,", "}"].joined(separator: end)
    #expect(Self.read(text).problems.map(\.position) == [Position(line: 4, column: 6)])
  }

  @Test func `counts columns in characters, not in bytes`() {
    #expect(Self.read("{'üé😀': ?}").problems.map(\.position) == [Position(line: 1, column: 9)])
  }

  @Test func `knows the place of every key and value`() throws {
    var reader = JSON5Reader(Array("{\n  a: [\n    'x' ] }".utf8))
    let root = reader.document()
    guard case .object(let members)? = root?.content,
      case .array(let elements) = try #require(members.first).value.content
    else {
      Issue.record("not an object with a list")
      return
    }
    #expect(members[0].keyPosition == Position(line: 2, column: 3))
    #expect(members[0].value.position == Position(line: 2, column: 6))
    #expect(elements[0].position == Position(line: 3, column: 5))
  }

  @Test func `refuses nesting beyond the bound and no earlier`() {
    let depth = JSON5Reader.depthMax
    let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(Self.read(deepest).problems.isEmpty)
    let tooDeep = "[" + deepest + ", 1 2]"
    #expect(Self.read(tooDeep).problems.map(\.position.column) == [depth + 1, 2 * depth + 5])
  }

  @Test func `survives a million brackets`() {
    for bracket in ["[", "{", "{a:", "[{"] {
      let text = String(repeating: bracket, count: 250_000)
      #expect(!Self.read(text).problems.isEmpty)
    }
  }

  /// Whatever is cut off or put in, reading ends and says something or nothing is wrong.
  @Test func `ends on every prefix and every changed byte of a file`() {
    let text = Array("{a: [1, 'x\\n', {b: 0x1F}], // c\n 'd': +.5e1, /* e */ f: null,}".utf8)
    for count in text.indices {
      var reader = JSON5Reader(Array(text[..<count]))
      _ = reader.document()
      #expect(!reader.problems.isEmpty)
    }
    for index in text.indices {
      for byte in UInt8(0)...0x7F {
        var changed = text
        changed[index] = byte
        var reader = JSON5Reader(changed)
        #expect(reader.document() != nil || !reader.problems.isEmpty)
      }
    }
  }

  @Test(arguments: ["{a: hunter2secret}", "{a: 12hunter2secret}", "{a: env:hunter2secret}"])
  func `repeats no value that lacks its quotes`(_ text: String) {
    let problems = Self.read(text).problems
    #expect(problems.count == 1)
    #expect(problems.allSatisfy { !"\($0)".contains("hunter2") })
  }
}

extension Unicode.Scalar {
  /// Control characters by their number, so that a table can hold them.
  fileprivate var shown: String {
    value < 0x20 ? "\\" + String(value, radix: 16) : String(self)
  }
}
