import Testing
import WebhookReceiver

@Suite struct JSONPatternTests {
  private func matches(_ pattern: String, _ text: String, max: Int = 100) throws -> [String]? {
    let pattern = try JSONPattern(pattern)
    let found = JSONScanner.matches(of: pattern, in: text.utf8.span, max: max)
    guard let found else { return nil }
    guard case .all(let hits) = found else { return ["too many"] }
    return hits.map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) }
  }

  @Test(arguments: [
    (
      "/events/*/webhookEventId", #"{"events":[{"webhookEventId":"a"},{},{"webhookEventId":"b"}]}"#,
      [#""a""#, #""b""#]
    ),
    ("/*/eventId", #"[{"eventId":1},{"eventId":2,"x":{"eventId":3}}]"#, ["1", "2"]),
    (
      "/entry/*/changes/*/value",
      #"{"entry":[{"changes":[{"value":{"a":1}},{"value":2}]},{"changes":[{"value":[3]}]}]}"#,
      [#"{"a":1}"#, "2", "[3]"]
    ),
    (
      "/notificationItems/*/NotificationRequestItem",
      #"{"notificationItems":[{"NotificationRequestItem":{"k":"v"}}]}"#, [#"{"k":"v"}"#]
    ),
    ("/*", #"{"a":1,"b":[2]}"#, ["1", "[2]"]), ("/*/*", "[[1,2],{\"k\":3},4]", ["1", "2", "3"]),
    ("/*/1", #"[[1,2],{"1":3},[4]]"#, ["2", "3"]), ("/a/b", #"{"a":{"b":5}}"#, ["5"]),
    ("", "[1]", ["[1]"]), ("/*", "[]", []), ("/*", "7", []), ("/a/*", #"{"b":[1]}"#, []),
  ])
  func `a star takes every element and member in order`(
    pattern: String,
    text: String,
    expected: [String]
  ) throws {
    #expect(try matches(pattern, text) == expected)
  }

  @Test(arguments: [
    ("/~2", #"{"*":1,"a":2}"#, ["1"]), ("/a~2b", #"{"a*b":1,"ab":2}"#, ["1"]),
    ("/~02", #"{"~2":1,"*":2}"#, ["1"]), ("/~2/*", #"{"*":[1,2]}"#, ["1", "2"]),
    ("/~0~1~2", #"{"~/*":1}"#, ["1"]),
  ])
  func `a star that is a character is written ~2`(
    pattern: String,
    text: String,
    expected: [String]
  ) throws {
    #expect(try matches(pattern, text) == expected)
  }

  @Test func `a pointer takes a star for a character`() throws {
    let pointer = try JSONPointer("/*")
    #expect(JSONScanner.scalar(at: pointer, in: #"{"*":1}"#.utf8.span) == .number("1"))
    #expect(JSONScanner.scalar(at: pointer, in: #"{"a":1}"#.utf8.span) == nil)
    #expect(JSONScanner.scalar(at: pointer, in: "[1]".utf8.span) == nil)
  }

  @Test(arguments: [
    (#"{"e":[1,2],"e":[3]}"#, ["3"]), (#"{"e":[1,2],"e":4}"#, []), (#"{"e":[1],"f":[2]}"#, ["1"]),
    (#"{"e":{"a":1,"a":2}}"#, ["1", "2"]), (#"{"e":[1],"\u0065":[5,6]}"#, ["5", "6"]),
  ])
  func `of a repeated key that the pattern names the last value counts`(
    text: String,
    expected: [String]
  ) throws {
    #expect(try matches("/e/*", text) == expected)
  }

  @Test func `a repeated key takes back what its own object held, and no more`() throws {
    let text = #"[{"k":1,"k":2},{"k":3},{"k":[4,5],"x":0,"k":6}]"#
    #expect(try matches("/*/k", text) == ["2", "3", "6"])
    #expect(try matches("/*/k", text, max: 3) == ["2", "3", "6"])
    #expect(try matches("/*/k", text, max: 2) == ["too many"])
    // Four at one time, of which three count in the end.
    #expect(try matches("/e/*", #"{"e":[1,2,3,4],"e":[5,6,7]}"#, max: 3) == ["5", "6", "7"])
  }

  @Test(arguments: [0, 1, 5, 99, 100, 101])
  func `more than the maximum is said to be too many`(max: Int) throws {
    let text = "[" + (0..<100).map { "\($0)" }.joined(separator: ",") + "]"
    let found = try matches("/*", text, max: max)
    #expect(found == (max < 100 ? ["too many"] : (0..<100).map { "\($0)" }))
  }

  @Test(arguments: ["[1,2", "[1,]", "[1] 2", "", "[1,2,\"\u{1}\"]"])
  func `a document that is not valid has no matches`(text: String) throws {
    #expect(try matches("/*", text) == nil)
    #expect(try matches("/*", text, max: 0) == nil)
  }

  @Test(arguments: ["*", "a/*", "/*/*/*", "/a*", "/**", "/*a", "/~3", "/~", "/a~/b"])
  func `a text that is no pattern is refused with what to write`(text: String) {
    let error = #expect(throws: JSONPatternError.self) { try JSONPattern(text) }
    let isHelpful = error?.description.contains("write") == true
    #expect(isHelpful || error == .tooManyStars(text))
  }

  @Test func `a pattern has as many steps as a pointer may have`() throws {
    let longest = String(repeating: "/0", count: JSONPointer.tokensMax)
    _ = try JSONPattern(longest)
    #expect(throws: JSONPatternError.tooManySteps(longest + "/0")) {
      try JSONPattern(longest + "/0")
    }
  }

  @Test func `the last of sixty-four steps may be a star`() throws {
    let steps = String(repeating: "/0", count: JSONPointer.tokensMax - 1) + "/*"
    let depth = JSONPointer.tokensMax
    let text =
      String(repeating: "[", count: depth) + "7,8" + String(repeating: "]", count: depth)
    #expect(try matches(steps, text) == ["7", "8"])
  }
}
