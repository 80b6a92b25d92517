import RelayHTTP
import Testing

@Suite("Answers beyond their limit") struct ResponseBodyLimitTests {
  /// The same body in the three framings.
  private static func answers(_ body: String) -> [String] {
    let half = body.utf8.count / 2
    let (first, second) = (body.prefix(half), body.dropFirst(half))
    let chunks = [first, second].filter { !$0.isEmpty }
      .map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined()
    return [
      "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\n\r\n",
      "HTTP/1.1 200 OK\r\n\r\n\(body)",
    ]
  }

  private static let body = "0123456789abcdef"

  @Test(arguments: answers(body), [0, 1, 7, 8, 9, 15, 16, 17])
  func `a body is taken whole, or refused, or cut off at its limit`(text: String, limit: Int) {
    let limits = HTTPLimits(bodyBytesMax: limit)
    let isWithin = limit >= Self.body.utf8.count
    let bytes = Array(text.utf8)
    let refusing = ResponseParser.read([bytes], limits: limits, ends: true)
    let cutting = ResponseParser.read([bytes], limits: limits, excess: .isCutOff, ends: true)
    if isWithin {
      #expect(refusing.answer?.body == Self.body)
    } else {
      #expect(refusing == .refused(.bodyTooLarge))
    }
    #expect(cutting.answer?.body == String(Self.body.prefix(limit)))
    #expect(cutting.answer?.isCutOff == !isWithin)
    if !isWithin { #expect(cutting.answer?.canBeKept == false) }
    for cut in 0...bytes.count {
      let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])]
      #expect(ResponseParser.read(pieces, limits: limits, ends: true) == refusing, "\(cut)")
      let again = ResponseParser.read(pieces, limits: limits, excess: .isCutOff, ends: true)
      #expect(again == cutting, "\(cut)")
    }
  }

  @Test func `a length beyond the limit is refused before its body comes`() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    #expect(
      ResponseParser.read(head, limits: HTTPLimits(bodyBytesMax: 99)) == .refused(.bodyTooLarge)
    )
  }

  @Test func `a body without an end costs no more than its limit`() {
    var parser = ResponseParser(limits: HTTPLimits(bodyBytesMax: 1000), excess: .isCutOff)
    let head = Array("HTTP/1.1 200 OK\r\n\r\n".utf8)
    let piece = [UInt8](repeating: 0x78, count: 300)
    do throws(ResponseError) {
      _ = try parser.receive(head.span)
      for _ in 0..<100 { _ = try parser.receive(piece.span) }
    } catch {
      Issue.record("\(error)")
    }
    #expect(parser.isComplete && parser.isCutOff)
    #expect(parser.body.count == 1000)
  }
}
