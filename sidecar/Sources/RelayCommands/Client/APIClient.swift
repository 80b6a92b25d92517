internal import WebhookReceiver

/// The API of a running sidecar, for `status`, `events` and `replay`.
struct APIClient {
  static let addressVariable = "WEBHOOK_SIDECAR_API"
  static let tokenVariable = "WEBHOOK_SIDECAR_TOKEN"
  static let defaultAddress = "http://127.0.0.1:8081"

  private let surroundings: Surroundings
  private let address: HTTPAddress
  private let headers: [HTTPCall.Header]

  init(
    _ arguments: ParsedArguments,
    _ surroundings: Surroundings
  ) throws(CommandFailure) {
    self.surroundings = surroundings
    let text = surroundings.environment(Self.addressVariable) ?? ""
    address = try HTTPAddress(
      text.isEmpty ? Self.defaultAddress : text,
      name: "$\(Self.addressVariable)"
    ).trusting(arguments, surroundings)
    guard !address.target.contains("?") else {
      throw .usage("$\(Self.addressVariable) is a base address, without a query")
    }
    var headers = [HTTPCall.Header("Accept", "application/json")]
    let token = surroundings.environment(Self.tokenVariable) ?? ""
    // A line end in the token would become a header of its own.
    guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .usage("$\(Self.tokenVariable) is a token: printable ASCII without blanks")
    }
    if !token.isEmpty { headers.append(HTTPCall.Header("Authorization", "Bearer \(token)")) }
    self.headers = headers
  }

  /// GETs `path` (already encoded, with a leading slash); answers other than 2xx are failures.
  func get(
    _ path: String,
    query: [(name: String, value: String)] = []
  ) throws(CommandFailure) -> [UInt8] {
    var target = address.target
    while target.hasSuffix("/") { target.removeLast() }
    target += path
    if !query.isEmpty {
      let pairs = query.map { "\(PercentEncoding.encode($0))=\(PercentEncoding.encode($1))" }
      target += "?" + pairs.joined(separator: "&")
    }
    return try exchange(HTTPCall("GET", target, at: address, headers: headers))
  }

  /// POSTs a JSON body; answers other than 2xx are failures.
  func post(_ path: String, _ body: [UInt8]) throws(CommandFailure) -> [UInt8] {
    var target = address.target
    while target.hasSuffix("/") { target.removeLast() }
    let json = HTTPCall.Header("Content-Type", "application/json")
    return try exchange(
      HTTPCall("POST", target + path, at: address, headers: headers + [json], body: body)
    )
  }

  /// DELETEs `path`; answers other than 2xx are failures.
  func delete(_ path: String) throws(CommandFailure) {
    var target = address.target
    while target.hasSuffix("/") { target.removeLast() }
    _ = try exchange(HTTPCall("DELETE", target + path, at: address, headers: headers))
  }

  private func exchange(_ call: HTTPCall) throws(CommandFailure) -> [UInt8] {
    switch surroundings.openConnection(address).exchange(call) {
    case .reply(let reply):
      guard (200..<300).contains(reply.status) else { throw Self.failure(of: reply) }
      return reply.body
    case .noAnswer(let reason):
      throw CommandFailure(
        .tryLater,
        "no sidecar answers at \(place) (\(reason)); start it, or set $\(Self.addressVariable)"
      )
    case .malformed(let reason):
      throw CommandFailure(
        .software,
        "what answers at \(place) is no sidecar's API (\(reason)); set $\(Self.addressVariable)"
      )
    }
  }

  private var place: String {
    switch address.endpoint {
    case .host: "\(address.trust == nil ? "http" : "https")://\(address.authority)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// What an answer that is not 2xx means for the caller.
  static func failure(of reply: HTTPReply) -> CommandFailure {
    let detail = problemText(reply.body)
    return switch reply.status {
    case 400, 405, 406, 415, 422:
      .usage("the sidecar refused the request: \(detail)")
    case 401, 403:
      .usage(
        "the sidecar refused access: \(detail); set $\(tokenVariable) to a token with that scope"
      )
    case 404:
      CommandFailure(.refused, "not found: \(detail)")
    case 409, 410:
      CommandFailure(.refused, detail)
    case 408, 429, 502, 503, 504:
      CommandFailure(.tryLater, "the sidecar cannot answer now: \(detail)")
    default:
      CommandFailure(.software, "the sidecar answered \(reply.status): \(detail)")
    }
  }

  /// The detail of an RFC 9457 problem, else its title.
  private static func problemText(_ body: [UInt8]) -> String {
    guard let problem = try? JSONValue.parse(body, depthMax: 16) else { return "without a reason" }
    let text = problem["detail"]?.string ?? problem["title"]?.string
    return text.map { TerminalText.safe($0) } ?? "without a reason"
  }
}
