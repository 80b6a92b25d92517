/// The URL of an endpoint as its provider knows it, for schemes that sign it.
///
/// Scheme, authority and path are configured; only the query is the request's. `Host` and
/// `X-Forwarded-*` are the sender's to choose, so they say nothing here.
package struct EndpointURL: Sendable {
  private let url: HTTPURL
  /// Path and query, from the first slash.
  private let rest: String

  /// - Throws: `keyUnusable` when no URL was given: the sender is not to blame, and is to try
  ///   again; `requirementNotMet` when the request has another query than the URL that was given.
  init(of request: WebhookRequest) throws(VerificationError) {
    guard let url = request.url.flatMap(HTTPURL.init) else { throw Self.unusable }
    self.url = url
    let query = HTTPURL.pathAndQuery(request.target[...]).query
    if let known = url.query {
      // The caller says exactly what was asked for; a request that says otherwise is another one.
      guard query == nil || query == known else {
        throw .requirementNotMet("the query of the request is not that of the URL that was given")
      }
    }
    rest = url.path + ((url.query ?? query).map { "?" + $0 } ?? "")
  }

  private static var unusable: VerificationError {
    .keyUnusable(
      "the scheme signs the URL of this endpoint and none was given; set it to the one that the "
        + "provider posts to, with https:// in front"
    )
  }

  /// The URL in one of the forms that providers sign.
  func text(_ variant: Profile.URLVariant) -> String {
    switch variant {
    case .asIs: return url.origin + rest
    case .portAdded:
      guard url.port == nil else { return url.origin + rest }
      return url.origin + (url.scheme == "http" ? ":80" : ":443") + rest
    case .portRemoved: return url.origin.dropLast(url.authority.count) + url.host + rest
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
    Array((HTTPURL.pathAndQuery(request.target[...]).query ?? "").utf8)[...]
  }

  /// The query of the URL under the signature: the request's, or that of the URL that was given.
  static func signedQuery(of request: WebhookRequest) -> ArraySlice<UInt8> {
    if let query = HTTPURL.pathAndQuery(request.target[...]).query { return Array(query.utf8)[...] }
    return Array((request.url.flatMap(HTTPURL.init)?.query ?? "").utf8)[...]
  }

  /// The path as the provider knows it, and the query.
  ///
  /// The path is that of the URL that is configured, where there is one that has a path.
  static func signedTarget(of request: WebhookRequest) throws(VerificationError) -> String {
    guard let text = request.url else { return request.target }
    guard let url = HTTPURL(text) else { throw unusable }
    guard !url.path.isEmpty || url.query != nil else { return request.target }
    let query = HTTPURL.pathAndQuery(request.target[...]).query ?? url.query
    return (url.path.isEmpty ? "/" : url.path) + (query.map { "?" + $0 } ?? "")
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
