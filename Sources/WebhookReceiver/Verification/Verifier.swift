/// Checks the webhooks of one provider against the secrets of one endpoint.
///
/// Make it once and use it from any thread: keys are decoded and set up when it is made.
public struct Verifier: Sendable {
  /// More secrets at once than any rotation has; each costs every forged request a code.
  public static let secretsMax = 16

  /// How far the clocks of two servers may be apart where a scheme says when it ends or begins.
  static let clockLeeway = Duration.seconds(60)

  /// How old a delivery may be; nil where the provider signs no time.
  public let toleratedPast: Duration?
  /// How far ahead the sender's clock may be; nil where the provider signs no time.
  public let toleratedFuture: Duration?

  let plan: VerificationPlan
  let keys: [VerificationKey]
  let parameters: [String: String]
  /// The secrets as they were given: for explanations and handshakes.
  let secrets: [Secret]
  let keyCache: KeyCache?
  /// Asked first.
  let quick: any QuickCheck

  /// The scheme that it goes by.
  public var profile: Profile { plan.profile }

  /// Makes a verifier.
  ///
  /// - Parameters:
  ///   - profile: the provider's scheme.
  ///   - secrets: every secret that a sender may still use; any of them is enough. May be empty
  ///     where the provider publishes its keys and `keyCache` fetches them.
  ///   - tolerance: how far a timestamp may be from now, either way; nil: as the profile says. No
  ///     effect where the scheme has no time, or only an end (`exp`).
  ///   - parameters: settings that the scheme asks for by name, such as PayPal's `webhook_id`.
  ///   - keyCache: fetches and keeps keys that the provider publishes; nil: the secrets are they.
  ///     With secrets they alone count, and nothing is fetched.
  /// - Throws: when a secret cannot be this provider's key, or the profile does not fit together.
  public init(
    profile: Profile,
    secrets: [Secret],
    tolerance: Duration? = nil,
    parameters: [String: String] = [:],
    keyCache: KeyCache? = nil
  ) throws(VerifierError) {
    let fetchesKeys = profile.keySource != nil && keyCache != nil
    guard !secrets.isEmpty || fetchesKeys else { throw .noSecrets }
    guard secrets.count <= Self.secretsMax else { throw .tooManySecrets(max: Self.secretsMax) }
    if let tolerance, tolerance < .zero { throw .toleranceNegative }
    plan = try VerificationPlan(profile, parameters: parameters)
    toleratedPast = profile.timestampTolerance.map { tolerance ?? $0.past }
    toleratedFuture = profile.timestampTolerance.map { tolerance ?? $0.future }
    self.parameters = parameters
    self.secrets = secrets
    self.keyCache = profile.keySource == nil ? nil : keyCache
    var keys: [VerificationKey] = []
    for (index, secret) in secrets.enumerated() {
      keys.append(try VerificationKey(secret, profile, index: index))
    }
    self.keys = keys
    quick =
      StraightPlan(plan, keys, past: toleratedPast, future: toleratedFuture) ?? NoQuickCheck()
  }
}

extension Profile {
  /// Whether the endpoint's URL, or a part of it that a proxy may change, is under the signature.
  package var signsURL: Bool {
    switch scheme {
    case .signature(let scheme): scheme.message.contains(.url)
    case .httpSignature(let rule):
      rule.components.contains { ["@target-uri", "@authority", "@scheme"].contains($0) }
    case .token, .jsonWebToken: false
    }
  }

  /// Whether the path or the query is under the signature without the rest of the URL.
  package var signsPath: Bool {
    switch scheme {
    case .signature(let scheme):
      scheme.message.contains(.path) || scheme.message.contains(.pathEscapingQuery)
    case .httpSignature(let rule):
      rule.components.contains { ["@path", "@query", "@request-target"].contains($0) }
    case .token, .jsonWebToken: false
    }
  }

  /// Whether the method is under the signature.
  var signsMethod: Bool {
    switch scheme {
    case .signature(let scheme): scheme.message.contains(.method)
    case .httpSignature(let rule): rule.components.contains("@method")
    case .token, .jsonWebToken: false
    }
  }

  /// How far a time may be from now; nil where the scheme has none.
  package var timestampTolerance: (past: Duration, future: Duration)? {
    switch scheme {
    case .signature(let scheme): scheme.timestamp.map { ($0.past, $0.future) }
    case .httpSignature(let rule): (rule.past, rule.future)
    case .jsonWebToken(let rule): rule.ageMax.map { ($0, Verifier.clockLeeway) }
    case .token: nil
    }
  }
}
