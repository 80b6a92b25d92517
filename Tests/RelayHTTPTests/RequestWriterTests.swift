import RelayHTTP
import Testing

@Suite("Requests that are sent") struct RequestWriterTests {
  private func head(
    _ method: String = "POST",
    _ target: String = "/hooks",
    host: String = "127.0.0.1:3000",
    fields: [(String, String)] = [],
    bodyBytes: Int = 0
  ) throws(RequestRefusal) -> String {
    var output: [UInt8] = []
    try RequestWriter.appendHead(
      to: &output,
      method: method,
      target: target,
      host: host,
      fields: try RequestFields(fields),
      bodyBytes: bodyBytes
    )
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `a request is one head and says how long its body is`() throws {
    let text = try head(fields: [("A", "b"), ("a", "\u{e9} \t")], bodyBytes: 12)
    #expect(
      text == "POST /hooks HTTP/1.1\r\nHost: 127.0.0.1:3000\r\nAccept-Encoding: identity\r\n"
        + "A: b\r\na: \u{e9} \t\r\nContent-Length: 12\r\n\r\n"
    )
  }

  @Test(arguments: [
    ("POST", true), ("PUT", true), ("PATCH", true), ("GET", false), ("HEAD", false),
  ])
  func `an empty body has a length where one is expected`(method: String, isSaid: Bool) throws {
    let text = try head(method)
    #expect(text.contains("Content-Length: 0\r\n") == isSaid)
  }

  @Test(arguments: [
    ("", "a"), ("A b", "c"), ("A:", "b"), ("A\r\nB", "c"), ("A\0", "b"), ("\u{e9}", "a"),
  ])
  func `a name that is no token is refused`(name: String, value: String) {
    #expect(throws: RequestRefusal.name) { try head(fields: [(name, value)]) }
  }

  @Test(arguments: ["a\r\nB: c", "a\n", "\r", "a\0b", "\u{1B}[0m", "\u{7F}"])
  func `a value that would be more than one is refused`(value: String) {
    #expect(throws: RequestRefusal.value) { try head(fields: [("A", value)]) }
  }

  @Test(arguments: [
    "Host", "content-length", "Transfer-Encoding", "CONNECTION", "Keep-Alive", "TE", "Trailer",
    "Upgrade", "Expect", "Proxy-Connection", "Accept-Encoding",
  ])
  func `a field of the connection is the writer's`(name: String) {
    #expect(throws: RequestRefusal.reserved) { try head(fields: [(name, "x")]) }
  }

  @Test func `a refused field leaves nothing behind`() throws {
    var fields = try RequestFields([("A", "b")])
    let before = fields
    #expect(throws: RequestRefusal.value) { try fields.append("C", "d\r\n") }
    #expect(fields == before)
  }

  @Test(arguments: ["", "hooks", "/a b", "/a#b", "/a\r\n", "/\u{e9}", "http://a/", "*"])
  func `a target that is no path is refused`(target: String) {
    #expect(throws: RequestRefusal.target) { try head("POST", target) }
  }

  @Test(arguments: ["", "a b", "a\r\nB: c", "user@a", "a/b"])
  func `a host that Host cannot carry is refused`(host: String) {
    #expect(throws: RequestRefusal.host) { try head(host: host) }
  }

  @Test(arguments: ["", "GE T", "GET\r\n", "G\0"])
  func `a method that is no token is refused`(method: String) {
    #expect(throws: RequestRefusal.method) { try head(method) }
  }

  @Test func `what is written is read as it was meant`() throws {
    let text = try head("PUT", "/a/b?c=%20", host: "[::1]:80", fields: [("X", "y")], bodyBytes: 3)
    let request = try #require(Connection.read(text + "abc").request)
    #expect(request.method == "PUT" && request.target == "/a/b?c=%20")
    #expect(request.host == "[::1]:80" && request.body == Array("abc".utf8))
    #expect(request.fields.contains("X=y"))
  }
}
