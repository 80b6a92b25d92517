/// Which URLs may be asked for a key, when the request itself names one.
///
/// A stranger writes that URL, and whoever chooses the key is believed. So it must be of one plain
/// form, on a host that was named before: HTTPS, no user, no port, no escapes, no dot segments.
package struct KeyURLRule: Sendable, Hashable {
  /// Longer than any provider's.
  static let bytesMax = 512

  /// Exact names, in which one label may be `*`, for a region: `sns.*.amazonaws.com`.
  package let hosts: [String]
  /// What the path ends with.
  package let pathSuffix: String?

  package init(hosts: [String], pathSuffix: String?) {
    self.hosts = hosts
    self.pathSuffix = pathSuffix
  }

  package func allows(_ url: String) -> Bool {
    let scheme = "https://"
    guard url.utf8.count <= Self.bytesMax, url.hasPrefix(scheme),
      url.utf8.allSatisfy(Self.isPlain)
    else { return false }
    let rest = url.dropFirst(scheme.count)
    let hostEnd = rest.firstIndex(of: "/") ?? rest.endIndex
    let host = rest[..<hostEnd]
    let pathAndQuery = rest[hostEnd...]
    let path = pathAndQuery.prefix { $0 != "?" }
    guard !path.isEmpty, !path.contains("//"),
      !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." })
    else { return false }
    if let pathSuffix {
      guard path == pathAndQuery, path.hasSuffix(pathSuffix) else { return false }
    }
    return hosts.contains { Self.matches(host, $0) }
  }

  /// No `@`, `:`, `%`, `\`, `#`, blank or anything beyond ASCII; the colon of the scheme is behind.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~/?=&:".utf8.contains(byte)
    }
  }

  private static func matches(_ host: Substring, _ pattern: String) -> Bool {
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count == wanted.count else { return false }
    return zip(labels, wanted).allSatisfy { label, wanted in
      wanted == "*" ? isRegion(label) : label == wanted
    }
  }

  /// `us-west-2`, `us-gov-east-1`: never `s3`, under which buckets of strangers have their hosts.
  private static func isRegion(_ label: Substring) -> Bool {
    let parts = label.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, label.utf8.count <= 63, let number = parts.last, !number.isEmpty else {
      return false
    }
    return number.utf8.allSatisfy(ASCII.isDigit)
      && parts.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(ASCII.isLowercase) }
  }
}
