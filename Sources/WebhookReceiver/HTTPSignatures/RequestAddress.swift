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
    guard let url = HTTPURL(url), let authority = Self.normalized(url) else { throw Self.unusable }
    scheme = url.scheme
    self.authority = authority
    origin = String(url.origin)
    // A query in it says which request it is of; what is signed is the one received.
    path = url.path.isEmpty ? "/" : String(url.path)
  }

  private static var unusable: VerificationError {
    .keyUnusable(
      "the configured URL of the endpoint is not of the form https://host/path, without a user "
        + "and a fragment"
    )
  }

  /// Nil when the text is not a host and perhaps a port.
  private static func normalized(_ url: HTTPURL) -> String? {
    let host = url.host.lowercased()
    guard isHost(Array(host.utf8)[...]) else { return nil }
    guard let port = url.port, !port.isEmpty else { return host }
    guard port.utf8.count <= 5, port.utf8.allSatisfy(ASCII.isDigit), let number = UInt16(port)
    else {
      return nil
    }
    return number == (url.scheme == "https" ? 443 : 80) ? host : "\(host):\(port)"
  }

  private static func isHost(_ host: ArraySlice<UInt8>) -> Bool {
    guard let first = host.first else { return false }
    if first == UInt8(ascii: "[") {
      guard host.last == UInt8(ascii: "]") else { return false }
      return IPAddress(String(decoding: host.dropFirst().dropLast(), as: UTF8.self)) != nil
    }
    return !host.contains { ":[]\\".utf8.contains($0) }
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
