/// One usual mistake that explains why a request was refused: without it, the request verifies.
public struct Explanation: Sendable, Hashable {
  /// Which mistake.
  public let cause: Cause
  /// What to do about it, in a sentence.
  ///
  /// It holds no secret, no signature and nothing of the body.
  public let detail: String

  init(_ cause: Cause, _ detail: String) {
    self.cause = cause
    self.detail = detail
  }

  /// A usual mistake, by the word that the command line prints.
  @nonexhaustive
  public enum Cause: String, CaseIterable, Sendable {
    /// The body was parsed and printed again.
    case bodyReencoded = "body_reencoded"
    /// The body has lost or gained a line end.
    case trailingNewline = "trailing_newline"
    /// The body was taken for text in another character set.
    case characterSet = "character_set"
    /// The secret is base64 or hexadecimal and was read as text, or the reverse.
    case secretEncoding = "secret_encoding"
    /// The secret has a prefix that is no part of it, or lacks one that is.
    case secretPrefix = "secret_prefix"
    /// The secret has blanks around it, or lacks those that the provider has.
    case secretWhitespace = "secret_whitespace"
    /// Another provider signs like this.
    case otherProfile = "other_profile"
    /// The URL of the endpoint is not the one that the provider posts to.
    case urlDiffers = "url_differs"
    /// The clocks differ by more than the tolerance, or the delivery is old.
    case clockSkew = "clock_skew"
    /// It is signed with a secret that is no longer in use.
    case olderSecret = "older_secret"
  }
}

extension Verifier {
  /// Tries the usual mistakes on a request that is refused, and names those that it verifies
  /// without.
  ///
  /// A tool for people: it costs up to `Explainer.attemptsMax` verifications, so keep it off the
  /// path of requests. What it finds says nothing of the secrets, but to a sender it would say too
  /// much: log it, do not answer with it.
  ///
  /// - Parameters:
  ///   - request: the request as received.
  ///   - now: the time by the receiver's clock.
  ///   - retiredSecrets: secrets that are no longer in use.
  /// - Returns: the mistakes; empty when the request verifies, or nothing explains the refusal.
  public func explain(
    _ request: WebhookRequest,
    at now: Timestamp = .now,
    retiredSecrets: [Secret] = []
  ) -> [Explanation] {
    var explainer = Explainer(profile, secrets, parameters: parameters, keyCache: keyCache)
    explainer.past = toleratedPast
    explainer.future = toleratedFuture
    return explainer.causes(of: request, at: now, retiredSecrets: retiredSecrets)
  }
}

extension Explanation: CustomStringConvertible {
  /// The cause by its word, and what to do.
  public var description: String { "\(cause.rawValue): \(detail)" }
}
