import RelayHTTP
import Testing

@Suite("Chunked bodies") struct ChunkedDecoderTests {
  /// What came of a body: the bytes and how many were used, or the refusal; nil while it goes on.
  private enum Outcome: Equatable {
    case body([UInt8], used: Int)
    case refused(HTTPError)
    case incomplete
  }

  private func decode(
    _ pieces: [[UInt8]],
    limit: Int = 1 << 20,
    limits: HTTPLimits = HTTPLimits()
  ) -> Outcome {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    var used = 0
    do throws(HTTPError) {
      for piece in pieces {
        used += try decoder.decode(piece.span, into: &body, limit: limit, limits: limits)
      }
    } catch {
      return .refused(error)
    }
    return decoder.isComplete ? .body(body, used: used) : .incomplete
  }

  private func decode(
    _ text: String,
    limit: Int = 1 << 20,
    limits: HTTPLimits = HTTPLimits()
  ) -> Outcome {
    decode([Array(text.utf8)], limit: limit, limits: limits)
  }

  private static let good: [(String, String)] = [
    ("0\r\n\r\n", ""),
    ("0000000000\r\n\r\n", ""),
    ("5\r\nhello\r\n0\r\n\r\n", "hello"),
    ("5\r\nhel\r\n\r\n2\r\n\r\n\r\n0\r\n\r\n", "hel\r\n\r\n"),
    ("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
    ("1;a\r\nx\r\n1;b=c;d=\"e;f\"\r\ny\r\n0;z\r\n\r\n", "xy"),
    ("1; a = \"\\\"\" ;b\r\nx\r\n0\r\n\r\n", "x"),
    ("1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"),
    ("0000000001\r\nx\r\n0\r\n\r\n", "x"),
  ]

  @Test(arguments: good)
  func `chunks are put together`(text: String, body: String) {
    #expect(decode(text) == .body(Array(body.utf8), used: text.utf8.count))
  }

  @Test(arguments: good)
  func `a body reads the same wherever it is cut`(text: String, body: String) {
    let bytes = Array(text.utf8)
    let whole = decode([bytes])
    #expect(decode(bytes.map { [$0] }) == whole)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]].map { Array($0) }
        #expect(decode(pieces) == whole, "cut at \(first) and \(second)")
      }
    }
  }

  @Test(arguments: good)
  func `no beginning is taken for the whole`(text: String, body: String) {
    let bytes = Array(text.utf8)
    for count in 0..<bytes.count { #expect(decode([Array(bytes[..<count])]) == .incomplete) }
  }

  @Test(arguments: good)
  func `what stands behind the body is left`(text: String, body: String) {
    let outcome = decode(text + "GET / HTTP/1.1\r\n")
    #expect(outcome == .body(Array(body.utf8), used: text.utf8.count))
  }

  private static let bad = [
    "\r\n", "\n", " 5\r\n", "+5\r\nhello\r\n", "-1\r\n", "-0\r\n", "0x5\r\nhello\r\n", "g\r\n",
    ";a\r\n",
    "5 \r\nhello\r\n", "5\t;a\r\nhello\r\n", "5\nhello\r\n", "5\rhello\r\n", "5\r\nhello\n",
    "5\r\nhelloX",
    "5\r\nhello\rX", "5\r\nhello0\r\n\r\n", "4\r\nhello\r\n0\r\n\r\n", "6\r\nhello\r\n0\r\n\r\n",
    "1;\r\nx\r\n", "1;a=\r\nx\r\n", "1;a \r\nx\r\n", "1;a=\"\r\nx\r\n", "1;a b\r\nx\r\n",
    "1;a=b c\r\nx\r\n",
    "1;a\nx\r\n0\r\n\r\n", "1;a\rb\r\nx\r\n", "1;\0\r\nx\r\n", "1;\u{7F}\r\nx\r\n", "1,1\r\nx\r\n",
    "0\r\n\n", "0\n\r\n", "0\r\n\rX", "0\r\n X: a\r\n\r\n", "0\r\n: a\r\n\r\n",
    "0\r\nX : a\r\n\r\n",
    "0\r\nX\r\n\r\n", "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "0\r\nX: a\n\r\n",
    "0\r\nX: \0\r\n\r\n",
    "0\r\nX: a\r\n folded\r\n\r\n", "0\r\nX: a\rb\r\n\r\n",
  ]

  @Test(arguments: bad)
  func `chunks that two readers could read in two ways are refused`(text: String) throws {
    guard case .refused(let error) = decode(text) else {
      Issue.record("not refused: \(decode(text))")
      return
    }
    #expect(error.status == 400)
    #expect(decode(Array(text.utf8).map { [$0] }) == .refused(error))
  }

  @Test(arguments: [
    "10000000000\r\n", "ffffffffffffffff\r\n", "7fffffffffffffff0\r\n", "00000000000\r\n",
  ])
  func `a size of more than ten digits is refused before it can overflow`(text: String) {
    #expect(decode(text, limit: .max) == .refused(.bodyTooLarge))
  }

  @Test func `the body is measured over all chunks, before their bytes come`() {
    #expect(decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", limit: 10) != .refused(.bodyTooLarge))
    #expect(decode("5\r\nhello\r\n6\r\n", limit: 10) == .refused(.bodyTooLarge))
    #expect(decode("b\r\n", limit: 10) == .refused(.bodyTooLarge))
    #expect(decode("1\r\n", limit: 0) == .refused(.bodyTooLarge))
    #expect(decode("0\r\n\r\n", limit: 0) == .body([], used: 5))
  }

  @Test func `the extensions of a chunk are measured`() {
    func text(_ count: Int) -> String {
      "1;" + String(repeating: "e", count: count) + "\r\nx\r\n0\r\n\r\n"
    }
    let limits = HTTPLimits(chunkLineBytesMax: 20)
    #expect(decode(text(20), limits: limits) == .body([0x78], used: text(20).utf8.count))
    guard case .refused = decode(text(21), limits: limits) else {
      Issue.record("an extension beyond its limit was accepted")
      return
    }
  }

  @Test func `the extensions of all chunks together are measured`() {
    func text(_ count: Int) -> String {
      String(repeating: "1;eeee\r\nx\r\n", count: count) + "0\r\n\r\n"
    }
    let limits = HTTPLimits(chunkExtensionBytesMax: 40)
    guard case .body = decode(text(10), limits: limits) else {
      Issue.record("extensions at their limit were refused")
      return
    }
    guard case .refused = decode(text(11), limits: limits) else {
      Issue.record("extensions beyond their limit were accepted")
      return
    }
  }

  @Test func `trailers are measured`() {
    // Name, colon, filling and CR LF, then the CR LF of the end.
    func text(_ count: Int) -> String {
      "0\r\nX:" + String(repeating: "t", count: count - 6) + "\r\n\r\n"
    }
    let limits = HTTPLimits(trailerBytesMax: 50)
    #expect(decode(text(50), limits: limits) == .body([], used: 53))
    #expect(decode(text(51), limits: limits) == .refused(.headTooLarge))
  }

  @Test func `a size line without end is refused`() {
    let outcome = decode("1;" + String(repeating: "e", count: 5000))
    #expect(outcome != .incomplete)
  }

  @Test func `many small chunks make one body`() {
    let count = 20_000
    let text = String(repeating: "1\r\nx\r\n", count: count) + "0\r\n\r\n"
    #expect(
      decode(text) == .body([UInt8](repeating: 0x78, count: count), used: text.utf8.count)
    )
  }

  @Test func `capacity grows by doubling, however the body is cut`() {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    var reallocations = 0
    let chunk = Array("1\r\nx\r\n".utf8)
    do {
      for _ in 0..<50_000 {
        let before = body.capacity
        _ = try decoder.decode(chunk.span, into: &body, limit: 1 << 20, limits: HTTPLimits())
        if body.capacity != before { reallocations += 1 }
      }
    } catch {
      Issue.record("\(error)")
    }
    #expect(body.count == 50_000)
    // A copy for every chunk is quadratic work that a client can ask for.
    #expect(reallocations < 40)
  }
}
