/// Which header names a destination may be given, and which bytes a value may have.
package enum RelayHeaderRules {
  /// One value; what is longer is no header but a body.
  package static let valueBytesMax = 1024

  /// Names that belong to one connection (RFC 9110 §7.6.1), or to the framing of a message.
  package static let hopByHop: Set<String> = [
    "connection", "content-length", "expect", "host", "http2-settings", "keep-alive",
    "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  /// Names that every delivery sets or may set, in lower case, and `Forwarded`, which says what
  /// three of them say: as it came, it is a stranger's word about the client.
  package static let own: Set<String> = [
    "forwarded", "idempotency-key", "webhook-id", "webhook-receiver-attempt",
    "webhook-receiver-origin",
    "webhook-receiver-received-at", "webhook-receiver-replay", "webhook-receiver-source",
    "webhook-signature", "webhook-timestamp", "x-forwarded-for", "x-forwarded-host",
    "x-forwarded-proto",
  ]

  /// Every name with one of these is ours, whether it is set today or not.
  package static let ownPrefixes = ["webhook-receiver-"]

  /// Whether the configuration may give every delivery a header of this name.
  package static func isConfigurable(_ name: String) -> Bool {
    let lower = name.lowercased()
    return isToken(name) && !hopByHop.contains(lower) && !own.contains(lower)
      && !ownPrefixes.contains { lower.hasPrefix($0) } && lower != "content-type"
      && !lower.hasPrefix("ce-")
  }

  /// Printable ASCII and spaces, none of them at an end (RFC 9110 §5.5).
  package static func isValue(_ text: String) -> Bool {
    text.utf8.count <= valueBytesMax && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
      && text.utf8.first != 0x20 && text.utf8.last != 0x20
  }

  /// A field name as RFC 9110 §5.6.2 has it.
  package static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= nameBytesMax && text.utf8.allSatisfy(isTokenByte)
  }

  private static let nameBytesMax = 256

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
