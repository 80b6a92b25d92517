/// Request targets (RFC 9112 §3.2).
package enum Target {
  /// Segments of an API path: more than any route has.
  private static let segmentsMax = 16

  enum Form: Equatable {
    case origin
    case absolute(authority: Range<Int>)
    case asterisk
  }

  /// Origin form (RFC 9112 §3.2.1), absolute form over http(s) (§3.2.2), or `*` (§3.2.4); nil for
  /// anything else, such as the authority form of CONNECT (§3.2.3), which is for proxies.
  static func form(of bytes: Span<UInt8>, _ target: Range<Int>) -> Form? {
    // A fragment is never sent (RFC 9110 §4.2.5).
    for index in target where bytes[index] == 0x23 { return nil }
    if bytes[target.lowerBound] == 0x2F { return .origin }
    if target.count == 1, bytes[target.lowerBound] == 0x2A { return .asterisk }
    for scheme in schemes {
      let start = target.lowerBound + scheme.utf8CodeUnitCount
      guard start < target.upperBound else { continue }
      guard Words.equals(bytes, target.lowerBound..<start, scheme) else { continue }
      var end = start
      while end < target.upperBound, bytes[end] != 0x2F, bytes[end] != 0x3F { end += 1 }
      // An empty host must be refused (RFC 9110 §4.2.1).
      guard end > start, FieldSemantics.isHost(bytes, start..<end) else { return nil }
      return .absolute(authority: start..<end)
    }
    return nil
  }

  /// Where the path lies; empty where an absolute target has none.
  static func path(of bytes: Span<UInt8>, _ target: Range<Int>, _ form: Form) -> Range<Int> {
    var start = target.lowerBound
    if case .absolute(let authority) = form { start = authority.upperBound }
    var end = start
    while end < target.upperBound, bytes[end] != 0x3F { end += 1 }
    return start..<end
  }

  private static let schemes: [StaticString] = ["http://", "https://"]

  private static func schemeLength(_ target: ArraySlice<UInt8>) -> Int? {
    // Nearly every target begins with a slash.
    if target.first == 0x2F { return nil }
    for scheme in schemes {
      let count = scheme.utf8CodeUnitCount
      guard target.count > count else { continue }
      if Words.equals(target.span, 0..<count, scheme) { return count }
    }
    return nil
  }

  /// Returns what stands behind the question mark, undecoded.
  package static func query(of target: [UInt8]) -> [UInt8] {
    let origin = origin(target[...])
    guard let mark = origin.firstIndex(of: 0x3F) else { return [] }
    return Array(origin[(mark + 1)...])
  }

  private static func origin(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard let scheme = schemeLength(target) else { return target }
    let rest = target.dropFirst(scheme)
    guard let end = rest.firstIndex(where: { $0 == 0x2F || $0 == 0x3F }) else { return [0x2F] }
    return rest[end] == 0x2F ? rest[end...] : [0x2F] + rest[end...]
  }

  /// Splits a path into decoded segments, for the API; nil when it cannot be a route.
  package static func segments(of path: [UInt8]) -> [String]? {
    guard path.first == 0x2F else { return nil }
    var segments: [String] = []
    for part in path.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
      guard segments.count < segmentsMax, !part.isEmpty,
        let text = decode(part, plusIsSpace: false)
      else { return nil }
      segments.append(text)
    }
    return segments
  }

  /// Undoes percent-encoding; nil for a bad escape or for bytes that are not UTF-8.
  static func decode(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch bytes[index] {
      case 0x25:
        guard index + 2 < bytes.endIndex,
          let high = Words.hexadecimal(bytes[index + 1]),
          let low = Words.hexadecimal(bytes[index + 2])
        else { return nil }
        decoded.append(high << 4 | low)
        index += 3
      case 0x2B where plusIsSpace:
        decoded.append(0x20)
        index += 1
      default:
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }
}

/// The parameters of a query, in order.
package struct QueryParameters: Equatable, Sendable {
  /// More than any route has.
  private static let countMax = 64

  package let values: [(name: String, value: String)]

  package init(_ raw: [UInt8]) throws(HTTPError) {
    var values: [(name: String, value: String)] = []
    for pair in raw.split(separator: 0x26) {
      guard values.count < Self.countMax else { throw .badRequest("too many parameters") }
      let parts = pair.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
      guard
        let name = Target.decode(parts[0], plusIsSpace: true),
        let value = Target.decode(parts.count > 1 ? parts[1] : [], plusIsSpace: true)
      else { throw .badRequest("a percent-escape in the query is not valid") }
      values.append((name: name, value: value))
    }
    self.values = values
  }

  package static func == (lhs: Self, rhs: Self) -> Bool {
    lhs.values.elementsEqual(rhs.values) { $0.name == $1.name && $0.value == $1.value }
  }
}
