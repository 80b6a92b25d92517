/// The proxies that are believed when they say for whom they pass a request on.
///
///     let proxies = try TrustedProxies(["10.0.0.0/8"], header: .xForwardedFor)
///     request.remoteAddress = try proxies.clientAddress(peer: peer, headers: request.headers)
///
/// The header is read from the right, because every proxy adds at the right: what the nearest
/// proxy wrote is believed, what the one before it wrote is believed if that one is trusted too,
/// and so on until an address that is not trusted. That is the client. What stands left of it was
/// written by strangers: it is not read, so it can neither change the answer nor spoil it.
public struct TrustedProxies: Sendable, Hashable {
  /// The header that the proxies write.
  ///
  /// It must be named, because a proxy passes on the one that it does not write as it came from
  /// the client: who reads both believes strangers.
  @nonexhaustive
  public enum Header: Sendable, Hashable {
    /// `Forwarded: for=192.0.2.1` (RFC 7239).
    case forwarded
    /// `X-Forwarded-For: 192.0.2.1, 10.0.0.1`.
    case xForwardedFor
  }

  /// Chains in the wild have three or four; two proxies that send to each other have no end.
  static let hopsMax = 32
  /// Thirty-two elements with every parameter of RFC 7239 and a long host name fit.
  static let bytesMax = 8 << 10

  /// The header that is read; every other is ignored.
  public let header: Header
  private let addresses: AddressSet

  /// Makes the set of proxies with addresses in these blocks, each in CIDR notation.
  ///
  /// - Throws: what is wrong with the first block that is none.
  public init(_ blocks: [String], header: Header) throws(AddressBlockError) {
    addresses = try AddressSet(blocks)
    self.header = header
  }

  /// Makes the set of proxies with addresses in these blocks.
  public init(blocks: [AddressBlock], header: Header) {
    addresses = AddressSet(blocks: blocks)
    self.header = header
  }

  /// Whether the address is that of a proxy to believe.
  public func contains(_ address: IPAddress) -> Bool { addresses.contains(address) }

  /// The address of the client for whom the request came.
  ///
  /// A peer that is no trusted proxy is the client, and the header is ignored. Behind a trusted
  /// one it is the right-most address of the header that is not trusted; the left-most one when
  /// all are; and the peer itself when the header is absent. Several lines of the header are one
  /// list, in their order. A chain that cannot be read as far as the client is refused: an
  /// answer that is guessed would let in whom nobody meant.
  ///
  /// - Parameters:
  ///   - peer: who is at the other end of the connection.
  ///   - headers: the fields of the request.
  /// - Returns: the client's address; an IPv4 address in IPv6 form is the IPv4 address.
  /// - Throws: `ForwardedError`, which names the hop that cannot be read.
  public func clientAddress(
    peer: IPAddress,
    headers: HeaderFields
  ) throws(ForwardedError) -> IPAddress {
    guard contains(peer) else { return peer }
    return try forwardedAddress(in: headers) ?? peer
  }

  /// The client that the header names when a peer sent it that is known to be trusted, such as one
  /// on a unix socket, which has no address to look up; nil when the header is absent.
  package func forwardedAddress(
    in headers: HeaderFields
  ) throws(ForwardedError) -> IPAddress? {
    var client: IPAddress?
    var hop = 0
    var bytesLeft = Self.bytesMax
    let text = headers.storage.span
    for index in headers.fields.indices.reversed() where headers.hasName(name, at: index) {
      let line = headers.fields[index].value
      var end = line.upperBound
      while true {
        hop += 1
        guard hop <= Self.hopsMax else { throw ForwardedError.tooManyHops(max: Self.hopsMax) }
        let start = try ForwardedElement.start(
          in: text,
          line.lowerBound..<end,
          isQuoting: header == .forwarded,
          bytesLeft: &bytesLeft,
          hop: hop
        )
        let element = text.extracting(ForwardedElement.trimmed(start..<end, in: text))
        let named = try address(in: element, hop: hop)
        guard contains(named) else { return named }
        client = named
        guard start > line.lowerBound else { break }
        // Without the comma that stands before the element.
        end = start - 1
      }
    }
    return client
  }

  private var name: String {
    switch header {
    case .forwarded: "forwarded"
    case .xForwardedFor: "x-forwarded-for"
    }
  }

  private func address(
    in element: Span<UInt8>,
    hop: Int
  ) throws(ForwardedError) -> IPAddress {
    switch header {
    case .forwarded: try ForwardedElement.address(forwarded: element, hop: hop)
    case .xForwardedFor: try ForwardedElement.address(bare: element, hop: hop)
    }
  }
}
