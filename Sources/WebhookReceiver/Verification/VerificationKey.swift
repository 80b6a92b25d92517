/// One secret made ready for its scheme.
enum VerificationKey: Sendable {
  /// An HMAC key under each digest that the scheme's versions have.
  case codes([AuthenticationKey])
  /// A secret that is hashed with the message.
  case hash(SecretBytes)
  /// A value that the request itself must hold.
  case token(SecretBytes)
  case publicKey(PublicKey)
  case keySet(JSONWebKeySet)

  /// Makes a secret ready.
  init(
    _ secret: Secret,
    _ profile: Profile,
    index: Int
  ) throws(VerifierError) {
    switch try KeyMaterial(secret, of: profile, index: index) {
    case .symmetric(let bytes):
      self = try Self.symmetric(bytes, profile)
    case .publicKey(let key): self = .publicKey(key)
    case .keySet(let set): self = .keySet(set)
    case .privateKey:
      // A receiver that holds it could sign: what the key pair is there to prevent.
      throw .wrongKeyHalf(
        index: index,
        expected: "public key, \(profile.key.publicKeyPrefix ?? "")…"
      )
    }
  }

  private static func symmetric(
    _ bytes: SecretBytes,
    _ profile: Profile
  ) throws(VerifierError) -> VerificationKey {
    let digests: [Digest]
    switch profile.scheme {
    case .token: return .token(bytes)
    case .signature(let scheme) where scheme.mac == .hash: return .hash(bytes)
    case .signature(let scheme): digests = scheme.digests
    case .jsonWebToken, .httpSignature: digests = [.sha256]
    }
    var keys: [AuthenticationKey] = []
    for digest in digests {
      guard let key = AuthenticationKey(bytes, digest: digest) else {
        throw .digestUnavailable(digest.rawValue)
      }
      keys.append(key)
    }
    return .codes(keys)
  }
}

extension Profile.SignatureScheme {
  /// The digests that codes of this scheme are made with, each once.
  var digests: [Digest] {
    var digests: [Digest] = []
    for version in signature.versions {
      guard let digest = self.digest(of: version.algorithm), !digests.contains(digest) else {
        continue
      }
      digests.append(digest)
    }
    return digests
  }

  /// The digest of a code; nil for a public key's signature.
  func digest(of algorithm: Profile.SignatureRule.Algorithm) -> Digest? {
    switch algorithm {
    case .code: digest
    case .codeWith(let digest): digest
    case .publicKey: nil
    }
  }
}
