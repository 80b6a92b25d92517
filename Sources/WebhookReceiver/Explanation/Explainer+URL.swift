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
    let configured = request.url.flatMap(Parts.init)
    let (path, query) = split(request.target)
    var authorities = configured.map { [$0.authority] } ?? []
    for name in ["X-Forwarded-Host", "Host"] {
      guard let host = request.headers.first(name), EndpointURL.isValid("https://\(host)"),
        !host.contains("/"), !host.contains("?")
      else { continue }
      authorities.append(host)
    }
    var paths = configured.map { [$0.path, path] } ?? [path]
    paths += paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 + "/" }
    let queries = [query, nil, configured?.query]
    var others: [SignedURL] = []
    var seen: Set<SignedURL> = []
    for scheme in ["https", "http"] {
      for authority in authorities.flatMap({ withPorts($0, scheme, request) }) {
        for path in paths {
          for query in queries {
            let target = (path.isEmpty ? "/" : path) + (query.map { "?" + $0 } ?? "")
            let other = SignedURL(url: "\(scheme)://\(authority)\(path)", target: target)
            if seen.insert(other).inserted { others.append(other) }
          }
        }
      }
    }
    return others
  }

  private static func withPorts(
    _ authority: String,
    _ scheme: String,
    _ request: WebhookRequest
  ) -> [String] {
    let hostEnd = authority.lastIndex(of: "]").map(authority.index(after:)) ?? authority.startIndex
    let colon = authority[hostEnd...].firstIndex(of: ":")
    let host = String(authority[..<(colon ?? authority.endIndex)])
    var all = [authority, host, host + (scheme == "https" ? ":443" : ":80"), host.lowercased()]
    if let port = request.headers.first("X-Forwarded-Port"), let number = UInt16(port) {
      all.append("\(host):\(number)")
    }
    return all
  }

  private static func split(_ target: String) -> (path: String, query: String?) {
    guard let mark = target.firstIndex(of: "?") else { return (target, nil) }
    return (String(target[..<mark]), String(target[target.index(after: mark)...]))
  }

  /// A configured URL taken apart.
  private struct Parts {
    let authority: String
    let path: String
    let query: String?

    init?(_ url: String) {
      guard EndpointURL.isValid(url), let start = url.firstRange(of: "://")?.upperBound else {
        return nil
      }
      let end = url[start...].firstIndex { "/?".contains($0) } ?? url.endIndex
      authority = String(url[start..<end])
      (path, query) = SignedURL.split(String(url[end...]))
    }
  }
}
