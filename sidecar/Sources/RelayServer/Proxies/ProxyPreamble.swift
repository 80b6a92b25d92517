internal import RelaySystem
package import WebhookReceiver

/// The PROXY header at the beginning of a connection, while it arrives.
///
/// It is shown what has arrived and says how much of that is its own: the first byte behind the
/// header is left to who reads next, be it HTTP or TLS.
package struct ProxyPreamble: Sendable {
  /// For whom the proxy connects.
  package enum Sender: Equatable, Sendable {
    case client(ProxyHeader.Endpoint)
    /// The proxy does not know, or not by an IP address.
    case unknown
    /// The proxy itself, to see whether somebody is there.
    case proxy
  }

  package enum Step: Equatable, Sendable {
    /// All that was shown belongs to the header, and more of it is to come.
    case needMore
    /// The header ends behind the first `taken` of the bytes shown.
    case complete(Sender, taken: Int)
    case refused(ProxyRefusal)
  }

  /// What has come of the header; never more than `ProxyHeader.bytesMax`.
  private var header: [UInt8] = []

  package init() {}

  /// Whether nothing has come yet.
  package var isEmpty: Bool { header.isEmpty }

  /// Goes on with the bytes that follow those of the calls before.
  package mutating func take(_ arrived: Span<UInt8>) -> Step {
    let before = header.count
    let shown = min(arrived.count, ProxyHeader.bytesMax - before)
    for index in 0..<shown { header.append(arrived[index]) }
    let sender: Sender
    let end: Int
    switch ProxyHeader.parse(header.span) {
    case .needMore: return .needMore
    case .malformed(let malformation): return .refused(.malformed(malformation))
    case .local(let byteCount): (sender, end) = (.proxy, byteCount)
    case .parsed(let source, _, let byteCount):
      (sender, end) = (source.map(Sender.client) ?? .unknown, byteCount)
    }
    header.removeSubrange(end...)
    guard isChecksumRight else { return .refused(.checksum) }
    return .complete(sender, taken: end - before)
  }

  /// A checksum that is there must be right: the receiver that can compute it has to look (section
  /// 2.2.3).
  private var isChecksumRight: Bool {
    guard let place = ProxyHeader.checksumRange(in: header.span) else { return true }
    guard place.count == Self.checksumBytes else { return false }
    var copy = header
    var claimed: UInt32 = 0
    for index in place {
      claimed = claimed << 8 | UInt32(copy[index])
      copy[index] = 0
    }
    return crc32c(copy.span) == claimed
  }

  /// Of a CRC-32C.
  private static let checksumBytes = 4
}
