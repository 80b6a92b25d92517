package import WebhookReceiver

/// Why a connection ended before its first request: every one was to begin with a PROXY header.
package enum ProxyRefusal: Equatable, Sendable {
  /// The peer is none of `ingress.trusted_proxies`, and could name any client.
  case untrusted
  case malformed(ProxyHeader.Malformation)
  /// The header has a checksum, and it is another one.
  case checksum
  /// The peer closed within the header.
  case cut
  /// The header did not come within `header_timeout`.
  case tooSlow

  /// A label of a metric and of log lines: a fixed set.
  enum Word: String, CaseIterable, Sendable {
    case untrusted
    case noHeader = "no_header"
    case malformed
    case checksum
    case cut
    case tooSlow = "too_slow"
  }

  var word: Word {
    switch self {
    case .untrusted: .untrusted
    // Told apart because it is another mistake: this proxy sends no header at all.
    case .malformed(.noSignature): .noHeader
    case .malformed: .malformed
    case .checksum: .checksum
    case .cut: .cut
    case .tooSlow: .tooSlow
    }
  }
}

extension ProxyRefusal: CustomStringConvertible {
  /// What is wrong and what to change; it holds no byte of what was received.
  package var description: String {
    switch self {
    case .untrusted:
      "the peer is not in ingress.trusted_proxies; add its address if it is your proxy"
    case .malformed(let malformation): malformation.description
    case .checksum: "the checksum of the PROXY header is not that of its bytes; mend the proxy"
    case .cut: "the connection ended within its PROXY header; look at the proxy's log"
    case .tooSlow:
      "no whole PROXY header came within ingress.limits.header_timeout; is it a proxy that "
        + "connects?"
    }
  }
}
