/// A URL of `http` or `https` taken apart, each part as it was written (RFC 9110, section 4.2).
package struct HTTPURL: Sendable {
  /// Longer than any provider lets people type.
  package static let bytesMax = 2048

  /// `https`, in lower case.
  let scheme: String
  /// `https://example.com:8443`, as it was written.
  let origin: Substring
  let authority: Substring
  /// With the brackets of an IPv6 address.
  let host: Substring
  /// Behind the colon; nil where there is none.
  let port: Substring?
  /// From the first slash; empty where there is none.
  let path: Substring
  /// Behind the question mark; nil where there is none.
  let query: Substring?

  /// Nil unless it is an absolute URL in printable ASCII, without a fragment, and without a name
  /// and a password: those are nothing that a provider signs.
  package init?(_ text: String) {
    let bytes = text.utf8
    guard bytes.count <= Self.bytesMax,
      bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }),
      let scheme = ["https", "http"].first(where: { text.lowercased().hasPrefix($0 + "://") })
    else { return nil }
    self.scheme = scheme
    let start = text.index(text.startIndex, offsetBy: scheme.count + 3)
    let end = text[start...].firstIndex { "/?".contains($0) } ?? text.endIndex
    origin = text[..<end]
    authority = text[start..<end]
    guard !authority.isEmpty, !authority.contains("@") else { return nil }
    (host, port) = Self.hostAndPort(authority)
    let (path, query) = Self.pathAndQuery(text[end...])
    self.path = path
    self.query = query
  }

  package var isTLS: Bool { scheme == "https" }
  package var hostText: String { String(host) }
  package var portText: String? { port.map { String($0) } }

  /// Path and query as a request line has them.
  package var target: String { (path.isEmpty ? "/" : path) + (query.map { "?" + $0 } ?? "") }

  /// The parts of an authority; the colon of a port stands behind the bracket of an IPv6 address.
  static func hostAndPort(_ authority: Substring) -> (host: Substring, port: Substring?) {
    let bracket = authority.lastIndex(of: "]").map(authority.index(after:))
    guard let colon = authority[(bracket ?? authority.startIndex)...].lastIndex(of: ":") else {
      return (authority, nil)
    }
    return (authority[..<colon], authority[authority.index(after: colon)...])
  }

  /// The parts of a target.
  static func pathAndQuery(_ target: Substring) -> (path: Substring, query: Substring?) {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, nil) }
    return (target[..<mark], target[target.utf8.index(after: mark)...])
  }
}
