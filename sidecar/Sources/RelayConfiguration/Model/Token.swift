/// Who may use the API, known by the digest of a token alone.
package struct Token: Sendable {
  package var name: String
  /// SHA-256 of the token's bytes.
  package var digest: [UInt8]
  package var scopes: [Scope]
  /// Where the token came from.
  package var reference: SecretReference

  package init(name: String, digest: [UInt8], scopes: [Scope], reference: SecretReference) {
    self.name = name
    self.digest = digest
    self.scopes = scopes
    self.reference = reference
  }
}

/// What a token allows.
package enum Scope: Hashable, Sendable {
  /// GET of events, sources, destinations and consumers.
  case read
  /// Replay, pause, resume, poll, dead letters, quarantine, manual events, erasing.
  case operate
  case metrics
  /// One consumer: its events, commit, seek and leases.
  case pull(String)

  init?(_ text: String) {
    switch text {
    case "read": self = .read
    case "operate": self = .operate
    case "metrics": self = .metrics
    default:
      guard text.hasPrefix("pull:") else { return nil }
      let name = String(text.dropFirst("pull:".count))
      guard Names.isName(name) else { return nil }
      self = .pull(name)
    }
  }
}

extension Scope: CustomStringConvertible {
  package var description: String {
    switch self {
    case .read: "read"
    case .operate: "operate"
    case .metrics: "metrics"
    case .pull(let name): "pull:\(name)"
    }
  }
}

/// The names of sources, tokens and consumers: they become parts of URLs and metric labels.
enum Names {
  static let bytesMax = 64
  /// The same rule for JSON Schema.
  ///
  /// The lone dots would be folded away in URLs.
  static let pattern = #"^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$"#

  static func isName(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= bytesMax, text != ".", text != ".." else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "-"):
        true
      default: false
      }
    }
  }
}
