package import RelaySystem

/// Addresses that a name must not lead to.
///
/// A name in somebody else's hands may resolve to the metadata service of a cloud, which gives
/// credentials to whoever asks from this machine. An address that is written in numbers in the
/// configuration was the operator's own choice, and `check` warns of it.
package enum AddressGuard {
  /// Whether the address is link-local, a metadata service's, or none of a host's.
  package static func isForbidden(_ address: SocketAddress) -> Bool {
    switch address {
    case .unix: return false
    case .v4(let bytes, _): return isForbidden(v4: bytes[...])
    case .v6(let bytes, _, _):
      // IPv4 in the clothes of IPv6 (RFC 4291 §2.5.5.2, RFC 6052 §2.1).
      if bytes.starts(with: v4Mapped) || bytes.starts(with: v4Translated) {
        return isForbidden(v4: bytes[12...])
      }
      if bytes == metadataV6 { return true }
      let isLinkLocal = bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
      let isMulticast = bytes[0] == 0xFF
      return isLinkLocal || isMulticast || bytes.allSatisfy { $0 == 0 }
    }
  }

  private static func isForbidden(v4 bytes: ArraySlice<UInt8>) -> Bool {
    let bytes = Array(bytes)
    // 169.254.0.0/16 holds the metadata services; 0.0.0.0/8 is this machine under another name;
    // from 224.0.0.0 on there are no hosts.
    if bytes[0] == 0 || bytes[0] >= 224 || (bytes[0] == 169 && bytes[1] == 254) { return true }
    return metadataV4.contains(bytes)
  }

  private static let v4Mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
  private static let v4Translated: [UInt8] = [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]
  /// Outside the link-local block: Alibaba Cloud's and Azure's.
  private static let metadataV4: [[UInt8]] = [[100, 100, 100, 200], [168, 63, 129, 16]]
  /// `fd00:ec2::254`, of Amazon.
  private static let metadataV6: [UInt8] =
    [0xFD, 0x00, 0x0E, 0xC2] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54]
}
