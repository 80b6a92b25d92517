import RelayHTTP
import Testing

@Suite("Responses") struct ResponseWriterTests {
  private func write(
    _ status: Int,
    fields: [(String, String)] = [],
    body: String = "",
    keepAlive: Bool = true,
    omitBody: Bool = false,
    tellsKeepAlive: Bool = false
  ) -> String {
    var output: [UInt8] = []
    ResponseWriter.append(
      to: &output,
      status: status,
      fields: fields,
      body: Array(body.utf8),
      keepAlive: keepAlive,
      omitBody: omitBody,
      tellsKeepAlive: tellsKeepAlive
    )
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `a response is written to the byte`() {
    let text = write(200, fields: [("Date", "today"), ("X", "1, 2")], body: "hello")
    #expect(
      text == "HTTP/1.1 200 OK\r\nDate: today\r\nX: 1, 2\r\nContent-Length: 5\r\n\r\nhello"
    )
  }

  @Test func `an empty body has a length too`() {
    #expect(write(404) == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
  }

  @Test(arguments: [100, 101, 204, 304])
  func `a response without body says no length`(status: Int) {
    let text = write(status, body: "never sent")
    #expect(!text.contains("Content-Length"))
    #expect(text.hasSuffix("\r\n\r\n"))
  }

  @Test func `HEAD is told the length of what it does not get`() {
    let text = write(200, body: "hello", omitBody: true)
    #expect(text == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
  }

  @Test func `the end of the connection is announced`() {
    #expect(write(200, keepAlive: false).contains("\r\nConnection: close\r\n"))
    #expect(!write(200).contains("Connection"))
    #expect(write(200, tellsKeepAlive: true).contains("\r\nConnection: keep-alive\r\n"))
    let closing = write(200, keepAlive: false, tellsKeepAlive: true)
    #expect(closing.contains("close"))
    #expect(!closing.contains("keep-alive"))
  }

  @Test(arguments: ["a\r\nSet-Cookie: x", "a\nb", "a\rb", "a\0b", "\u{7F}", "a\r\n\r\n<html>"])
  func `a value cannot begin another field`(value: String) {
    let text = write(200, fields: [("X", value)])
    #expect(text.split(separator: "\r\n", omittingEmptySubsequences: false).count == 5)
    #expect(text.utf8.count { $0 == 0x0A } == 4)
    #expect(text.utf8.count { $0 == 0x0D } == 4)
    #expect(!text.utf8.contains(0))
  }

  @Test func `responses follow each other in one buffer`() {
    var output: [UInt8] = []
    for status in [200, 401] {
      ResponseWriter.append(
        to: &output,
        status: status,
        fields: [],
        body: Array("b".utf8),
        keepAlive: true,
        omitBody: false
      )
    }
    let text = String(decoding: output, as: UTF8.self)
    #expect(text == write(200, body: "b") + write(401, body: "b"))
  }

  @Test func `the fields of a response read back as they were given`() throws {
    // Written by the writer, read by the reader of requests behind a request line.
    let fields = [("Host", "a"), ("X-One", "1"), ("x-two", "b c, d"), ("X-Three", "\u{E9}")]
    let text = write(200, fields: fields, body: "hello")
    let statusLine = "HTTP/1.1 200 OK\r\n"
    try #require(text.hasPrefix(statusLine))
    let request = try #require(
      Connection.read("POST / HTTP/1.1\r\n" + text.dropFirst(statusLine.count)).request
    )
    #expect(request.fields == fields.map { "\($0.0)=\($0.1)" } + ["Content-Length=5"])
    #expect(request.body == Array("hello".utf8))
    #expect(request.rest.isEmpty)
  }

  @Test(arguments: [(200, "OK"), (429, "Too Many Requests"), (503, "Service Unavailable")])
  func `known codes have their phrase`(status: Int, phrase: String) {
    #expect(StatusCode.reasonPhrase(status) == phrase)
  }

  @Test(arguments: [0, 199, 299, 399, 499, 599, 999])
  func `an unknown code has a phrase all the same`(status: Int) {
    #expect(StatusCode.reasonPhrase(status) == "Status \(status)")
  }
}

@Suite("Prepared responses") struct PreparedResponseTests {
  private func write(
    _ status: Int,
    _ body: String = "",
    own: String = "",
    keepAlive: Bool = true,
    omitBody: Bool = false,
    tellsKeepAlive: Bool = false
  ) -> String {
    var output: [UInt8] = []
    PreparedResponse(status: status, fields: [("X", "1")], body: Array(body.utf8)).append(
      to: &output,
      date: Array("Date: today\r\n".utf8),
      own: Array(own.utf8),
      keepAlive: keepAlive,
      omitBody: omitBody,
      tellsKeepAlive: tellsKeepAlive
    )
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `it is written to the byte, with the lines of its own`() {
    #expect(
      write(200, "hello", own: "Y: 2\r\n")
        == "HTTP/1.1 200 OK\r\nDate: today\r\nY: 2\r\nX: 1\r\nContent-Length: 5\r\n\r\nhello"
    )
  }

  @Test func `what the connection needs is said`() {
    #expect(write(200, keepAlive: false).contains("Connection: close\r\n\r\n"))
    #expect(write(200, tellsKeepAlive: true).contains("Connection: keep-alive\r\n\r\n"))
    #expect(!write(200).contains("Connection"))
  }

  @Test func `HEAD has the length and not the body`() {
    let text = write(200, "hello", omitBody: true)
    #expect(text.hasSuffix("Content-Length: 5\r\n\r\n"))
  }

  @Test(arguments: [204, 304])
  func `a status without a body has neither body nor length`(status: Int) {
    let text = write(status, "never sent")
    #expect(text.hasSuffix("X: 1\r\n\r\n"))
  }
}
