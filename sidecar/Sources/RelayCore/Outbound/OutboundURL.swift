internal import WebhookReceiver

/// Where the sidecar sends requests of its own: `http://…`, `https://…`, or `unix:/PATH` with
/// `:/TARGET` behind it where the target is not `/`.
///
/// No user, no password, no fragment (RFC 9110 §4.2.4): a secret in a URL ends up in logs.
package struct OutboundURL: Hashable, Sendable, CustomStringConvertible {
  /// Who is connected to; connections are kept by it, and credentials never leave it.
  package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package enum Place: Hashable, Sendable {
      /// A name in lower case, or a numeric address without brackets.
      case host(String, port: UInt16)
      /// The path of a unix socket.
      case socket(String)
    }

    package let place: Place
    package let isTLS: Bool

    package init(_ place: Place, isTLS: Bool) {
      self.place = place
      self.isTLS = isTLS
    }

    /// The value of `Host`: the port only where it is not the scheme's (RFC 9110 §7.2).
    package var authority: String {
      switch place {
      case .socket: return "localhost"
      case .host(let name, let port):
        let host = name.contains(":") ? "[\(name)]" : name
        return port == (isTLS ? 443 : 80) ? host : "\(host):\(port)"
      }
    }

    package var description: String {
      if case .socket(let path) = place { return "unix:" + path }
      return (isTLS ? "https://" : "http://") + authority
    }
  }

  package let origin: Origin
  /// Path and query, as a request line has them; begins with a slash.
  package let target: String

  package init(origin: Origin, target: String) {
    precondition(target.hasPrefix("/"), "a target begins with a slash (RFC 9112 §3.2.1)")
    self.origin = origin
    self.target = target
  }

  /// Nil for everything that is not exactly one of the forms.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      self.init(socket: text.dropFirst("unix:".count))
      return
    }
    guard let url = HTTPURL(text), let port = Self.port(url), let host = Self.host(url) else {
      return nil
    }
    self.init(
      origin: Origin(.host(host, port: port), isTLS: url.isTLS),
      target: Self.target(url)
    )
  }

  /// sun_path holds 107 bytes and its terminator.
  private static let socketBytesMax = 107

  private init?(socket text: Substring) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let path = parts.first, path.hasPrefix("/"), path.utf8.count <= Self.socketBytesMax,
      !path.utf8.contains(0)
    else { return nil }
    let target = parts.count > 1 ? String(parts[1]) : "/"
    guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != 0x23 })
    else { return nil }
    self.init(origin: Origin(.socket(String(path)), isTLS: false), target: target)
  }

  package var description: String { origin.description + (target == "/" ? "" : target) }

  /// Whether a name or address says by itself that this machine is meant.
  package var isLoopback: Bool {
    switch origin.place {
    case .socket: return true
    case .host(let name, _):
      if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
      return IPAddress(name) != nil && name.hasPrefix("127.")
    }
  }

  /// Resolves a reference against this URL (RFC 3986 §5.2), for the links of answers.
  ///
  /// Nil where the reference is none, or names another scheme than http and https.
  package func resolving(_ reference: String) -> OutboundURL? {
    let text = String(reference.prefix { $0 != "#" })
    if text.contains("://"), !text.hasPrefix("/"), !text.hasPrefix("?") { return OutboundURL(text) }
    if text.hasPrefix("//") { return OutboundURL((origin.isTLS ? "https:" : "http:") + text) }
    guard text.utf8.count <= HTTPURL.bytesMax,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    let path = target.prefix { $0 != "?" }
    if text.hasPrefix("/") { return OutboundURL(origin: origin, target: text) }
    if text.isEmpty { return self }
    if text.hasPrefix("?") { return OutboundURL(origin: origin, target: path + text) }
    let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
    return OutboundURL(origin: origin, target: folder + text)
  }

  private static func target(_ url: HTTPURL) -> String {
    let target = url.target
    return target.hasPrefix("/") ? target : "/" + target
  }

  private static func port(_ url: HTTPURL) -> UInt16? {
    guard let text = url.portText else { return url.isTLS ? 443 : 80 }
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(text), port > 0
    else { return nil }
    return port
  }

  /// A host as names and addresses are written; what is in brackets must be an address.
  private static func host(_ url: HTTPURL) -> String? {
    let text = url.hostText.lowercased()
    if text.hasPrefix("["), text.hasSuffix("]") {
      let inner = String(text.dropFirst().dropLast())
      return inner.contains(":") && IPAddress(inner) != nil ? inner : nil
    }
    guard (1...hostBytesMax).contains(text.utf8.count), text.utf8.allSatisfy(isHostByte) else {
      return nil
    }
    // What looks like an address and is none, a resolver reads in its own way: 127.1, 0x7f.1.
    let last = text.split(separator: ".").last ?? ""
    let isNumeric = last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
    return isNumeric && IPAddress(text) == nil ? nil : text
  }

  /// The longest name of a host (RFC 1035 §2.3.4).
  private static let hostBytesMax = 253

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
