internal import WebhookReceiver

/// Texts inside of URLs (RFC 3986 §2.3): everything is encoded that is not unreserved.
package enum PercentEncoding {
  package static func encode(_ text: String) -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: encoded.append(byte)
      default: encoded += Array("%".utf8) + Array(Hex.encode([byte]).uppercased().utf8)
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// The query with this parameter, and without others of its name.
  static func setting(_ name: String, to value: String, in target: String) -> String {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0]
    let wanted = encode(name)
    var query = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
    query.removeAll { parameter in
      let key = parameter.prefix { $0 != "=" }
      return key == name || key == wanted
    }
    query.append(wanted + "=" + encode(value))
    return path + "?" + query.joined(separator: "&")
  }
}
