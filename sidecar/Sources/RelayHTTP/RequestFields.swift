/// Field lines of a request, checked when they are added and written as they stand.
///
/// What does not change from one request to the next is checked once and copied.
package struct RequestFields: Equatable, Sendable {
  /// `Name: value` and CR LF each.
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package init(_ fields: [(String, String)]) throws(RequestRefusal) {
    for (name, value) in fields { try append(name, value) }
  }

  package var isEmpty: Bool { bytes.isEmpty }

  package mutating func append(_ name: String, _ value: String) throws(RequestRefusal) {
    let (nameBytes, valueBytes) = (Array(name.utf8), Array(value.utf8))
    try append(nameBytes.span, valueBytes.span)
  }

  package mutating func append(
    _ name: Span<UInt8>,
    _ value: Span<UInt8>
  ) throws(RequestRefusal) {
    guard !name.isEmpty else { throw .name }
    for index in name.indices where !Words.isToken(name[index]) { throw .name }
    guard !Self.isReserved(name) else { throw .reserved }
    // A line break would begin another field, a NUL end it for some readers (RFC 9110 §5.5).
    for index in value.indices where !Words.isFieldByte(value[index]) { throw .value }
    bytes.append(copying: name)
    bytes.append(0x3A)
    bytes.append(0x20)
    bytes.append(copying: value)
    bytes.append(0x0D)
    bytes.append(0x0A)
  }

  package mutating func append(contentsOf other: RequestFields) { bytes += other.bytes }

  /// Whether the name belongs to the connection or the framing, which the writer decides about.
  package static func isReserved(_ name: Span<UInt8>) -> Bool {
    for word in reserved where Words.equals(name, 0..<name.count, word) { return true }
    return false
  }

  /// Hop-by-hop fields (RFC 9110 §7.6.1), the framing, and what the writer sets itself.
  private static let reserved: [StaticString] = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection",
    "te", "trailer", "upgrade", "expect", "accept-encoding",
  ]
}

/// Why a request cannot be written; nothing of it has gone out.
package enum RequestRefusal: Error, Equatable, Sendable {
  case method
  case target
  case host
  case name
  case value
  /// The field belongs to the connection, not to the request.
  case reserved

  /// One sentence; it never repeats what was refused.
  package var reason: String {
    switch self {
    case .method: "the method is not a token"
    case .target: "the target is not a path of visible ASCII without a fragment"
    case .host: "the host is not one that Host can carry"
    case .name: "a header name is not a token"
    case .value: "a header value holds a control byte"
    case .reserved: "a header belongs to the connection and is set by the client itself"
    }
  }
}
