import RelayHTTP
import Testing

/// A request that two servers could read in two ways, and the answer it gets.
struct Refusal: Sendable, CustomTestStringConvertible {
  let what: String
  let text: String
  let status: Int

  init(_ what: String, _ text: String, _ status: Int = 400) {
    self.what = what
    self.text = text
    self.status = status
  }

  /// A POST with these fields besides Host.
  static func fields(_ what: String, _ lines: String, _ status: Int = 400) -> Refusal {
    Refusal(what, "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n", status)
  }

  var testDescription: String { what }
}

private let lengths: [Refusal] = [
  .fields("CL.TE", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
  .fields("TE.CL", "Transfer-Encoding: chunked\r\nContent-Length: 5"),
  .fields("CL zero and TE", "Content-Length: 0\r\nTransfer-Encoding: chunked"),
  .fields("two lengths that differ", "Content-Length: 5\r\nContent-Length: 6"),
  .fields("two lengths that agree", "Content-Length: 5\r\nContent-Length: 5"),
  .fields("a list of lengths", "Content-Length: 5, 5"),
  .fields("a list with an empty member", "Content-Length: 5,"),
  .fields("a length with a plus", "Content-Length: +5"),
  .fields("a length with a minus", "Content-Length: -5"),
  .fields("minus zero", "Content-Length: -0"),
  .fields("a length with a blank inside", "Content-Length: 5 5"),
  .fields("a length in hexadecimal", "Content-Length: 0x5"),
  .fields("a length with a fraction", "Content-Length: 5.0"),
  .fields("a length with an exponent", "Content-Length: 1e3"),
  .fields("a length in quotes", "Content-Length: \"5\""),
  .fields("an empty length", "Content-Length:"),
  .fields("a length in other digits", "Content-Length: \u{0665}"),
  .fields("a length of 2^64 + 5", "Content-Length: 18446744073709551621", 413),
  .fields(
    "a length of a thousand digits",
    "Content-Length: " + String(repeating: "9", count: 1000),
    413
  ),
  .fields("a long length with a letter", "Content-Length: 99999999999999999999x"),
]

private let codings: [Refusal] = [
  .fields("TE.TE with identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
  .fields("TE.TE twice chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  .fields("chunked twice in a list", "Transfer-Encoding: chunked, chunked"),
  .fields("chunked not last", "Transfer-Encoding: chunked, gzip"),
  .fields("chunked behind gzip", "Transfer-Encoding: gzip, chunked", 501),
  .fields("identity", "Transfer-Encoding: identity"),
  .fields("an empty coding", "Transfer-Encoding:"),
  .fields("a coding with a parameter", "Transfer-Encoding: chunked;q=1"),
  .fields("a coding with a comma", "Transfer-Encoding: chunked,"),
  .fields("a leading comma", "Transfer-Encoding: , chunked"),
  .fields("a coding in quotes", "Transfer-Encoding: \"chunked\""),
  .fields("xchunked", "Transfer-Encoding: xchunked"),
  .fields("a vertical tab before chunked", "Transfer-Encoding: \u{0B}chunked"),
  .fields("a form feed behind chunked", "Transfer-Encoding: chunked\u{0C}"),
  .fields("a folded coding", "Transfer-Encoding:\r\n chunked"),
  .fields("a blank before the colon of TE", "Transfer-Encoding : chunked"),
  .fields("a no-break space before chunked", "Transfer-Encoding: \u{A0}chunked"),
  Refusal("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
  Refusal(
    "both in HTTP/1.0",
    "POST / HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
  ),
]

private let lines: [Refusal] = [
  .fields("obs-fold", "X: a\r\n b"),
  .fields("obs-fold with a tab", "X: a\r\n\tb"),
  Refusal("a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
  .fields("a space before the colon", "X : a"),
  .fields("a tab before the colon", "X\t: a"),
  .fields("no colon", "X"),
  .fields("no name", ": a"),
  .fields("a name with a space", "X Y: a"),
  .fields("a name with a slash", "X/Y: a"),
  .fields("a name beyond ASCII", "\u{E9}: a"),
  .fields("a name with brackets", "(X): a"),
  .fields("a NUL in a value", "X: a\0b"),
  .fields("a NUL in a name", "X\0: a"),
  .fields("an escape in a value", "X: \u{1B}[0m"),
  .fields("a DEL in a value", "X: \u{7F}"),
  .fields("a bare LF between fields", "X: a\nY: b"),
  .fields("a bare CR between fields", "X: a\rY: b"),
  .fields("CR CR LF", "X: a\r"),
  Refusal("bare LF throughout", "GET / HTTP/1.1\nHost: a\n\n"),
  Refusal("a bare LF behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
  Refusal("a bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
  Refusal("a bare LF first", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  Refusal("a bare CR first", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
  Refusal("five empty lines first", "\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
]

private let hosts: [Refusal] = [
  Refusal("no Host", "GET / HTTP/1.1\r\n\r\n"),
  .fields("two Hosts that differ", "Host: b"),
  .fields("two Hosts that agree", "Host: a"),
  Refusal("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"),
  Refusal("a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
  Refusal("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
  Refusal("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
  Refusal("a Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
  Refusal("a Host beyond ASCII", "GET / HTTP/1.1\r\nHost: \u{E9}\r\n\r\n"),
  Refusal("another authority than Host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
  Refusal("an authority longer than Host", "GET http://ab/ HTTP/1.1\r\nHost: a\r\n\r\n"),
  Refusal("an absolute target without Host", "GET http://a/ HTTP/1.1\r\n\r\n"),
]

private let requestLines: [Refusal] = [
  "get", " / HTTP/1.1", "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1",
  " GET / HTTP/1.1", "GET / HTTP/1.1x", "GET /", "GET / ", "GET", "GET / http/1.1",
  "GET / HTTP/1", "GET / HTTP/11", "GET / HTTP/1.10", "GET / HTTP/1,1", "GET / HTTP/a.b",
  "GET / HTTP /1.1", "GET /a b HTTP/1.1", "GET /\u{E9} HTTP/1.1", "GET /#x HTTP/1.1",
  "GET x HTTP/1.1", "GET a:80 HTTP/1.1", "CONNECT a:443 HTTP/1.1", "GET * HTTP/1.1",
  "GET ** HTTP/1.1", "OPTIONS *x HTTP/1.1", "GET ftp://a/ HTTP/1.1", "GET http:/a HTTP/1.1",
  "GET http:// HTTP/1.1", "GET http:///x HTTP/1.1", "GET http://?x HTTP/1.1",
  "GET http://u@a/ HTTP/1.1", "G(T / HTTP/1.1", "GET: / HTTP/1.1", "\u{16}\u{3}\u{1}",
]
.map { Refusal("the request line `\($0)`", "\($0)\r\nHost: a\r\n\r\n") }

private let versions: [Refusal] = [
  Refusal("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
  Refusal("HTTP/0.9 by number", "GET / HTTP/0.9\r\n\r\n", 505),
  Refusal("HTTP/3", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
  Refusal(
    "an endless method",
    String(repeating: "A", count: 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n",
    501
  ),
  .fields("an expectation nobody can meet", "Expect: 200-ok", 417),
  .fields("an empty expectation", "Expect:", 417),
]

@Suite("Refused requests") struct RefusedRequestTests {
  static let table = lengths + codings + lines + hosts + requestLines + versions

  @Test(arguments: table)
  func `what two servers could read in two ways is refused`(refusal: Refusal) {
    #expect(Connection.read(refusal.text).status == refusal.status)
  }

  @Test(arguments: table)
  func `a refusal is the same wherever the bytes are cut`(refusal: Refusal) {
    let bytes = Array(refusal.text.utf8)
    let whole = Connection.read([bytes])
    #expect(Connection.read(bytes.map { [$0] }) == whole)
    for cut in 0...bytes.count {
      let reading = Connection.read([Array(bytes[..<cut]), Array(bytes[cut...])])
      #expect(reading == whole, "cut at \(cut)")
    }
  }

  @Test func `a reason repeats nothing of the request`() throws {
    let marker = "s3cr3t"
    let texts = [
      "\(marker) x\r\n\r\n", "GET \(marker) HTTP/1.1\r\n\r\n", "GET / \(marker)\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: @\(marker)\r\n\r\n", "GET / HTTP/1.1\r\n\(marker)\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: \(marker)\r\n\r\n",
    ]
    for text in texts {
      guard case .refused(let error) = Connection.read(text) else {
        Issue.record("accepted: \(text)")
        continue
      }
      #expect(!error.reason.contains(marker))
    }
  }

  @Test func `names take exactly the bytes of a token`() {
    let symbols = Set("!#$%&'*+-.^_`|~".utf8)
    for byte in UInt8.min...UInt8.max {
      let isToken =
        symbols.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
      // The byte stands inside, so that a colon does not end the name by chance.
      let head = Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [byte] + Array("Y; 1\r\n\r\n".utf8)
      let good = Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [byte] + Array("Y: 1\r\n\r\n".utf8)
      #expect((Connection.read([good]).request != nil) == (isToken || byte == 0x3A), "\(byte)")
      #expect((Connection.read([head]).request != nil) == (byte == 0x3A), "\(byte)")
    }
  }

  @Test func `values take exactly visible bytes, blanks and bytes beyond ASCII`() {
    for byte in UInt8.min...UInt8.max {
      let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: a".utf8) + [byte] + Array("b\r\n\r\n".utf8)
      let isField = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
      #expect((Connection.read([bytes]).request != nil) == isField, "\(byte)")
    }
  }

  @Test(arguments: 0..<20)
  func `a byte of a value is judged the same wherever it stands`(place: Int) {
    // Eight bytes are looked at together where all are harmless.
    for byte in UInt8.min...UInt8.max {
      var value = [UInt8](repeating: 0x61, count: 20)
      value[place] = byte
      let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + Array("\r\n\r\n".utf8)
      let isField = byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
      #expect((Connection.read([bytes]).request != nil) == isField, "\(byte) at \(place)")
    }
  }

  @Test(arguments: [0x00, 0x01, 0x08, 0x0A, 0x0B, 0x16, 0x1F] as [UInt8])
  func `a control byte is refused as it comes, not at the end of the head`(byte: UInt8) {
    #expect(Connection.read([Array("GET /".utf8) + [byte]]).status == 400)
  }

  @Test func `bytes behind the empty line are not part of a head`() {
    let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\nx".utf8)
    #expect(throws: HTTPError.self) { try RequestHead.parse(bytes, limits: HTTPLimits()) }
    #expect(throws: HTTPError.self) {
      try RequestHead.parse(Array(bytes.dropLast(2)), limits: HTTPLimits())
    }
  }
}
