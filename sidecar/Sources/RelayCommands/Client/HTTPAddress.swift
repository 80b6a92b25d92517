/// Where a request of the command line goes: `http://HOST[:PORT][/PATH]`, the same with `https`, or
/// `unix:/PATH`.
package struct HTTPAddress: Sendable, Equatable {
  package enum Endpoint: Sendable, Equatable {
    case host(String, port: UInt16)
    case unix(path: String)
  }

  package let endpoint: Endpoint
  /// The path and query as written; "/" when there is none.
  package let target: String
  /// What goes into `Host`.
  package let authority: String
  /// Nil: no TLS.
  package var trust: Trust?

  /// Who may vouch for what answers.
  package enum Trust: Sendable, Equatable {
    case system
    /// Certificates in PEM, and no others.
    case pem([UInt8])
  }

  /// Reads `text`; `name` is what messages call it.
  package init(_ text: String, name: String) throws(CommandFailure) {
    // The API's defence against rebinding takes loopback names only, and a socket has no name.
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      guard path.hasPrefix("/"), path.utf8.count > 1, !path.utf8.contains(0) else {
        throw .usage("\(name): unix: is followed by an absolute path, like unix:/run/sidecar.sock")
      }
      (endpoint, target, authority) = (.unix(path: path), "/", "localhost")
      trust = nil
      return
    }
    let lowercased = text.lowercased()
    let isTLS = lowercased.hasPrefix("https://")
    guard isTLS || lowercased.hasPrefix("http://") else {
      throw .usage(
        "\(name): write http://HOST[:PORT][/PATH], https://HOST[:PORT][/PATH], or unix:/PATH for "
          + "the API"
      )
    }
    let rest = text.dropFirst((isTLS ? "https://" : "http://").count)
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    let place = String(rest[..<end])
    var path = String(rest[end...].prefix { $0 != "#" })
    if !path.hasPrefix("/") { path = "/" + path }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .usage("\(name): the path has bytes that a URL cannot hold; percent-encode them")
    }
    guard !place.contains("@") else {
      throw .usage("\(name): a user name or password in the URL is not used; take it out")
    }
    let (host, port) = try Self.split(place, name: name)
    endpoint = .host(host, port: port ?? (isTLS ? 443 : 80))
    trust = isTLS ? .system : nil
    target = path
    authority = place
  }

  private static func split(_ place: String, name: String) throws(CommandFailure)
    -> (host: String, port: UInt16?)
  {
    var host = place
    var portText: String?
    if place.hasPrefix("[") {
      guard let close = place.firstIndex(of: "]") else {
        throw .usage("\(name): an IPv6 address is written [::1]")
      }
      host = String(place[place.index(after: place.startIndex)..<close])
      let tail = place[place.index(after: close)...]
      guard tail.isEmpty || tail.hasPrefix(":") else {
        throw .usage("\(name): only :PORT may follow the address")
      }
      if !tail.isEmpty { portText = String(tail.dropFirst()) }
    } else if let colon = place.lastIndex(of: ":") {
      host = String(place[..<colon])
      portText = String(place[place.index(after: colon)...])
    }
    let hostBytes = host.utf8
    let isIPv6 = place.hasPrefix("[")
    guard !host.isEmpty,
      hostBytes.allSatisfy({ isHostByte($0) || (isIPv6 && $0 == 0x3A) })
    else {
      throw .usage("\(name): the host is missing or not a name or address")
    }
    guard let portText else { return (host, nil) }
    guard portText.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(portText),
      port > 0
    else {
      throw .usage("\(name): the port is a number from 1 to 65535")
    }
    return (host, port)
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}
