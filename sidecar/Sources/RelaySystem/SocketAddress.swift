/// Where a socket listens or connects to.
package enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  case v4([UInt8], port: UInt16)
  case v6([UInt8], port: UInt16, scope: UInt32)
  case unix(String)

  /// Reads `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`: numbers only, nothing is looked up.
  package init(parsing text: String) throws(SystemError) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst("unix:".count))
      // sun_path holds 107 bytes and its terminator.
      guard !path.isEmpty, path.utf8.count < 108, !path.utf8.contains(0) else {
        throw SystemError("the path of \(text) is empty or longer than 107 bytes", 22)
      }
      self = .unix(path)
      return
    }
    guard
      let colon = text.lastIndex(of: ":"),
      let port = UInt16(text[text.index(after: colon)...]),
      text[text.index(after: colon)...].first?.isNumber == true
    else { throw SystemError("\(text) is not host:port, [v6]:port or unix:/path", 22) }
    let host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]"),
      let bytes = Self.v6(String(host.dropFirst().dropLast()))
    {
      self = .v6(bytes, port: port, scope: 0)
    } else if let bytes = Self.v4(host) {
      self = .v4(bytes, port: port)
    } else if host == "localhost" {
      self = .v4([127, 0, 0, 1], port: port)
    } else {
      throw SystemError("\(host) is not a numeric address; write 0.0.0.0 or 127.0.0.1", 22)
    }
  }

  package var ipBytes: [UInt8]? {
    switch self {
    case .v4(let bytes, _), .v6(let bytes, _, _): bytes
    case .unix: nil
    }
  }

  package var port: UInt16 {
    switch self {
    case .v4(_, let port), .v6(_, let port, _): port
    case .unix: 0
    }
  }

  package var isLoopback: Bool {
    switch self {
    case .v4(let bytes, _): bytes[0] == 127
    case .v6(let bytes, _, _): bytes == [UInt8](repeating: 0, count: 15) + [1]
    case .unix: true
    }
  }

  package var description: String {
    switch self {
    case .v4(let bytes, let port):
      return bytes.map(String.init).joined(separator: ".") + ":\(port)"
    case .v6(let bytes, let port, _):
      let groups = stride(from: 0, to: 16, by: 2).map { index in
        String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
      }
      return "[" + Self.compressed(groups) + "]:\(port)"
    case .unix(let path):
      return "unix:" + path
    }
  }

  /// Shortens the longest run of zero groups (RFC 5952 §4.2).
  private static func compressed(_ groups: [String]) -> String {
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == "0" { end += 1 }
      if end - start > max(best.count, 1) { best = start..<end }
      start = max(end, start + 1)
    }
    guard !best.isEmpty else { return groups.joined(separator: ":") }
    return groups[..<best.lowerBound].joined(separator: ":") + "::"
      + groups[best.upperBound...].joined(separator: ":")
  }

  private static func v4(_ text: String) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var bytes: [UInt8] = []
    for part in parts {
      guard let value = UInt8(part), String(value) == part else { return nil }
      bytes.append(value)
    }
    return bytes
  }

  private static func v6(_ text: String) -> [UInt8]? {
    let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
      .map(String.init)
    guard !text.isEmpty, halves.count <= 2 else { return nil }
    var sides: [[UInt8]] = []
    for (index, half) in halves.enumerated() {
      guard let side = groups(half, mayEndInV4: index == halves.count - 1) else { return nil }
      sides.append(side)
    }
    guard sides.count == 2 else { return sides[0].count == 16 ? sides[0] : nil }
    let missing = 16 - sides[0].count - sides[1].count
    guard missing >= 2 else { return nil }
    return sides[0] + [UInt8](repeating: 0, count: missing) + sides[1]
  }

  /// Only the last 32 bits of an address may be written as four octets (RFC 4291 §2.2).
  private static func groups(_ text: String, mayEndInV4: Bool) -> [UInt8]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if mayEndInV4, index == parts.count - 1, let last = v4(String(part)) { return bytes + last }
      guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
        let value = UInt16(part, radix: 16)
      else { return nil }
      bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    return bytes.count <= 16 ? bytes : nil
  }
}
