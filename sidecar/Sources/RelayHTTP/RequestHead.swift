/// The request line and fields of one request, as ranges into its own bytes.
package struct RequestHead: Sendable {
  package enum Version: Equatable, Sendable { case http10, http11 }

  /// How the end of the body is known (RFC 9112 §6).
  package enum Framing: Equatable, Sendable {
    /// Neither Content-Length nor Transfer-Encoding.
    case none
    case length(Int)
    case chunked
  }

  package struct Field: Equatable, Sendable {
    package let name: Range<Int>
    /// Without surrounding blanks.
    package let value: Range<Int>
  }

  /// Request line, field lines and the empty line, as received.
  package let bytes: [UInt8]
  package let method: Range<Int>
  package let target: Range<Int>
  /// The path within the target, undecoded and without the query.
  ///
  /// An absolute target's authority is no part of it; without a path it is empty.
  package let path: Range<Int>
  package let version: Version
  package let fields: [Field]
  package let framing: Framing
  package let keepAlive: Bool
  package let expectsContinue: Bool
  /// The value of Host; nil only where HTTP/1.0 may leave it out.
  package let host: Range<Int>?
  /// The field lines without the empty line.
  package let fieldBlock: Range<Int>

  package var methodText: String { String(decoding: bytes[method], as: UTF8.self) }
  package var targetText: String { String(decoding: bytes[target], as: UTF8.self) }
  package var targetBytes: [UInt8] { Array(bytes[target]) }

  package var isHEAD: Bool { hasMethod("HEAD") }
  package var isPOST: Bool { hasMethod("POST") }
  /// Whether the method may change something.
  package var isWrite: Bool { !isHEAD && !hasMethod("GET") }

  private func hasMethod(_ word: StaticString) -> Bool {
    Words.equals(bytes.span, method, exactly: word)
  }

  /// Whether the target is `*`: no path, but the server as a whole (RFC 9112 §3.2.4).
  package var isAsterisk: Bool { target.count == 1 && bytes[target.lowerBound] == 0x2A }

  /// Whether the target is this text, byte for byte.
  package func hasTarget(_ text: String) -> Bool {
    guard text.utf8.count == target.count else { return false }
    return bytes[target].elementsEqual(text.utf8)
  }

  /// Reads exactly one head, the empty line included.
  package static func parse(
    _ bytes: [UInt8],
    limits: HTTPLimits
  ) throws(HTTPError) -> RequestHead {
    var parser = HeadParser(bytes.span, limits: limits)
    return try parser.parse(keeping: bytes)
  }

  init(
    bytes: [UInt8],
    method: Range<Int>,
    target: Range<Int>,
    path: Range<Int>,
    version: Version,
    fields: [Field],
    fieldBlock: Range<Int>,
    semantics: FieldSemantics
  ) throws(HTTPError) {
    self.bytes = bytes
    self.method = method
    self.target = target
    self.path = path
    self.version = version
    self.fields = fields
    self.fieldBlock = fieldBlock
    framing = try semantics.framing(version)
    keepAlive = semantics.keepsAlive(version)
    // HTTP/1.0 has no interim responses: its expectation is ignored (RFC 9110 §10.1.1).
    expectsContinue = semantics.expectsContinue && version == .http11
    host = semantics.host
  }
}
