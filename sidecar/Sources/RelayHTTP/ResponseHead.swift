/// The status line and fields of one answer, as ranges into its own bytes.
package struct ResponseHead: Equatable, Sendable {
  /// How the end of the body is known (RFC 9112 §6.3).
  package enum Framing: Equatable, Sendable {
    /// There is none: an answer to HEAD, 204, 304.
    case none
    case length(Int)
    case chunked
    /// The connection's end is the body's.
    case untilClose
  }

  /// Status line, field lines and the empty line, as received.
  package let bytes: [UInt8]
  package let status: Int
  package let version: RequestHead.Version
  package let fields: [RequestHead.Field]
  package let framing: Framing
  /// Whether the other side lets the connection live on.
  package let keepAlive: Bool

  /// Reads exactly one head, the empty line included; `isToHEAD` says what was asked.
  package static func parse(
    _ bytes: [UInt8],
    isToHEAD: Bool = false,
    limits: HTTPLimits
  ) throws(ResponseError) -> ResponseHead {
    var parser = HeadParser(bytes.span, limits: limits)
    return try parser.parseResponse(keeping: bytes, isToHEAD: isToHEAD)
  }

  /// The value of the first field of this name, in whatever case either is written.
  package func first(_ name: String) -> String? {
    for field in fields where isNamed(field, name) { return text(field.value) }
    return nil
  }

  /// The values of all fields of this name, in order.
  package func values(_ name: String) -> [String] {
    fields.lazy.filter { isNamed($0, name) }.map { text($0.value) }
  }

  /// Bytes that are not UTF-8 become replacement characters.
  package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func isNamed(_ field: RequestHead.Field, _ name: String) -> Bool {
    guard field.name.count == name.utf8.count else { return false }
    return zip(bytes[field.name], name.utf8).allSatisfy {
      Words.lowercased($0) == Words.lowercased($1)
    }
  }
}
