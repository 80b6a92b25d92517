internal import WebhookReceiver

/// Where to listen: `0.0.0.0:8080`, `[::1]:8080`, `localhost:8080`, `unix:/path` or `systemd:NAME`.
enum ListenAddress: Hashable {
  case network(IPAddress, port: UInt16)
  case unix(String)
  /// Every socket of this name that whoever starts the process opens for it.
  case passed(String)

  /// What sockaddr_un holds, without the terminator.
  static let unixPathBytesMax = 107

  init(_ text: String) throws(Mistake) {
    if text.hasPrefix("unix:") {
      self = .unix(try Self.unixPath(String(text.dropFirst("unix:".count))))
      return
    }
    if let name = PassedName.of(text) {
      guard PassedName.isValid(name) else { throw Self.noName(text) }
      self = .passed(name)
      return
    }
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else {
      throw Self.noPort(text)
    }
    let host = String(text[..<colon])
    let portText = String(text[text.index(after: colon)...])
    guard let port = Self.port(portText) else {
      throw Mistake(
        message: "\(quoted(text)) has no port from 0 to 65535 at its end",
        suggestion: "write host:port, like 127.0.0.1:8080"
      )
    }
    self = .network(try Self.address(host, portText: portText, of: text), port: port)
  }

  /// Whether only this machine can come in; of a socket that is passed nobody knows before it is.
  var isLocal: Bool {
    switch self {
    case .network(let address, _): address.isLoopback
    case .unix: true
    case .passed: false
    }
  }

  var isNetwork: Bool {
    if case .network = self { true } else { false }
  }

  /// Whether it is a unix socket, or may be one.
  var mayBeUnix: Bool { !isNetwork }

  /// Whether both cannot be bound, or one would take what the other is meant to get.
  ///
  /// Port 0 is one that nobody has. `[::]` takes IPv4, too.
  func overlaps(_ other: ListenAddress) -> Bool {
    switch (self, other) {
    case (.unix(let path), .unix(let otherPath)): path == otherPath
    case (.passed(let name), .passed(let otherName)): name == otherName
    case (.network(let address, let port), .network(let otherAddress, let otherPort)):
      port == otherPort && port != 0
        && (address == otherAddress || Self.covers(address, otherAddress)
          || Self.covers(otherAddress, address))
    default: false
    }
  }

  private static func covers(_ wide: IPAddress, _ narrow: IPAddress) -> Bool {
    switch wide.description {
    case "::": true
    case "0.0.0.0": narrow.isV4
    default: false
    }
  }

  private static func unixPath(_ path: String) throws(Mistake) -> String {
    guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0) else {
      throw Mistake(
        message: "the path of a unix socket begins with /",
        suggestion: "write unix:/run/webhook-sidecar.sock, say"
      )
    }
    guard path.utf8.count <= unixPathBytesMax else {
      throw Mistake(
        message: "the path of a unix socket is longer than \(unixPathBytesMax) bytes",
        suggestion: "write a shorter one; the kernel takes no more"
      )
    }
    return path
  }

  private static func noName(_ text: String) -> Mistake {
    Mistake(
      message: "\(quoted(text)) names no sockets",
      suggestion: "write systemd:NAME with the FileDescriptorName= of the socket unit, 1 to "
        + "\(PassedName.bytesMax) visible characters without a colon"
    )
  }

  private static func noPort(_ text: String) -> Mistake {
    if port(text) != nil {
      return Mistake(
        message: "\(quoted(text)) names no address",
        suggestion: "write 127.0.0.1:\(text) for this machine, 0.0.0.0:\(text) for all"
      )
    }
    return Mistake(
      message: "\(quoted(text)) is not an address to listen on",
      suggestion: "write host:port, [v6]:port, unix:/path or systemd:NAME"
    )
  }

  private static func port(_ text: String) -> UInt16? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard text.utf8.count == 1 || text.utf8.first != 0x30 else { return nil }
    return UInt16(text)
  }

  private static func address(
    _ host: String,
    portText: String,
    of text: String
  ) throws(Mistake) -> IPAddress {
    if host.isEmpty || host == "*" {
      throw Mistake(
        message: "\(quoted(text)) names no address",
        suggestion: "write 127.0.0.1:\(portText) for this machine, 0.0.0.0:\(portText) for all"
      )
    }
    let name = host == "localhost" ? "127.0.0.1" : host
    if host.hasPrefix("["), host.hasSuffix("]") {
      let inner = String(host.dropFirst().dropLast())
      if inner.utf8.contains(UInt8(ascii: ":")), let address = IPAddress(inner) { return address }
    } else if let address = IPAddress(name) {
      if !address.isV4 || name.utf8.contains(UInt8(ascii: ":")) {
        throw Mistake(
          message: "the IPv6 address in \(quoted(text)) has no brackets",
          suggestion: "write [\(host)]:\(portText)"
        )
      }
      return address
    }
    throw Mistake(
      message: "\(quoted(host)) is not an address of this machine in numbers",
      suggestion: "write 127.0.0.1, 0.0.0.0, [::1], or another address; names are not looked up"
    )
  }
}

extension ListenAddress: CustomStringConvertible {
  var description: String {
    switch self {
    case .network(let address, let port):
      address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    case .unix(let path): "unix:\(path)"
    case .passed(let name): PassedName.prefix + name
    }
  }
}
