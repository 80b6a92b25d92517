package import WebhookReceiver

extension Configuration {
  /// Who stands in front of the ingress, and is believed about the client.
  package struct Proxies: Sendable, Equatable {
    /// Every connection begins with a PROXY header.
    package var wantsHeader: Bool
    package var blocks: [AddressBlock]
    /// Whoever connects over a unix socket is a proxy as well.
    package var trustsUnix: Bool
    package var header: ForwardedHeader

    /// Every peer is the client itself.
    package var isOff: Bool { !wantsHeader && !trustsUnix && blocks.isEmpty }

    /// As the file has them, the blocks first.
    var words: [String] { blocks.map(\.description) + (trustsUnix ? [TextReader.unixWord] : []) }
  }

  /// The header in which a proxy names the client.
  package enum ForwardedHeader: String, CaseIterable, Sendable {
    case xForwardedFor = "x-forwarded-for"
    case forwarded
  }
}
