/// The fields of an answer that decide about the connection and the body.
struct ResponseSemantics {
  /// What every reader can count without loss: below 2^53.
  private static let lengthDigitsMax = 15

  private var length: Int?
  private var codings = 0
  private var isChunked = false
  private(set) var options = ConnectionOptions()

  mutating func take(_ field: RequestHead.Field, in bytes: Span<UInt8>) throws(ResponseError) {
    switch field.name.count {
    case 10 where Words.equals(bytes, field.name, "connection"):
      options.take(field.value, in: bytes)
    case 14 where Words.equals(bytes, field.name, "content-length"):
      try takeLength(bytes, field.value)
    case 17 where Words.equals(bytes, field.name, "transfer-encoding"):
      codings += 1
      isChunked = Words.equals(bytes, field.value, "chunked")
    default:
      break
    }
  }

  /// A second one must say the same (RFC 9112 §6.3): two lengths are two ends.
  private mutating func takeLength(
    _ bytes: Span<UInt8>,
    _ value: Range<Int>
  ) throws(ResponseError) {
    guard (1...Self.lengthDigitsMax).contains(value.count) else {
      throw .malformed("the Content-Length of the answer is not a number that can be")
    }
    var total = 0
    for index in value {
      guard Words.isDigit(bytes[index]) else {
        throw .malformed("the Content-Length of the answer is not a number")
      }
      total = total * 10 + Int(bytes[index] - 0x30)
    }
    guard length == nil || length == total else {
      throw .malformed("the answer gives two different Content-Lengths")
    }
    length = total
  }

  /// The rules of RFC 9112 §6.3, in their order; what they call an error is one here.
  func framing(
    _ version: RequestHead.Version,
    status: Int,
    isToHEAD: Bool
  ) throws(ResponseError) -> ResponseHead.Framing {
    // Both at once is how answers are smuggled, whatever the status (RFC 9112 §6.1).
    guard codings == 0 || length == nil else {
      throw .malformed("the answer gives Content-Length and Transfer-Encoding together")
    }
    guard codings == 0 || version == .http11 else {
      throw .malformed("the answer has a Transfer-Encoding in HTTP/1.0")
    }
    guard codings == 0 || (codings == 1 && isChunked) else {
      throw .malformed("the answer has a transfer coding other than chunked")
    }
    // Nothing here asks for another protocol.
    guard status != 101 else { throw .malformed("the answer switches to another protocol") }
    if isToHEAD || status < 200 || status == 204 || status == 304 { return .none }
    if codings > 0 { return .chunked }
    return length.map { .length($0) } ?? .untilClose
  }
}
