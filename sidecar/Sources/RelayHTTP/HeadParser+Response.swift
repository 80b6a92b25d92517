/// The head of an answer, under the same strict grammar as that of a request.
extension HeadParser {
  /// `storage` is what the span shows; the head keeps it.
  @_lifetime(self: copy self)
  mutating func parseResponse(
    keeping storage: [UInt8],
    isToHEAD: Bool
  ) throws(ResponseError) -> ResponseHead {
    guard bytes.count <= limits.headBytesMax else { throw .headTooLarge }
    let (version, status) = try readStatusLine()
    var fields: [RequestHead.Field] = []
    fields.reserveCapacity(Self.answerFieldsExpected)
    var semantics = ResponseSemantics()
    while !isAtEmptyLine {
      guard fields.count < limits.fieldCountMax else { throw .headTooLarge }
      let field: RequestHead.Field
      do throws(HTTPError) { field = try readField() } catch { throw ResponseError(error) }
      try semantics.take(field, in: bytes)
      fields.append(field)
    }
    guard at + 2 == bytes.count else { throw .malformed("the head does not end where it should") }
    let framing = try semantics.framing(version, status: status, isToHEAD: isToHEAD)
    return ResponseHead(
      bytes: storage,
      status: status,
      version: version,
      fields: fields,
      framing: framing,
      keepAlive: framing != .untilClose && semantics.options.keepsAlive(version)
    )
  }

  /// Fields that a usual answer has; more than these cost one more allocation.
  private static var answerFieldsExpected: Int { 12 }

  /// `HTTP/1.1 200` and, optionally, a reason (RFC 9112 §4); some leave its space out as well.
  ///
  /// A higher minor version is read as the highest known one (RFC 9110 §2.5).
  @_lifetime(self: copy self)
  private mutating func readStatusLine() throws(ResponseError) -> (RequestHead.Version, Int) {
    let error = ResponseError.malformed("the answer does not begin with an HTTP/1.1 status line")
    guard bytes.count >= 14 else { throw error }
    let isVersion =
      Words.equals(bytes, 0..<7, exactly: "HTTP/1.") && Words.isDigit(bytes[7])
    guard isVersion, bytes[8] == 0x20 else { throw error }
    var status = 0
    for index in 9..<12 {
      guard Words.isDigit(bytes[index]) else { throw error }
      status = status * 10 + Int(bytes[index] - 0x30)
    }
    // The first digit is the class, and there are five of them (RFC 9110 §15).
    guard (100..<600).contains(status) else { throw error }
    let version: RequestHead.Version = bytes[7] == 0x30 ? .http10 : .http11
    at = 12
    if bytes[at] == 0x20 {
      while at < bytes.count, Words.isFieldByte(bytes[at]) { at += 1 }
    }
    guard at + 1 < bytes.count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A else { throw error }
    at += 2
    return (version, status)
  }
}
