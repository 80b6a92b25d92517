import RelayHTTP
import Testing

@Suite("Accepted requests") struct AcceptedRequestTests {
  @Test(arguments: Accepted.requests)
  func `every request of the table is accepted`(text: String) throws {
    let reading = Connection.read(text)
    try #require(reading.request != nil, "\(reading)")
  }

  @Test(arguments: Accepted.requests)
  func `a request cut in two anywhere reads the same`(text: String) {
    let bytes = Array(text.utf8)
    let whole = Connection.read([bytes])
    for cut in 0...bytes.count {
      let reading = Connection.read([Array(bytes[..<cut]), Array(bytes[cut...])])
      #expect(reading == whole, "cut at \(cut)")
    }
  }

  @Test(arguments: Accepted.requests)
  func `a request that comes byte by byte reads the same`(text: String) {
    let bytes = Array(text.utf8)
    #expect(Connection.read(bytes.map { [$0] }) == Connection.read([bytes]))
  }

  @Test(arguments: Accepted.requests)
  func `a request cut in three anywhere reads the same`(text: String) {
    // All pairs of cuts of the longest would be 40 000 readings: every seventh second cut is taken.
    let bytes = Array(text.utf8)
    let whole = Connection.read([bytes])
    for first in 0...bytes.count {
      for second in stride(from: first, through: bytes.count, by: 7) {
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map { Array($0) }
        #expect(Connection.read(pieces) == whole, "cut at \(first) and \(second)")
      }
    }
  }

  @Test(arguments: Accepted.requests)
  func `no beginning of a request is taken for the whole`(text: String) throws {
    let bytes = Array(text.utf8)
    let request = try #require(Connection.read([bytes]).request)
    for count in 0..<bytes.count - request.rest.count {
      #expect(Connection.read([Array(bytes[..<count])]) == .incomplete, "first \(count) bytes")
    }
  }

  @Test func `a head is read into its parts`() throws {
    let text =
      "POST /in/x?y HTTP/1.1\r\nHost: a:1\r\nX-One:  two words \t\r\n"
      + "Content-Length: 3\r\nEmpty:\r\n\r\nabcNEXT"
    let request = try #require(Connection.read(text).request)
    #expect(request.method == "POST")
    #expect(request.target == "/in/x?y")
    #expect(request.version == .http11)
    #expect(request.fields == ["Host=a:1", "X-One=two words", "Content-Length=3", "Empty="])
    #expect(request.framing == .length(3))
    #expect(request.host == "a:1")
    #expect(request.body == Array("abc".utf8))
    #expect(request.rest == Array("NEXT".utf8))
    #expect(
      request.fieldBlock
        == "Host: a:1\r\nX-One:  two words \t\r\nContent-Length: 3\r\nEmpty:\r\n"
    )
  }

  @Test(
    arguments: [
      ("GET / HTTP/1.1\r\nHost: a\r\n", true),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", false),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, CLOSE\r\n", false),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: ,close\r\n", false),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n", true),
      ("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n", true),
      ("GET / HTTP/1.0\r\n", false),
      ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n", true),
      ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n", false),
    ]
  )
  func `the connection stays open when both sides mean it`(head: String, stays: Bool) throws {
    let request = try #require(Connection.read(head + "\r\n").request)
    #expect(request.keepAlive == stays)
  }

  @Test func `methods are case-sensitive`() throws {
    let bytes = Array("head / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let head = try RequestHead.parse(bytes, limits: HTTPLimits())
    #expect(!head.isHEAD)
    #expect(head.isWrite)
    #expect(head.methodText == "head")
  }

  @Test(arguments: [("GET", false, false), ("HEAD", false, true), ("POST", true, false)])
  func `a method is known for what it does`(method: String, writes: Bool, isHEAD: Bool) throws {
    let bytes = Array("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    let head = try RequestHead.parse(bytes, limits: HTTPLimits())
    #expect(head.isWrite == writes)
    #expect(head.isHEAD == isHEAD)
    #expect(head.isPOST == writes)
  }

  @Test func `HTTP 1.0 expects no interim response`() throws {
    let text = "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"
    let request = try #require(Connection.read(text).request)
    #expect(!request.expectsContinue)
  }
}
