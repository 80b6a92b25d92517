import RelayHTTP
import Testing

@Suite("Targets") struct TargetTests {
  @Test(
    arguments: [
      ("/", "/", ""), ("/a/b?c=d", "/a/b", "c=d"), ("/a?", "/a", ""), ("/a?b?c", "/a", "b?c"),
      ("//a//b", "//a//b", ""), ("/%2F%00/../x", "/%2F%00/../x", ""), ("*", "*", ""),
      ("http://h/p?q", "/p", "q"), ("HTTPS://h:1/p", "/p", ""), ("http://h", "", ""),
      ("http://h?q", "", "q"), ("http://h/", "/", ""), ("/http://h/p", "/http://h/p", ""),
    ]
  )
  func `path and query are cut out and not changed`(
    target: String,
    path: String,
    query: String
  ) throws {
    let host = target.hasPrefix("HTTPS") ? "h:1" : "h"
    let method = target == "*" ? "OPTIONS" : "GET"
    let text = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    let head = try RequestHead.parse(Array(text.utf8), limits: HTTPLimits())
    #expect(String(decoding: head.bytes[head.path], as: UTF8.self) == path)
    #expect(String(decoding: Target.query(of: Array(target.utf8)), as: UTF8.self) == query)
    #expect(head.isAsterisk == (target == "*"))
    #expect(head.hasTarget(target))
    #expect(!head.hasTarget(target + "x"))
  }

  @Test(
    arguments: [
      ("/v1/events", ["v1", "events"]), ("/a%2Fb", ["a/b"]), ("/%C3%A9", ["\u{E9}"]),
      ("/a+b", ["a+b"]), ("/%41%4a", ["AJ"]), ("/..", [".."]),
      (
        "/" + Array(repeating: "s", count: 16).joined(separator: "/"),
        Array(repeating: "s", count: 16)
      ),
    ]
  )
  func `segments are decoded after they are split`(path: String, segments: [String]) {
    #expect(Target.segments(of: Array(path.utf8)) == segments)
  }

  @Test(
    arguments: [
      "", "a", "/", "//", "/a/", "/a//b", "/%", "/%4", "/%4g", "/%g4", "/%+4", "/%4+", "/% 4",
      "/%-1",
      "/%FF", "/%C3", "/%ED%A0%80", "/a%",
      "/" + Array(repeating: "s", count: 17).joined(separator: "/"),
    ]
  )
  func `what cannot be a route has no segments`(path: String) {
    #expect(Target.segments(of: Array(path.utf8)) == nil)
  }

  @Test(
    arguments: [
      ("", []), ("a=b", ["a=b"]), ("a", ["a="]), ("a=", ["a="]), ("=b", ["=b"]),
      ("a=b=c", ["a=b=c"]),
      ("a=1&a=2", ["a=1", "a=2"]), ("&&a=1&", ["a=1"]), ("a+b=c+d", ["a b=c d"]),
      ("a%26b=%3D%2B", ["a&b==+"]), ("%C3%A9=1", ["\u{E9}=1"]),
    ] as [(String, [String])]
  )
  func `parameters are decoded in order`(query: String, expected: [String]) throws {
    let parameters = try QueryParameters(Array(query.utf8))
    #expect(parameters.values.map { "\($0.name)=\($0.value)" } == expected)
  }

  @Test(arguments: ["a=%", "a=%1", "%zz=1", "a=%FF", "%C3=a", "a=%+1"])
  func `a bad escape is refused and not passed on`(query: String) {
    #expect(throws: HTTPError.self) { try QueryParameters(Array(query.utf8)) }
  }

  @Test func `parameters are counted`() throws {
    let pairs = Array(repeating: "a=1", count: 64)
    let parameters = try QueryParameters(Array(pairs.joined(separator: "&").utf8))
    #expect(parameters.values.count == 64)
    let more = Array((pairs + ["a=1"]).joined(separator: "&").utf8)
    #expect(throws: HTTPError.self) { try QueryParameters(more) }
  }
}
