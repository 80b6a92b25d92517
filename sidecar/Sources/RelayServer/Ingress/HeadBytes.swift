internal import RelayHTTP
internal import RelaySystem
internal import WebhookReceiver

/// What the ingress takes out of a head, byte for byte.
extension RequestHead {
  /// The target before its query, undecoded; the path of an absolute target.
  var pathBytes: [UInt8] { path.isEmpty ? [0x2F] : Array(bytes[path]) }

  var queryBytes: [UInt8] { Target.query(of: targetBytes) }

  var pathText: String { String(decoding: pathBytes, as: UTF8.self) }

  /// The fields as the verification engine reads them, over the same bytes.
  var headerFields: HeaderFields {
    HeaderFields(
      storage: bytes,
      fields: fields.map { HeaderFields.FieldRange(name: $0.name, value: $0.value) }
    )
  }

  /// The field lines as received, in order and case, but for the values of fields that carry a
  /// secret itself (contract §4).
  func redactedFields(_ names: [String]) -> [UInt8] {
    let headers = headerFields
    var stored: [UInt8] = []
    for (index, field) in fields.enumerated() {
      let name = headers.name(at: index)
      stored += bytes[field.name]
      stored += Array(": ".utf8)
      if names.contains(where: { $0.lowercased() == name.lowercased() }) {
        stored += Array("[redacted]".utf8)
      } else {
        stored += bytes[field.value]
      }
      stored += Array("\r\n".utf8)
    }
    return stored
  }
}

extension SocketAddress {
  /// The address alone, as it is kept with an event; a unix socket has none.
  var remoteText: String {
    address?.description ?? "unix"
  }
}
