import RelayServer
import Testing

@Suite("Outbound requests") struct OutboundClientTests {
  @Test func `a request goes out and its answer comes`() throws {
    let server = try RawServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    let url = server.url + "/a?b"
    let driver = try OutboundDriver.run { driver, context in
      guard let request = try? OutboundRequest.get(url) else { return }
      driver.send("a", request, context)
    }
    #expect(driver.body("a") == "hello")
    #expect(
      server.requests == [
        "GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAccept-Encoding: identity\r\n\r\n"
      ]
    )
  }
}
