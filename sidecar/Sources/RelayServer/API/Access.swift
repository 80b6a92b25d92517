internal import RelayConfiguration
internal import RelayHTTP
internal import RelaySystem
internal import WebhookReceiver

/// Who may ask what (contract §5, "Who may").
struct Access: Sendable {
  let tokens: [Token]

  /// Returns why a request is turned away, or nil.
  func refusal(
    _ head: RequestHead,
    _ route: APIRoute,
    consumer: String,
    from peer: SocketAddress
  ) -> HTTPProblem? {
    let headers = head.headerFields
    if let problem = browserRefusal(headers) { return problem }
    if tokens.isEmpty { return hostRefusal(headers, peer) }
    return tokenRefusal(headers, route, consumer: consumer, isRead: !head.isWrite)
  }

  /// A page of another site must not reach the API through somebody's browser.
  private func browserRefusal(_ headers: HeaderFields) -> HTTPProblem? {
    if headers.first("Sec-Fetch-Site") == "cross-site" { return Self.crossSite }
    guard let origin = headers.first("Origin") else { return nil }
    let host = headers.first("Host") ?? ""
    guard !host.isEmpty, origin == "http://\(host)" || origin == "https://\(host)" else {
      return Self.crossSite
    }
    return nil
  }

  /// Without tokens only a loopback name may be asked for: a name that an attacker's DNS points at
  /// this machine gets 403.
  private func hostRefusal(_ headers: HeaderFields, _ peer: SocketAddress) -> HTTPProblem? {
    if case .unix = peer { return nil }
    let host = Self.withoutPort(headers.first("Host") ?? "")
    if host == "localhost" { return nil }
    if let address = IPAddress(host), Self.isLoopback(address) { return nil }
    return HTTPProblem(
      403,
      "foreign-host",
      "without tokens the API answers only to loopback names; use 127.0.0.1 or set api.tokens"
    )
  }

  private func tokenRefusal(
    _ headers: HeaderFields,
    _ route: APIRoute,
    consumer: String,
    isRead: Bool
  ) -> HTTPProblem? {
    if Self.isOpen(route) { return nil }
    guard let token = bearer(headers) else { return Self.unauthorized }
    let needed = Self.scopes(route, consumer: consumer, isRead: isRead)
    guard token.scopes.contains(where: needed.contains) else {
      let words = needed.map(\.description).joined(separator: " or ")
      return HTTPProblem(403, "scope-missing", "this needs a token with the scope \(words)")
    }
    return nil
  }

  /// Whether everybody may ask it.
  static func isOpen(_ route: APIRoute) -> Bool {
    [.livez, .readyz, .openapi].contains(route.name)
  }

  /// Any one of these scopes is enough.
  private static func scopes(_ route: APIRoute, consumer: String, isRead: Bool) -> [Scope] {
    switch route.name {
    case .metrics: [.metrics, .read]
    case .consumer where isRead, .consumerEvents: [.pull(consumer), .read]
    case .consumer: [.pull(consumer), .operate]
    case .consumerCommit, .consumerSeek, .consumerLease, .consumerAck, .consumerNack,
      .consumerExtend:
      [.pull(consumer)]
    case .sourceEvents, .sourcePoll, .sourcePause, .sourceResume: [.operate]
    // What strangers send is for whoever operates, also to look at.
    case .quarantine, .quarantined, .quarantinedBody, .quarantinedVerify: [.operate]
    case .consumerDeadLetters: [.pull(consumer), .read]
    case .consumerDeadLetter, .consumerDeadLetterReplay: [.pull(consumer), .operate]
    default: isRead ? [.read] : [.operate]
    }
  }

  /// Returns the configured token that the request carries.
  ///
  /// Every configured token is compared, and only digests are, so that neither time nor memory
  /// tells how much of a guess was right.
  private func bearer(_ headers: HeaderFields) -> Token? {
    guard headers.values(of: "Authorization").count == 1,
      let value = headers.first("Authorization"),
      value.lowercased().hasPrefix("bearer ")
    else { return nil }
    let presented = Array(value.dropFirst("bearer ".count).utf8)
    let digest = SHA256.digest(presented.span)
    var found: Token?
    for token in tokens {
      let isSame = ConstantTime.isEqual(token.digest.span, digest.span)
      if isSame { found = token }
    }
    return found
  }

  private static func withoutPort(_ host: String) -> String {
    if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
    return String(host.prefix { $0 != ":" }).lowercased()
  }

  private static func isLoopback(_ address: IPAddress) -> Bool {
    let text = address.description
    return text == "::1" || text.hasPrefix("127.")
  }

  private static let crossSite = HTTPProblem(
    403,
    "cross-site",
    "requests from pages of another site are refused; call the API from your own service"
  )
  private static let unauthorized = HTTPProblem(
    401,
    "unauthorized",
    "send Authorization: Bearer with a token of api.tokens"
  ).with("WWW-Authenticate", "Bearer")
}
