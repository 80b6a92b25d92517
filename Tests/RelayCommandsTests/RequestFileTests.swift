import RelayCommands
import Testing
import WebhookReceiver

@Suite struct RequestFileTests {
  private func file(_ text: String) throws(RequestFileError) -> RequestFile {
    try RequestFile(Array(text.utf8))
  }

  @Test(arguments: [
    "POST /in HTTP/1.1\r\nA: 1\r\nB:  two words \t\r\n\r\nbody",
    "POST /in HTTP/1.1\nA: 1\nB:  two words \t\n\nbody",
    "POST /in HTTP/1.1\r\nA: 1\nB:two words\r\n\nbody",
    "POST /in\nA:1\nB:\ttwo words\n\nbody",
  ])
  func `either line end is taken and blanks around values are not`(text: String) throws {
    let request = try file(text).request
    #expect(request.method == "POST")
    #expect(request.target == "/in")
    #expect(request.headers.first("a") == "1")
    #expect(request.headers.first("b") == "two words")
    #expect(request.body == Array("body".utf8))
  }

  @Test(arguments: [
    "", "\n", "\r\n", "\r\n\r\n", "a\r\n", "\u{0}\u{1}", "{\"a\":1}\n", "\n\nPOST / HTTP/1.1\n\n",
  ])
  func `every byte after the empty line is the body, exactly`(body: String) throws {
    for head in ["POST / HTTP/1.1\nA: 1\n\n", "POST / HTTP/1.1\r\nA: 1\r\n\r\n"] {
      #expect(try file(head + body).request.body == Array(body.utf8))
    }
  }

  @Test func `bytes that are no text survive in headers and body`() throws {
    let head = Array("POST / HTTP/1.1\nA: ".utf8) + [0xFF, 0xFE, 0x0A, 0x0A]
    let request = try RequestFile(head + [0xFF, 0x00, 0x80]).request
    #expect(request.body == [0xFF, 0x00, 0x80])
    #expect(request.headers.count == 1)
  }

  @Test func `a repeated header stays repeated and an empty value is a value`() throws {
    let request = try file("POST / HTTP/1.1\nA: 1\na: 2\nEmpty:\n\n").request
    #expect(request.headers.values(of: "A") == ["1", "2"])
    #expect(request.headers.first("Empty") == "")
  }

  @Test(
    arguments: [
      ("", .empty),
      ("\nPOST / HTTP/1.1\n\n", .badRequestLine),
      ("POST\n\n", .badRequestLine),
      ("POST  / HTTP/1.1\n\n", .badRequestLine),
      ("POST / HTTP/1.1 x\n\n", .badRequestLine),
      ("POST / HTTX\n\n", .badRequestLine),
      ("PO(ST / HTTP/1.1\n\n", .badRequestLine),
      ("POST / HTTP/1.1\nno colon\n\n", .badHeaderLine(number: 2)),
      ("POST / HTTP/1.1\nA: 1\n: empty\n\n", .badHeaderLine(number: 3)),
      ("POST / HTTP/1.1\nA : 1\n\n", .badHeaderLine(number: 2)),
      ("POST / HTTP/1.1\nA: 1\n folded\n\n", .foldedLine(number: 3)),
      ("POST / HTTP/1.1\nA: a\u{0}b\n\n", .controlByte(line: 2)),
      ("POST / HTTP/1.1\nA: a\rb\n\n", .controlByte(line: 2)),
      ("POST / HTTP/1.1\nA: 1\r\r\n\n", .controlByte(line: 2)),
      ("POST / HTTP/1.1", .noEmptyLine),
      ("POST / HTTP/1.1\nA: 1\n", .noEmptyLine),
      ("{\"a\": 1}", .noEmptyLine),
    ] as [(String, RequestFileError)]
  )
  func `what is no request is refused with its line`(text: String, error: RequestFileError) {
    #expect(throws: error) { try file(text) }
  }

  @Test func `a head and a body over their limits are errors, at their limits not`() throws {
    let start = "POST / HTTP/1.1\nA: "
    let fill = RequestFile.headBytesMax - start.utf8.count - 2
    let fitting = start + String(repeating: "x", count: fill) + "\n\n"
    #expect(try file(fitting + "b").request.body == [0x62])
    #expect(throws: RequestFileError.headTooLarge) {
      try file(start + String(repeating: "x", count: fill + 1) + "\n\nb")
    }
    let head = Array("POST / HTTP/1.1\n\n".utf8)
    let body = [UInt8](repeating: 0x61, count: RequestFile.bodyBytesMax)
    #expect(try RequestFile(head + body).request.body.count == body.count)
    #expect(throws: RequestFileError.bodyTooLarge) { try RequestFile(head + body + [0x61]) }
  }

  @Test func `a Content-Length that disagrees is noted and changes nothing`() throws {
    let odd = try file("POST / HTTP/1.1\nContent-Length: 4\n\nbody\n")
    #expect(odd.request.body.count == 5)
    #expect(odd.notes.count == 1)
    #expect(try file("POST / HTTP/1.1\nContent-Length: 4\n\nbody").notes.isEmpty)
    #expect(try file("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n0").notes.count == 1)
  }
}
