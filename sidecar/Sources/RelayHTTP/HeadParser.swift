/// Reads a request head by the grammar of RFC 9112, and refuses whatever two readers could read in
/// two ways.
///
/// It holds no bytes of its own and makes no text: what it finds are ranges.
struct HeadParser: ~Escapable {
  /// The longest registered method has 17 bytes.
  private static let methodBytesMax = 32
  /// Fields that a provider's request usually has; more than these cost one more allocation.
  private static let fieldsExpected = 24

  let bytes: Span<UInt8>
  let limits: HTTPLimits
  var at = 0

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, limits: HTTPLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// `storage` is what the span shows; the head keeps it.
  @_lifetime(self: copy self)
  mutating func parse(keeping storage: [UInt8]) throws(HTTPError) -> RequestHead {
    // Larger than this server wants to process (RFC 6585 §5; RFC 9110 §5.4): never cut.
    guard bytes.count <= limits.headBytesMax else { throw .headTooLarge }
    let method = try readMethod()
    let (target, form) = try readTarget()
    let version = try readVersion()
    // Only OPTIONS may ask about the server as a whole (RFC 9112 §3.2.4).
    if form == .asterisk, !Words.equals(bytes, method, exactly: "OPTIONS") {
      throw .badRequest("the target * goes with OPTIONS only")
    }
    let start = at
    var fields: [RequestHead.Field] = []
    fields.reserveCapacity(Self.fieldsExpected)
    var semantics = FieldSemantics()
    while !isAtEmptyLine {
      guard fields.count < limits.fieldCountMax else { throw .headTooLarge }
      let field = try readField()
      try semantics.take(field, in: bytes)
      fields.append(field)
    }
    guard at + 2 == bytes.count else { throw .badRequest("the head does not end where it should") }
    try semantics.checkHost(version, form, in: bytes)
    return try RequestHead(
      bytes: storage,
      method: method,
      target: target,
      path: Target.path(of: bytes, target, form),
      version: version,
      fields: fields,
      fieldBlock: start..<at,
      semantics: semantics
    )
  }

  var isAtEmptyLine: Bool {
    guard at + 1 < bytes.count else { return false }
    let byte = bytes[at]
    return byte == 0x0D && bytes[at + 1] == 0x0A
  }

  /// A method is a token followed by one space (RFC 9112 §3).
  ///
  /// It is case-sensitive: `get` is another method than `GET` (RFC 9110 §9.1), and no route has it.
  @_lifetime(self: copy self)
  private mutating func readMethod() throws(HTTPError) -> Range<Int> {
    let start = at
    while at < bytes.count, Words.isToken(bytes[at]) { at += 1 }
    guard at > start, at < bytes.count, bytes[at] == 0x20 else {
      throw .badRequest("the request line does not begin with a method")
    }
    // Longer than any that is implemented (RFC 9112 §3): 501.
    guard at - start <= Self.methodBytesMax else { throw .methodNotImplemented }
    at += 1
    return start..<(at - 1)
  }

  /// Visible ASCII up to one space (RFC 9112 §3), in a form that this server takes.
  @_lifetime(self: copy self)
  private mutating func readTarget() throws(HTTPError) -> (Range<Int>, Target.Form) {
    let start = at
    while at < bytes.count, bytes[at] > 0x20, bytes[at] < 0x7F { at += 1 }
    guard at > start, at < bytes.count, bytes[at] == 0x20 else {
      throw .badRequest("the request target is empty or holds bytes that must be percent-encoded")
    }
    // Longer than any that is parsed (RFC 9112 §3): 414.
    guard at - start <= limits.targetBytesMax else { throw .targetTooLong }
    let range = start..<at
    guard let form = Target.form(of: bytes, range) else {
      throw .badRequest("the request target is neither a path nor an absolute http URL")
    }
    at += 1
    return (range, form)
  }

  /// `HTTP/1.1` or `HTTP/1.0`, case-sensitive (RFC 9112 §2.3), then the end of the line.
  ///
  /// A higher minor version is read as the highest known one (RFC 9110 §2.5).
  @_lifetime(self: copy self)
  private mutating func readVersion() throws(HTTPError) -> RequestHead.Version {
    guard at + 10 <= bytes.count else { throw .badRequest("the request line has no version") }
    let major = bytes[at + 5]
    let minor = bytes[at + 7]
    let isVersion =
      Words.equals(bytes, at..<at + 5, exactly: "HTTP/")
      && Words.isDigit(major) && Words.isDigit(minor)
    guard isVersion, bytes[at + 6] == 0x2E, bytes[at + 8] == 0x0D, bytes[at + 9] == 0x0A else {
      throw .badRequest("the request line does not end with an HTTP version")
    }
    guard major == 0x31 else { throw .versionNotSupported }
    at += 10
    return minor == 0x30 ? .http10 : .http11
  }

  @_lifetime(self: copy self)
  mutating func readField() throws(HTTPError) -> RequestHead.Field {
    let start = at
    while at < bytes.count {
      if bytes.count - at >= 8 {
        let harmless = Words.nameBytes(Words.word(bytes, at: at))
        at += harmless
        if harmless == 8 { continue }
      }
      guard Words.isToken(bytes[at]) else { break }
      at += 1
    }
    // A blank before the colon, at the beginning of a line (obs-fold), or before the first field is
    // read differently by different servers (RFC 9112 §5.1, §5.2, §2.2). A name is a token (RFC
    // 9110 §5.1, §5.6.2).
    guard at > start, at < bytes.count, bytes[at] == 0x3A else {
      throw .badRequest("a header line is not `name: value`, or is folded")
    }
    let name = start..<at
    at += 1
    while at < bytes.count, Words.isBlank(bytes[at]) { at += 1 }
    let valueStart = at
    while at < bytes.count {
      if bytes.count - at >= 8 {
        let harmless = Words.fieldBytes(Words.word(bytes, at: at))
        at += harmless
        if harmless == 8 { continue }
      }
      guard Words.isFieldByte(bytes[at]) else { break }
      at += 1
    }
    // NUL, CR, LF and other control bytes cannot be carried on by any consumer (RFC 9110 §5.5).
    guard at + 1 < bytes.count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A else {
      throw .badRequest("a header value holds a control byte")
    }
    // Blanks around a value are no part of it (RFC 9112 §5.1).
    var end = at
    while end > valueStart, Words.isBlank(bytes[end - 1]) { end -= 1 }
    at += 2
    return RequestHead.Field(name: name, value: valueStart..<end)
  }
}
