internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// How a source's requests say who we are; on the poller's thread only.
///
/// Tokens are fetched by one request at a time, however many wait for it, and are replaced before
/// they end.
final class PollCredentials {
  typealias Field = (name: String, value: String)
  typealias Completion = (Result<Field?, PollFailure>) -> Void

  private let auth: PollAuth
  private let secrets: [Secret]
  private let trust: TLSClientContext?
  /// Runs the operator's command; what it prints comes back as a message.
  private let run: (PollAuth.TokenCommand) -> Bool
  private var token: PollToken?
  private var waiting: [Completion] = []
  private var isFetching = false

  /// A token is a line; its answer is a small object.
  private static let answerBytesMax = 64 << 10
  private static let fetchNanoseconds: Int64 = 15_000_000_000

  init(
    _ auth: PollAuth,
    secrets: [Secret],
    trust: TLSClientContext?,
    run: @escaping (PollAuth.TokenCommand) -> Bool
  ) {
    self.auth = auth
    self.secrets = secrets
    self.trust = trust
    self.run = run
  }

  /// The field that a request carries; later, where a token has to be fetched first.
  func field(_ context: OutboundContext, completion: @escaping Completion) {
    switch auth {
    case .none: completion(.success(nil))
    case .bearer: completion(.success(("Authorization", "Bearer " + text(0))))
    case .basic(_, let password):
      let pair = text(0) + ":" + (password == nil ? "" : text(1))
      completion(.success(("Authorization", "Basic " + Self.base64(pair))))
    case .header(let name, let prefix, _): completion(.success((name, prefix + text(0))))
    case .oauth2, .command:
      if let token, context.now < token.expiresAt {
        completion(.success(field(of: token)))
        return
      }
      waiting.append(completion)
      if !isFetching { fetch(context) }
    }
  }

  /// The provider does not take the token any more.
  func renew() { token = nil }

  /// The command has ended, or the token URL has answered.
  func take(_ new: PollToken?) {
    isFetching = false
    token = new
    let completions = waiting
    waiting.removeAll()
    for completion in completions {
      completion(new.map { .success(field(of: $0)) } ?? .failure(.noCredentials))
    }
  }

  private func field(of token: PollToken) -> Field {
    if case .command(let command) = auth { return (command.header, command.prefix + token.value) }
    return ("Authorization", "Bearer " + token.value)
  }

  private func fetch(_ context: OutboundContext) {
    isFetching = true
    switch auth {
    case .command(let command):
      if !run(command) { take(nil) }
    case .oauth2(let client): fetch(client, context)
    case .none, .bearer, .basic, .header: take(nil)
    }
  }

  // MARK: OAuth 2

  private func fetch(_ client: PollAuth.ClientCredentials, _ context: OutboundContext) {
    var form = "grant_type=client_credentials"
    if let scope = client.scope { form += "&scope=" + Self.encoded(scope) }
    if let audience = client.audience { form += "&audience=" + Self.encoded(audience) }
    var fields: [(String, String)] = [
      ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
    ]
    switch client.placement {
    case .basic:
      // Both are encoded as in a form before they are joined (RFC 6749 §2.3.1).
      let pair = Self.encoded(text(0)) + ":" + Self.encoded(text(1))
      fields.append(("Authorization", "Basic " + Self.base64(pair)))
    case .body:
      form += "&client_id=\(Self.encoded(text(0)))&client_secret=\(Self.encoded(text(1)))"
    }
    guard let lines = try? RequestFields(fields) else { return take(nil) }
    let request = OutboundRequest(
      "POST",
      client.tokenURL,
      fields: lines,
      body: Array(form.utf8),
      trust: trust,
      limits: OutboundLimits(
        totalNanoseconds: Self.fetchNanoseconds,
        bodyBytesMax: Self.answerBytesMax
      )
    )
    context.client.send(request) { [weak self] result in
      guard let self else { return }
      take(Self.token(result, at: context.now))
    }
  }

  private static func token(_ result: OutboundResult, at now: Int64) -> PollToken? {
    guard case .response(let response) = result, response.status == 200,
      let answer = try? JSONValue.parse(response.body),
      let value = answer["access_token"]?.string, isToken(value)
    else { return nil }
    let seconds = answer["expires_in"]?.int.map { Int64(clamping: $0) }
    let lifetime =
      seconds.map { Duration.seconds(min(max($0, 0), 86400 * 365)) }
      ?? PollAuth.ClientCredentials.lifetimeUnknown
    return PollToken(value: value, expiresAt: expiry(lifetime, at: now))
  }

  /// A minute before its end, or at half of its life where that is shorter.
  static func expiry(_ lifetime: Duration, at now: Int64) -> Int64 {
    let skew = min(PollAuth.ClientCredentials.expirySkew, lifetime / 2)
    return now + (lifetime - skew).nanoseconds
  }

  /// What may stand in a header.
  static func isToken(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= PollAuth.TokenCommand.outputBytesMax
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
  }

  // MARK: Texts

  private func text(_ index: Int) -> String {
    guard secrets.indices.contains(index) else { return "" }
    return secrets[index].withBytes { bytes in
      String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
  }

  private static func base64(_ text: String) -> String {
    Base64.encode(Array(text.utf8).span, alphabet: .standard, padding: .required)
  }

  private static func encoded(_ text: String) -> String { PercentEncoding.encode(text) }
}
