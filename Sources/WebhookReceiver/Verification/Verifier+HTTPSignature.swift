/// HTTP Message Signatures (RFC 9421), with the digest of the body (RFC 9530).
extension Verifier {
  /// More signatures than senders and their proxies put on; each costs a check per key.
  static let httpSignaturesMax = 4

  func checkHTTPSignature(
    _ rule: HTTPSignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    try checkHeaderFacts(request, reader)
    let signatures = try HTTPSignature.all(
      in: request,
      max: Self.httpSignaturesMax,
      label: rule.policy.label
    )
    var policy = rule.policy
    policy.past = toleratedPast ?? policy.past
    policy.future = toleratedFuture ?? policy.future
    let keys = try keys(for: request, &reader)
    var refusal: VerificationError?
    for signature in signatures {
      do throws(VerificationError) {
        let algorithms = try policy.check(signature, at: now)
        let index = keys.firstIndex { key in
          algorithms.contains { key.verifies(signature, by: $0) }
        }
        guard let index else { throw .signatureMismatch }
        // The signature is of the digest; that it is the body's is for the receiver to see.
        if signature.components.contains(where: { $0.name == "content-digest" }) {
          try ContentDigest.check(request)
        }
        return Proof(timestamp: signature.created, secretIndex: index)
      } catch {
        // Of several, one that a proxy put on may be for somebody else.
        refusal = refusal ?? error
      }
    }
    if refusal == .signatureMismatch { try refreshKeySet(for: request, &reader) }
    throw refusal ?? .signatureMismatch
  }
}

extension VerificationKey {
  fileprivate func verifies(_ signature: HTTPSignature, by algorithm: HTTPSignatureAlgorithm)
    -> Bool
  {
    switch self {
    case .codes(let keys):
      guard algorithm == .hmacSHA256, let key = keys.first,
        let code = key.code(of: signature.base.span)
      else { return false }
      return ConstantTime.isEqual(code.span, signature.signature.span)
    case .publicKey(let key):
      return algorithm.publicKeyAlgorithm.map {
        key.verifies(signature.signature.span, of: signature.base.span, by: $0)
      } ?? false
    case .keySet(let set):
      guard let algorithm = algorithm.publicKeyAlgorithm else { return false }
      let named = signature.keyID.flatMap { set.key(named: $0) }
      // A name that the set does not know may be another one for a key in it.
      return (named.map { [$0] } ?? set.candidates).contains {
        $0.verifies(signature.signature.span, of: signature.base.span, by: algorithm)
      }
    case .hash, .token: return false
    }
  }
}

extension HTTPSignatureAlgorithm {
  /// Nil for a shared secret's, and for a curve that no provider uses.
  var publicKeyAlgorithm: SignatureAlgorithm? {
    switch self {
    case .rsaPSSSHA512: .rsaPSSSHA512
    case .rsaSHA256: .rsaPKCS1SHA256
    case .ecdsaP256SHA256: .ecdsaP256SHA256Raw
    case .ed25519: .ed25519
    case .hmacSHA256, .ecdsaP384SHA384: nil
    }
  }
}

/// An HTTP signature rule made ready: names read once, and what cannot be checked here refused.
struct HTTPSignaturePlan: Sendable {
  let policy: HTTPSignaturePolicy

  init(_ rule: Profile.HTTPSignatureRule) throws(VerifierError) {
    var components: [HTTPSignatureComponent] = []
    for text in rule.components {
      guard let component = HTTPSignatureComponent(parsing: text) else {
        throw .profileInvalid("\"\(text)\" is no component of an HTTP signature")
      }
      components.append(component)
    }
    var algorithms: [HTTPSignatureAlgorithm] = []
    for name in rule.algorithms {
      guard let algorithm = HTTPSignatureAlgorithm(rawValue: name), algorithm != .ecdsaP384SHA384
      else { throw .profileInvalid("\"\(name)\" is no algorithm of HTTP signatures known here") }
      algorithms.append(algorithm)
    }
    // Both kinds under one key would let anybody sign with the public one as a secret.
    let areShared = algorithms.contains(.hmacSHA256)
    guard !algorithms.isEmpty, !areShared || algorithms.count == 1 else {
      throw .profileInvalid("its algorithms are none, or of shared and of public keys at once")
    }
    policy = HTTPSignaturePolicy(
      requiredComponents: components,
      label: rule.label,
      tag: rule.tag,
      algorithms: algorithms,
      past: rule.past,
      future: rule.future
    )
  }
}
