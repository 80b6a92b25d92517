/// The URL of an endpoint as its provider knows it, for schemes that sign it.
///
/// Scheme, authority and path are configured; only the query is the request's. `Host` and
/// `X-Forwarded-*` are the sender's to choose, so they say nothing here.
package struct EndpointURL: Sendable {
  /// Longer than any provider lets people type.
  package static let bytesMax = 2048

  /// Whether a text is an absolute URL of `http` or `https` as one is configured.
  package static func isValid(_ text: String) -> Bool {
    let schemes = ["https://", "http://"]
    guard text.utf8.count <= bytesMax, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }),
      let scheme = schemes.first(where: { text.lowercased().hasPrefix($0) }),
      !text.utf8.contains(UInt8(ascii: "#"))
    else { return false }
    let authority = text.dropFirst(scheme.count).prefix { !"/?".contains($0) }
    // A name and a password in a URL are nothing that a provider signs.
    return !authority.isEmpty && !authority.contains("@")
  }

  private let scheme: String
  private let host: String
  private let port: String?
  /// Path and query, from the first slash.
  private let rest: String

  /// - Throws: `keyUnusable` when no URL was given: the sender is not to blame, and is to try
  ///   again; `requirementNotMet` when the request has another query than the URL that was given.
  init(of request: WebhookRequest) throws(VerificationError) {
    guard let url = request.url, let end = url.firstRange(of: "://")?.upperBound else {
      throw .keyUnusable(
        "the scheme signs the URL of this endpoint and none was given; set it to the one that the "
          + "provider posts to, with https:// in front"
      )
    }
    scheme = String(url[..<end])
    let authorityEnd = url[end...].firstIndex { "/?#".contains($0) } ?? url.endIndex
    let authority = url[end..<authorityEnd]
    // The colon of a port stands behind the bracket of an IPv6 address.
    let hostEnd = authority.lastIndex(of: "]").map(authority.index(after:)) ?? authority.startIndex
    let colon = authority[hostEnd...].firstIndex(of: ":")
    host = String(authority[..<(colon ?? authority.endIndex)])
    port = colon.map { String(authority[authority.index(after: $0)...]) }
    let query = Self.queryText(of: request.target)
    var path = String(url[authorityEnd...])
    if path.utf8.contains(UInt8(ascii: "?")) {
      // The caller says exactly what was asked for; a request that says otherwise is another one.
      guard query == nil || path.hasSuffix("?" + (query ?? "")) else {
        throw .requirementNotMet("the query of the request is not that of the URL that was given")
      }
    } else if let query {
      path += "?" + query
    }
    rest = path
  }

  /// The URL in one of the forms that providers sign.
  func text(_ variant: Profile.URLVariant) -> String {
    switch variant {
    case .asIs: return scheme + host + (port.map { ":" + $0 } ?? "") + rest
    case .portAdded:
      let implied = scheme.lowercased() == "http://" ? "80" : "443"
      return scheme + host + ":" + (port ?? implied) + rest
    case .portRemoved: return scheme + host + rest
    }
  }

  /// Decodes these escapes and no others.
  static func decoding(_ escapes: [String], in url: String) -> [UInt8] {
    guard !escapes.isEmpty else { return Array(url.utf8) }
    let codes = Set(escapes.compactMap { Hex.decode(String($0.dropFirst()), lowercaseOnly: false) })
    let text = Array(url.utf8)
    var bytes: [UInt8] = []
    var index = 0
    while index < text.count {
      if text[index] == UInt8(ascii: "%"), index + 2 < text.count,
        let high = Hex.value(of: text[index + 1]), let low = Hex.value(of: text[index + 2]),
        codes.contains([high << 4 | low])
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(text[index])
        index += 1
      }
    }
    return bytes
  }

  /// Path and query, with the query escaped as if it were one value.
  static func escapingQuery(of target: String) -> [UInt8] {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else {
      return Array(target.utf8)
    }
    let query = target.utf8[target.utf8.index(after: mark)...]
    guard !query.isEmpty else { return Array(target.utf8[..<mark]) }
    var bytes = Array(target.utf8[...mark])
    for byte in query {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        let digits = Array("0123456789ABCDEF".utf8)
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return bytes
  }

  /// The query of the request; empty when there is none.
  ///
  /// That of the URL that was given is the receiver's own: no credential may be read from it.
  static func query(of request: WebhookRequest) -> ArraySlice<UInt8> {
    Array((queryText(of: request.target) ?? "").utf8)[...]
  }

  /// The query of the URL under the signature: the request's, or that of the URL that was given.
  static func signedQuery(of request: WebhookRequest) -> ArraySlice<UInt8> {
    guard queryText(of: request.target) == nil, let url = request.url else {
      return query(of: request)
    }
    return Array((queryText(of: url) ?? "").utf8)[...]
  }

  private static func queryText(of target: String) -> String? {
    let text = target.utf8
    guard let mark = text.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    let end = text[mark...].firstIndex(of: UInt8(ascii: "#")) ?? text.endIndex
    return String(target[target.index(after: mark)..<end])
  }

  /// What `encodeURIComponent` leaves alone, and Node's `querystring.escape` with it.
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-_.!~*'()".utf8.contains(byte)
    }
  }
}
