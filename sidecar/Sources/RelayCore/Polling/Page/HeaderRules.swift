internal import WebhookReceiver

/// Header fields that a provider's log says a delivery had.
enum HeaderRules {
  /// As many as a delivery has, and some.
  private static let fieldsMax = 64
  private static let valueBytesMax = 4096
  /// Of the connection that the delivery came over, not of the event.
  private static let dropped: Set<String> = [
    "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
  ]

  /// The members of an object whose values are texts.
  static func fields(of text: Span<UInt8>) -> [PollRequest.Header] {
    guard let object = (try? JSONValue.parse(text))?.object else { return [] }
    return object.prefix(fieldsMax).compactMap { member in
      member.value.string.flatMap { field(member.key, $0) }
    }
  }

  /// Nil for what could not stand in a head.
  static func field(_ name: String, _ value: String) -> PollRequest.Header? {
    guard !name.isEmpty, name.utf8.count <= 128, name.utf8.allSatisfy(isToken),
      !dropped.contains(name.lowercased()), value.utf8.count <= valueBytesMax,
      value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f })
    else { return nil }
    return PollRequest.Header(name: name, value: value)
  }

  private static func isToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
