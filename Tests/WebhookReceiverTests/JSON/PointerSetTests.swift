import Testing
import WebhookReceiver

@Suite struct PointerSetTests {
  private func hits(_ pointers: [String], _ text: String) throws -> PointerHits? {
    let set = try #require(PointerSet(pointers.map { pointer in try JSONPointer(pointer) }))
    return set.locate(in: text.utf8.span)
  }

  private func slice(_ hit: JSONHit?, _ text: String) -> String? {
    hit.map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) }
  }

  static let sample = #"""
    {"s":"x y","e":"a\n\u00e9","n":-1.50e3,"t":true,"f":false,"z":null,"o": { "k" : [1] },
     "a":[ ],"u":"é"}
    """#

  @Test(
    arguments: [
      ("/s", #""x y""#, .plainString, "x y"), ("/e", #""a\n\u00e9""#, .escapedString, "a\né"),
      ("/n", "-1.50e3", .number, "-1.50e3"), ("/t", "true", .true, "true"),
      ("/f", "false", .false, "false"), ("/z", "null", .null, nil),
      ("/o", #"{ "k" : [1] }"#, .object, nil), ("/o/k", "[1]", .array, nil),
      ("/a", "[ ]", .array, nil), ("/u", "\"é\"", .plainString, "é"), ("/o/k/0", "1", .number, "1"),
    ] as [(String, String, JSONHit.Kind, String?)]
  )
  func `a hit is the raw value, its kind and its text`(
    pointer: String,
    raw: String,
    kind: JSONHit.Kind,
    text: String?
  ) throws {
    let hit = try #require(try hits([pointer], Self.sample)?[0])
    #expect(slice(hit, Self.sample) == raw)
    #expect(hit.kind == kind)
    let found = hit.text(in: Self.sample.utf8.span)
    #expect(found == text.map { Array($0.utf8) })
  }

  @Test func `of a plain string the content is the text itself`() throws {
    let hit = try #require(try hits(["/s"], Self.sample)?[0])
    #expect(String(decoding: Array(Self.sample.utf8)[hit.content], as: UTF8.self) == "x y")
    let number = try #require(try hits(["/n"], Self.sample)?[0])
    #expect(number.content == number.range)
  }

  @Test func `a value and one inside it are both found`() throws {
    let found = try #require(try hits(["/o/k", "/o", "", "/o/k/0", "/x"], Self.sample))
    #expect(found.count == 5)
    #expect(slice(found[0], Self.sample) == "[1]")
    #expect(slice(found[1], Self.sample) == #"{ "k" : [1] }"#)
    #expect(slice(found[2], Self.sample) == Self.sample)
    #expect(slice(found[3], Self.sample) == "1")
    #expect(found[4] == nil)
  }

  @Test(arguments: [
    "", "{", #"{"s":1}}"#, #"{"s":1,}"#, #"{"s":1 "t":2}"#, #"{"s"}"#, #"{"s":"x}"#,
  ])
  func `a document that is not valid has no hits at all`(text: String) throws {
    #expect(try hits(["/s", ""], text) == nil)
  }

  @Test func `sixteen pointers are a set and seventeen are not`() throws {
    let pointers = try (0..<17).map { index in try JSONPointer("/\(index)") }
    #expect(PointerSet(pointers) == nil)
    let set = try #require(PointerSet(Array(pointers[..<16])))
    let text = "[\((0..<20).map { "\($0)" }.joined(separator: ","))]"
    let found = set.locate(in: text.utf8.span)
    #expect((0..<16).map { slice(found?[$0], text) } == (0..<16).map { "\($0)" })
    // The scanner takes any number, sixteen a pass.
    let scalars = JSONScanner.scalars(at: pointers + pointers, in: text.utf8.span)
    #expect(scalars.map { $0?.text } == (0..<34).map { "\($0 % 17)" })
  }

  @Test func `a set without pointers validates`() throws {
    #expect(try hits([], "[1]")?.count == 0)
    #expect(try hits([], "[1") == nil)
  }

  @Test(arguments: [
    #"\u006bey"#, #"ke\u0079"#, #"\ud83d\ude00"#, #"\u00e9"#, #"a\/b"#, #"\"q\""#,
  ])
  func `an escaped key is compared as it is meant`(key: String) throws {
    let text = "{\"\(key)\":1}"
    let meant = try #require(try? JSONValue.parse(Array(text.utf8)).object?.first?.key)
    let escaped = meant.replacing("~", with: "~0").replacing("/", with: "~1")
    #expect(try hits(["/\(escaped)"], text)?[0] != nil)
    #expect(try hits(["/\(escaped)x"], text)?[0] == nil)
    #expect(try hits(["/x\(escaped)"], text)?[0] == nil)
    #expect(try hits(["/\(escaped.dropLast())"], text)?[0] == nil)
  }
}
