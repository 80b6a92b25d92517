package import RelayConfiguration
package import RelaySystem
package import WebhookReceiver

/// Whom the ingress believes when they say for whom they connect or pass requests on.
package struct ProxyRules: Sendable {
  /// Every connection begins with a PROXY header.
  package let wantsHeader: Bool
  private let proxies: TrustedProxies
  private let trustsUnix: Bool

  /// Nil where no proxy is trusted and none is to send a header: then every peer is the client.
  package init?(_ settings: Configuration.Proxies) {
    guard !settings.isOff else { return nil }
    wantsHeader = settings.wantsHeader
    proxies = TrustedProxies(blocks: settings.blocks, header: settings.header.sdk)
    trustsUnix = settings.trustsUnix
  }

  /// Whether the header of a request is read when it comes from there.
  package func believes(_ peer: SocketAddress) -> Bool {
    guard let address = peer.address else { return trustsUnix }
    return proxies.contains(address)
  }

  /// Whether a connection from there may begin with a PROXY header.
  ///
  /// A unix socket has no address to look for: who may open it is chosen by its file, and the
  /// operator has said that all of them are proxies.
  package func mayBegin(_ peer: SocketAddress) -> Bool {
    peer.address.map(proxies.contains) ?? true
  }

  /// Whether those who come over a unix socket speak for others, so that one that names nobody is
  /// nobody that a list could know.
  package var unixPeersAreProxies: Bool { trustsUnix || wantsHeader }

  /// Whom the header of the request names; nil when it is absent.
  package func client(of headers: HeaderFields) throws(ForwardedError) -> IPAddress? {
    try proxies.forwardedAddress(in: headers)
  }
}

extension Configuration.ForwardedHeader {
  fileprivate var sdk: TrustedProxies.Header {
    switch self {
    case .xForwardedFor: .xForwardedFor
    case .forwarded: .forwarded
    }
  }
}

extension SocketAddress {
  /// The address as lists have it: IPv4 inside IPv6 is the IPv4 address; nil for a unix socket.
  package var address: IPAddress? { ipBytes.flatMap { IPAddress(bytes: $0) } }

  /// An address that a proxy names.
  package init(_ address: IPAddress, port: UInt16 = 0) {
    self =
      address.isV4
      ? .v4(address.bytes, port: port) : .v6(address.bytes, port: port, scope: 0)
  }
}
