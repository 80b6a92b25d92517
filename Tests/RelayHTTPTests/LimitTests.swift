import RelayHTTP
import Testing

@Suite("Limits of a head") struct LimitTests {
  private func head(ofBytes count: Int) -> [UInt8] {
    let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
    let end = "\r\n\r\n"
    let filling = String(repeating: "x", count: count - start.utf8.count - end.utf8.count)
    return Array((start + filling + end).utf8)
  }

  @Test func `a head at its limit is accepted, and one byte more is not`() throws {
    let limits = HTTPLimits(headBytesMax: 100)
    try #require(Connection.read([head(ofBytes: 100)], limits: limits).request != nil)
    #expect(Connection.read([head(ofBytes: 101)], limits: limits) == .refused(.headTooLarge))
    #expect(Connection.read([head(ofBytes: 102)], limits: limits) == .refused(.headTooLarge))
  }

  @Test(arguments: 98...104)
  func `the limit is the same wherever the bytes are cut`(count: Int) {
    let limits = HTTPLimits(headBytesMax: 100)
    let bytes = head(ofBytes: count)
    let whole = Connection.read([bytes], limits: limits)
    #expect(Connection.read(bytes.map { [$0] }, limits: limits) == whole)
    for cut in 0...bytes.count {
      let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
      #expect(Connection.read(pieces, limits: limits) == whole, "cut at \(cut)")
    }
  }

  @Test func `a head without end is refused at the limit and not later`() {
    let limits = HTTPLimits(headBytesMax: 100)
    let endless = [UInt8](repeating: 0x41, count: 101)
    #expect(Connection.read([Array(endless.dropLast())], limits: limits) == .incomplete)
    #expect(Connection.read([endless], limits: limits) == .refused(.headTooLarge))
  }

  @Test func `what is wrong beyond the limit does not change the answer`() {
    let limits = HTTPLimits(headBytesMax: 50)
    let bytes = [UInt8](repeating: 0x41, count: 60) + [0x00]
    #expect(Connection.read([bytes], limits: limits) == .refused(.headTooLarge))
  }

  @Test func `empty lines before a head do not count towards it`() throws {
    let limits = HTTPLimits(headBytesMax: 100)
    let lines = Array("\r\n\r\n\r\n\r\n".utf8)
    try #require(Connection.read([lines + head(ofBytes: 100)], limits: limits).request != nil)
    #expect(
      Connection.read([lines + head(ofBytes: 101)], limits: limits) == .refused(.headTooLarge)
    )
  }

  @Test func `a body behind a small head does not count towards it`() throws {
    let limits = HTTPLimits(headBytesMax: 60)
    let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
    let body = String(repeating: "b", count: 100)
    try #require(Connection.read(text + body, limits: limits).request != nil)
  }

  @Test func `fields are counted`() throws {
    let limits = HTTPLimits(fieldCountMax: 4)
    func text(_ count: Int) -> String {
      "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: 1\r\n", count: count - 1) + "\r\n"
    }
    try #require(Connection.read(text(4), limits: limits).request != nil)
    #expect(Connection.read(text(5), limits: limits) == .refused(.headTooLarge))
  }

  @Test func `targets are measured`() throws {
    let limits = HTTPLimits(targetBytesMax: 10)
    func text(_ count: Int) -> String {
      "GET /" + String(repeating: "x", count: count - 1) + " HTTP/1.1\r\nHost: a\r\n\r\n"
    }
    try #require(Connection.read(text(10), limits: limits).request != nil)
    #expect(Connection.read(text(11), limits: limits) == .refused(.targetTooLong))
  }

  @Test(arguments: [(32, nil), (33, 501)] as [(Int, Int?)])
  func `methods are measured`(count: Int, status: Int?) {
    let text = String(repeating: "M", count: count) + " / HTTP/1.1\r\nHost: a\r\n\r\n"
    #expect(Connection.read(text).status == status)
  }

  @Test(arguments: [(255, nil), (256, 400)] as [(Int, Int?)])
  func `hosts are measured`(count: Int, status: Int?) {
    let text = "GET / HTTP/1.1\r\nHost: \(String(repeating: "h", count: count))\r\n\r\n"
    #expect(Connection.read(text).status == status)
  }

  @Test func `lengths are counted as far as every reader can`() {
    func reading(_ digits: String) -> RequestHead.Framing? {
      let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(digits)\r\n\r\n"
      return try? RequestHead.parse(Array(text.utf8), limits: HTTPLimits()).framing
    }
    #expect(reading("999999999999999") == .length(999_999_999_999_999))
    #expect(reading("1000000000000000") == nil)
    #expect(reading("000000000000005") == .length(5))
    #expect(reading("0000000000000005") == nil)
  }

  @Test(
    arguments: zip(
      [
        HTTPError.badRequest(""), .headTooLarge, .targetTooLong, .bodyTooLarge, .expectationFailed,
        .methodNotImplemented, .codingNotImplemented, .versionNotSupported,
      ],
      [400, 431, 414, 413, 417, 501, 501, 505]
    )
  )
  func `each refusal has its status`(error: HTTPError, status: Int) {
    #expect(error.status == status)
    #expect(StatusCode.reasonPhrase(status) != "Status \(status)")
  }
}
