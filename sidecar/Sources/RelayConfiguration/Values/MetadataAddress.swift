internal import RelayCore
internal import WebhookReceiver

/// Addresses that answer with secrets of the machine: those of cloud metadata services, and all
/// that are link-local, where the others live.
///
/// Whoever may write a destination and not read the machine's credentials could have them sent to
/// a place of their choice, so `check` and `run` warn of them.
enum MetadataAddress {
  /// AWS, GCP, Azure, DigitalOcean, Oracle and OpenStack are at 169.254.169.254, containers of AWS
  /// at 169.254.170.2; then AWS and GCP by IPv6, Azure's agent, Alibaba, Oracle's older service.
  private static let blocks: [AddressBlock] = [
    "169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254", "168.63.129.16",
    "100.100.100.200", "192.0.0.192",
  ].compactMap { try? AddressBlock($0) }

  /// Names that resolvers of these clouds know.
  private static let names: Set<String> = [
    "metadata.google.internal", "metadata.goog", "metadata", "instance-data",
    "instance-data.ec2.internal", "metadata.tencentyun.com",
  ]

  /// Why a URL is one to think about, in words; nil where it is not.
  static func concern(about url: OutboundURL) -> String? {
    guard case .host(let host, _) = url.origin.place else { return nil }
    let name = host.hasSuffix(".") ? String(host.dropLast()) : host
    if names.contains(name) { return "\(quoted(name)) is a metadata service of a cloud" }
    guard let address = IPAddress(host), blocks.contains(where: { $0.contains(address) }) else {
      return nil
    }
    return "\(quoted(host)) is link-local, or a metadata service of a cloud"
  }
}
