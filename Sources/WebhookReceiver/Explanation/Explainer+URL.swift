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
          "the sender signed \(candidate.url) \(query); set the URL of the endpoint to the one "
            + "that is registered at the provider, and let no proxy change the query"
        )
      ]
    }
    return []
  }
}

extension Profile {
  /// Whether the path or the query is under the signature without the rest of the URL.
  fileprivate var signsPath: Bool {
    switch scheme {
    case .signature(let scheme):
      scheme.message.contains(.path) || scheme.message.contains(.pathEscapingQuery)
    case .httpSignature(let rule):
      rule.components.contains { ["@path", "@query", "@request-target"].contains($0) }
    case .token, .jsonWebToken: false
    }
  }
}

/// What a provider may have taken for the URL of the endpoint.
struct SignedURL: Hashable {
  /// Without a query.
  let url: String
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
    var paths = configured.map { [$0.path, path] } ?? [path]
    paths += paths.map { $0.hasSuffix("/") ? $0.dropLast() : $0 + "/" }
    let queries = [query, nil, configured?.query]
    var others: [SignedURL] = []
    var seen: Set<SignedURL> = []
    for scheme in ["https", "http"] {
      for authority in authorities.flatMap({ withPorts($0, scheme, request) }) {
        for path in paths {
          for query in queries {
            let target = (path.isEmpty ? "/" : path) + (query.map { "?" + $0 } ?? "")
            let other = SignedURL(url: "\(scheme)://\(authority)\(path)", target: String(target))
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
