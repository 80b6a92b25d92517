/// Checks the webhooks of one provider against the secrets of one endpoint.
///
/// Make it once and use it from any thread: keys are decoded and set up when it is made.
public struct Verifier: Sendable {
  /// More secrets at once than any rotation has; each costs every forged request a code.
  public static let secretsMax = 16

  /// The scheme that it goes by.
  public let profile: Profile
  /// How old a delivery may be; nil where the provider signs no time.
  public let toleratedPast: Duration?
  /// How far ahead the sender's clock may be; nil where the provider signs no time.
  public let toleratedFuture: Duration?

  private enum Key: Sendable {
    case symmetric(AuthenticationKey)
    case ed25519(Ed25519.PublicKey)
  }

  private let keys: [Key]

  /// Makes a verifier.
  ///
  /// - Parameters:
  ///   - profile: the provider's scheme.
  ///   - secrets: every secret that a sender may still use; any of them is enough.
  ///   - tolerance: how far a timestamp may be from now, either way; nil: as the profile says.
  /// - Throws: when a secret cannot be a key of this provider.
  public init(
    profile: Profile,
    secrets: [Secret],
    tolerance: Duration? = nil
  ) throws(VerifierError) {
    guard !secrets.isEmpty else { throw .noSecrets }
    guard secrets.count <= Self.secretsMax else { throw .tooManySecrets(max: Self.secretsMax) }
    if let tolerance, tolerance < .zero { throw .toleranceNegative }
    self.profile = profile
    toleratedPast = profile.timestamp.map { tolerance ?? $0.past }
    toleratedFuture = profile.timestamp.map { tolerance ?? $0.future }
    var keys: [Key] = []
    for (index, secret) in secrets.enumerated() {
      keys.append(try Self.key(secret, profile, index))
    }
    self.keys = keys
  }

  private static func key(
    _ secret: Secret,
    _ profile: Profile,
    _ index: Int
  ) throws(VerifierError) -> Key {
    switch try KeyMaterial(secret, rule: profile.key, index: index) {
    case .symmetric(let bytes):
      guard let key = AuthenticationKey(bytes, digest: profile.digest) else {
        throw .digestUnavailable(profile.digest.rawValue)
      }
      return .symmetric(key)
    case .publicKey(let bytes):
      guard let key = Ed25519.PublicKey(bytes.span) else {
        throw .secretMalformed(index: index, expected: "an Ed25519 public key")
      }
      return .ed25519(key)
    case .privateKey:
      // A receiver that holds it could sign: what the key pair is there to prevent.
      throw .wrongKeyHalf(
        index: index,
        expected: "public key, \(profile.key.publicKeyPrefix ?? "")…"
      )
    }
  }

  /// The first secret under which one of the signatures is that of the content.
  ///
  /// A code is computed once a secret, however many signatures there are.
  func secretIndex(
    of signatures: [SignatureList.Signature],
    over content: SignedContent,
    in request: WebhookRequest
  ) throws(VerificationError) -> Int? {
    var joined: [UInt8]?
    for (index, key) in keys.enumerated() {
      switch key {
      case .symmetric(let key):
        guard signatures.contains(where: { $0.algorithm == .hmac }) else { continue }
        let code = content.code(under: key, headers: request.headers, body: request.body)
        guard let code else { throw .keyUnusable("libcrypto could not compute a code") }
        for signature in signatures where signature.algorithm == .hmac {
          if ConstantTime.isEqual(signature.bytes.span, code.span) { return index }
        }
      case .ed25519(let key):
        for signature in signatures where signature.algorithm == .ed25519 {
          let message = joined ?? content.joined(headers: request.headers, body: request.body)
          joined = message
          if key.verifies(signature.bytes.span, of: message.span) { return index }
        }
      }
    }
    return nil
  }
}
