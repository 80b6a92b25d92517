/// The address that a request was sent to, as its sender wrote it.
///
/// Scheme, authority and path are the configured ones of the endpoint: `Host` and `X-Forwarded-*`
/// are the sender's to choose, and a proxy may have changed the path on the way. The query is the
/// one received.
struct RequestAddress {
  /// `https`, in lower case.
  let scheme: String
  /// In lower case, without the scheme's own port (RFC 9421, section 2.2.3).
  let authority: String
  /// Scheme and authority as they were configured.
  let origin: String
  /// Never empty; percent-encoded as it was configured.
  let path: String

  init(_ url: String?) throws(VerificationError) {
    guard let url else {
      throw .keyUnusable(
        "the signature covers the address of the request; the URL of the endpoint has to be "
          + "configured"
      )
    }
    let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }
    guard isPlain else { throw Self.unusable }
    let isSecure = Self.hasPrefix(url, "https://")
    guard isSecure || Self.hasPrefix(url, "http://") else { throw Self.unusable }
    scheme = isSecure ? "https" : "http"
    // A query in it says which request it is of; what is signed is the one received.
    let queryStart = url.utf8.firstIndex(of: UInt8(ascii: "?")) ?? url.endIndex
    let rest = url.utf8[..<queryStart].dropFirst(scheme.utf8.count + 3)
    let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
    guard
      let authority = Self.normalized(String(rest[..<end]) ?? "", defaultPort: isSecure ? 443 : 80)
    else { throw Self.unusable }
    self.authority = authority
    origin = String(url[..<end])
    path = end == rest.endIndex ? "/" : String(url[end..<queryStart])
  }

  private static var unusable: VerificationError {
    .keyUnusable(
      "the configured URL of the endpoint is not of the form https://host/path, without a user "
        + "and a fragment"
    )
  }

  private static func hasPrefix(_ url: String, _ prefix: String) -> Bool {
    url.utf8.prefix(prefix.utf8.count).map { lowercased($0) } == Array(prefix.utf8)
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  /// Nil when the text is not a host and perhaps a port.
  private static func normalized(_ text: String, defaultPort: Int) -> String? {
    let bytes = text.utf8.map { lowercased($0) }
    guard !bytes.contains(UInt8(ascii: "@")) else { return nil }
    var host = bytes[...]
    // The colons of an IPv6 address stand in brackets.
    let bracket = bytes.lastIndex(of: UInt8(ascii: "]")) ?? -1
    if let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon > bracket {
      host = bytes[..<colon]
      let digits = bytes[(colon + 1)...]
      guard digits.count <= 5, digits.allSatisfy(ASCII.isDigit) else { return nil }
      let port = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
      guard port <= 65535 else { return nil }
      if !digits.isEmpty, port != defaultPort { return isHost(host) ? Self.text(bytes) : nil }
    }
    return isHost(host) ? Self.text(host) : nil
  }

  private static func isHost(_ host: ArraySlice<UInt8>) -> Bool {
    guard let first = host.first else { return false }
    if first == UInt8(ascii: "[") {
      guard host.last == UInt8(ascii: "]") else { return false }
      return IPAddress(String(decoding: host.dropFirst().dropLast(), as: UTF8.self)) != nil
    }
    return !host.contains { ":[]\\".utf8.contains($0) }
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }
}

/// Path and query as they were received.
struct RequestTarget {
  let path: Substring.UTF8View
  /// Without its question mark; nil when there is none.
  let query: Substring.UTF8View?

  init(_ target: String) throws(VerificationError) {
    let bytes = target.utf8
    guard bytes.first == UInt8(ascii: "/"), bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw .requirementNotMet(
        "the signature covers the request's target, which is not the path of a URL"
      )
    }
    let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
    path = target[..<(mark ?? target.endIndex)].utf8
    query = mark.map { target[target.utf8.index(after: $0)...].utf8 }
  }
}
