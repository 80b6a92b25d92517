import RelayHTTP
import Testing

@Suite("Answers") struct ResponseParserTests {
  @Test(arguments: Answers.good)
  func `every framing is read to its end and not further`(text: String, body: String) throws {
    let answer = try #require(ResponseParser.read(text + "more").answer)
    #expect(answer.body == body)
    #expect(answer.rest == 4)
    #expect(!answer.isCutOff)
  }

  @Test(arguments: Answers.good + Answers.open)
  func `an answer reads the same wherever it is cut`(text: String, body: String) {
    let bytes = Array(text.utf8)
    let whole = ResponseParser.read([bytes], ends: true)
    #expect(whole.answer?.body == body)
    #expect(ResponseParser.read(bytes.map { [$0] }, ends: true) == whole)
    for first in 0...bytes.count {
      let pieces = [Array(bytes[..<first]), Array(bytes[first...])]
      #expect(ResponseParser.read(pieces, ends: true) == whole, "cut at \(first)")
    }
  }

  @Test(arguments: Answers.good)
  func `no beginning is taken for the whole`(text: String, body: String) {
    let bytes = Array(text.utf8)
    #expect(ResponseParser.read([[]], ends: true) == .refused(.nothing))
    for count in 1..<bytes.count {
      let start = Array(bytes[..<count])
      #expect(ResponseParser.read([start]) == .incomplete)
      #expect(ResponseParser.read([start], ends: true) == .refused(.cut), "\(count)")
    }
  }

  @Test(arguments: Answers.open)
  func `without a length the end of the stream is that of the body`(text: String, body: String) {
    #expect(ResponseParser.read(text) == .incomplete)
    let answer = ResponseParser.read(text, ends: true).answer
    #expect(answer?.body == body)
    #expect(answer?.canBeKept == false)
  }

  @Test(arguments: [
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
  ])
  func `an answer to HEAD has no body, whatever it says`(text: String) {
    #expect(ResponseParser.read(text, isToHEAD: true).answer?.body == "")
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\n", true), ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n", false),
    ("HTTP/1.0 200 OK\r\n", false), ("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", true),
    ("HTTP/1.9 200 OK\r\n", true),
    ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nConnection: close\r\n", false),
  ])
  func `a connection is kept when both versions allow it`(head: String, isKept: Bool) {
    let answer = ResponseParser.read(head + "Content-Length: 0\r\n\r\n").answer
    #expect(answer?.canBeKept == isKept)
  }

  static let malformed = [
    "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/2 200\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
    "http/1.1 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
    "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1 099 OK\r\n\r\n",
    "HTTP/1.1 600 OK\r\n\r\n", "HTTP/1.x 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1 200 O\rK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "HTTP/1.1 204 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
  ]

  @Test(arguments: malformed)
  func `what two readers could read in two ways is an error`(text: String) {
    guard case .refused(.malformed(let reason)) = ResponseParser.read(text, ends: true) else {
      Issue.record("\(ResponseParser.read(text, ends: true))")
      return
    }
    #expect(!reason.isEmpty)
    let bytes = Array(text.utf8).map { [$0] }
    #expect(ResponseParser.read(bytes, ends: true) == .refused(.malformed(reason)))
  }

  @Test func `interim answers have an end`() {
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n"
    let final = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    let most = String(repeating: interim, count: ResponseParser.interimMax)
    #expect(ResponseParser.read(most + final).answer?.status == 200)
    guard case .refused(.malformed) = ResponseParser.read(most + interim + final) else {
      Issue.record("one more was taken")
      return
    }
  }

  @Test func `a stream that ends behind an interim answer was cut`() {
    #expect(ResponseParser.read("HTTP/1.1 100 C\r\n\r\n", ends: true) == .refused(.cut))
  }

  @Test func `a head is bounded in bytes and in fields`() {
    func head(_ filling: String) -> String {
      "HTTP/1.1 200 OK\r\n\(filling)Content-Length: 0\r\n\r\n"
    }
    let long = "A: " + String(repeating: "x", count: 500) + "\r\n"
    let limits = HTTPLimits(headBytesMax: 200)
    #expect(ResponseParser.read(head(long), limits: limits) == .refused(.headTooLarge))
    let endless = "HTTP/1.1 200 OK\r\nA: " + String(repeating: "x", count: 5000)
    #expect(ResponseParser.read(endless, limits: limits) == .refused(.headTooLarge))
    let many = String(repeating: "A: b\r\n", count: 10)
    let few = HTTPLimits(fieldCountMax: 11)
    #expect(ResponseParser.read(head(many), limits: few).answer?.status == 200)
    #expect(ResponseParser.read(head(many + "A: b\r\n"), limits: few) == .refused(.headTooLarge))
  }
}
