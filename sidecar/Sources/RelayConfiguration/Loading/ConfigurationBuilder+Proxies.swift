internal import WebhookReceiver

/// Who stands in front of the ingress.
extension ConfigurationBuilder {
  /// The largest blocks that are one owner's: 10.0.0.0/8 (RFC 1918) and fc00::/7 (RFC 4193).
  ///
  /// Whoever trusts more of the address space trusts strangers.
  private static let prefixLengthMin = (v4: 8, v6: 7)

  mutating func proxies(_ section: CheckedSection) -> Configuration.Proxies? {
    let elements = section.list("trusted_proxies") ?? []
    let blocks = elements.compactMap { element in
      if case .addressBlock(let block) = element.value { block } else { nil }
    }
    let unix = elements.first { if case .text = $0.value { true } else { false } }
    checkWidth(elements)
    checkUnix(unix, section)
    checkSenders(section, blocks)
    checkForwardedHeader(section)
    guard let wantsHeader = section.flag("proxy_protocol"),
      let header = section.word("forwarded_header", as: Configuration.ForwardedHeader.self)
    else { return nil }
    return Configuration.Proxies(
      wantsHeader: wantsHeader,
      blocks: blocks,
      trustsUnix: unix != nil,
      header: header
    )
  }

  private mutating func checkWidth(_ elements: [Checked]) {
    for element in elements {
      guard case .addressBlock(let block) = element.value else { continue }
      let least = block.address.isV4 ? Self.prefixLengthMin.v4 : Self.prefixLengthMin.v6
      guard block.prefixLength < least else { continue }
      problems.warn(
        element,
        "\(block) holds strangers, and each of them may name any client: lists stop nobody then",
        "write the addresses of your proxies alone"
      )
    }
  }

  private mutating func checkUnix(_ unix: Checked?, _ section: CheckedSection) {
    guard let unix, !addresses(section).contains(where: { $0.address.mayBeUnix }) else { return }
    problems.warn(
      unix,
      "ingress.listen has no unix socket, so nobody comes over one",
      "write \"unix:/run/webhook-sidecar.sock\" in ingress.listen, or remove it"
    )
  }

  /// A header that everybody may send would let every client choose its own address, and one that
  /// nobody may send keeps every connection out.
  private mutating func checkSenders(_ section: CheckedSection, _ blocks: [AddressBlock]) {
    // Blocks that are written and refused are reported already.
    guard let place = section.values["proxy_protocol"], section.flag("proxy_protocol") == true,
      case .list(let kept, let writtenCount)? = section.values["trusted_proxies"]?.value,
      kept.count == writtenCount, blocks.isEmpty,
      let listener = addresses(section).first(where: { $0.address.isNetwork })
    else { return }
    problems.add(
      place.position,
      place.path,
      "nobody is trusted to send a PROXY header to \(listener.address)",
      "write ingress.trusted_proxies: [\"10.0.0.0/8\"] with the addresses of the proxy, or listen "
        + "on unix sockets alone"
    )
  }

  private mutating func checkForwardedHeader(_ section: CheckedSection) {
    guard let place = section.values["forwarded_header"], place.isWritten,
      case .list(_, writtenCount: 0)? = section.values["trusted_proxies"]?.value
    else { return }
    problems.warn(
      place,
      "nobody is trusted to write it, so it is ignored",
      "write ingress.trusted_proxies, or remove it"
    )
  }
}
