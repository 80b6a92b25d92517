/// URLs that are not the one that the provider signed.
extension Explainer {
  mutating func urlCauses(_ guess: inout Guess) -> [Explanation] {
    guard profile.signsURL || profile.signsPath else { return [] }
    let request = guess.request
    for candidate in SignedURL.others(request) {
      var other = request
      other.url = candidate.url
      other.target = candidate.target
      guard fits(&guess, request: other) else { continue }
      let query = candidate.hasQuery ? "with the query of the request" : "without a query"
      return [
        Explanation(
          .urlDiffers,
          "the sender signed \(profile.signsURL ? candidate.url : candidate.path) \(query); set "
            + "the URL of the endpoint to the one that is registered at the provider, and let no "
            + "proxy change the query"
        )
      ]
    }
    return []
  }

  /// Methods that a proxy or a tool may have put in the place of the one that was signed.
  private static let methods = ["POST", "PUT", "PATCH", "GET"]

  mutating func methodCauses(_ guess: inout Guess) -> [Explanation] {
    guard profile.signsMethod else { return [] }
    for method in Self.methods where method != guess.request.method {
      var other = guess.request
      other.method = method
      guard fits(&guess, request: other) else { continue }
      return [
        Explanation(
          .urlDiffers,
          "the sender signed the method \(method), and this request has another; let no proxy or "
            + "tool change it"
        )
      ]
    }
    return []
  }
}

/// What a provider may have taken for the URL of the endpoint.
struct SignedURL: Hashable {
  /// Without a query.
  let url: String
  /// The path in it; a slash where it has none.
  let path: String
  let target: String

  var hasQuery: Bool { target.utf8.contains(UInt8(ascii: "?")) }

  /// All combinations of what a request and a configuration say, each once.
  static func others(_ request: WebhookRequest) -> [SignedURL] {
    let configured = request.url.flatMap(HTTPURL.init)
    let (path, query) = HTTPURL.pathAndQuery(request.target[...])
    var authorities = configured.map { [$0.authority] } ?? []
    for name in ["X-Forwarded-Host", "Host"] {
      guard let host = request.headers.first(name), let url = HTTPURL("https://\(host)"),
        url.authority == host
      else { continue }
      authorities.append(url.authority)
    }
    // Where only the path is signed, any host will do.
    if authorities.isEmpty { authorities.append("localhost") }
    // Tools sign the root when nobody tells them the path.
    var paths: [Substring] = (configured.map { [$0.path] } ?? []) + [path, "/"]
    paths += paths.map { $0.hasSuffix("/") ? $0.dropLast() : $0 + "/" }
    let queries = [query, nil, configured?.query]
    var others: [SignedURL] = []
    var seen: Set<SignedURL> = []
    for scheme in ["https", "http"] {
      for authority in authorities.flatMap({ withPorts($0, scheme, request) }) {
        for path in paths {
          for query in queries {
            let root = path.isEmpty ? "/" : String(path)
            let other = SignedURL(
              url: "\(scheme)://\(authority)\(path)",
              path: root,
              target: root + (query.map { "?" + $0 } ?? "")
            )
            if seen.insert(other).inserted { others.append(other) }
          }
        }
      }
    }
    return others
  }

  private static func withPorts(
    _ authority: Substring,
    _ scheme: String,
    _ request: WebhookRequest
  ) -> [String] {
    let host = String(HTTPURL.hostAndPort(authority).host)
    var all = [
      String(authority), host, host + (scheme == "https" ? ":443" : ":80"), host.lowercased(),
    ]
    if let port = request.headers.first("X-Forwarded-Port"), let number = UInt16(port) {
      all.append("\(host):\(number)")
    }
    return all
  }
}
