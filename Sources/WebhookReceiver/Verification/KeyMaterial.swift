/// The key that a secret stands for under a profile.
enum KeyMaterial: Sendable {
  case symmetric(SecretBytes)
  case publicKey(PublicKey)
  case keySet(JSONWebKeySet)
  /// The seed of an Ed25519 private key.
  case privateKey(SecretBytes)

  /// Decodes a secret; `index` is its place in the caller's list, for the error.
  init(
    _ secret: Secret,
    of profile: Profile,
    index: Int
  ) throws(VerifierError) {
    self = try secret.withBytes { (text) throws(VerifierError) -> KeyMaterial in
      // A header cannot hold it, and where one is printed it would begin another one.
      if case .token = profile.scheme, Self.hasControl(text) {
        throw .secretMalformed(index: index, expected: "one line of text")
      }
      return try Self.read(text, profile.key, index)
    }
  }

  private static func hasControl(_ text: Span<UInt8>) -> Bool {
    for index in text.indices where text[index] < 0x20 || text[index] == 0x7F { return true }
    return false
  }

  private static func read(
    _ text: Span<UInt8>,
    _ rule: Profile.KeyRule,
    _ index: Int
  ) throws(VerifierError) -> KeyMaterial {
    if let prefix = rule.publicKeyPrefix, text.starts(with: prefix) {
      let key = try decoded(text, after: prefix, .base64, index)
      guard let key = PublicKey(ed25519: key.span) else {
        throw .secretMalformed(index: index, expected: "\(prefix) and 32 bytes in base64")
      }
      return .publicKey(key)
    }
    if let prefix = rule.privateKeyPrefix, text.starts(with: prefix) {
      let key = try decoded(text, after: prefix, .base64, index)
      return .privateKey(try seed(key, prefix, index))
    }
    guard rule.kind == .symmetric else { return try publicKey(text, rule, index) }
    let prefix = rule.strip ?? ""
    let isPrefixed = text.starts(with: prefix)
    let bytes = try decoded(text, after: isPrefixed ? prefix : "", rule.encoding, index)
    if let byteCount = rule.byteCount, bytes.count != byteCount {
      throw .secretMalformed(index: index, expected: "\(byteCount) bytes long")
    }
    guard let digest = rule.derivation else { return .symmetric(SecretBytes(bytes)) }
    guard digest.isAvailable else { throw .digestUnavailable(digest.rawValue) }
    return .symmetric(SecretBytes(digest.digest(bytes.span)))
  }

  /// A public key in the form of its rule; PEM says itself what it is, and always counts.
  private static func publicKey(
    _ text: Span<UInt8>,
    _ rule: Profile.KeyRule,
    _ index: Int
  ) throws(VerifierError) -> KeyMaterial {
    let malformed = VerifierError.secretMalformed(index: index, expected: rule.expectedForm)
    let key: PublicKey?
    if text.starts(with: "-----BEGIN") || rule.encoding == .pem {
      key = PublicKey(pem: text)
    } else if rule.encoding == .jwks {
      do throws(JSONWebKeyError) {
        return .keySet(try JSONWebKeySet(text))
      } catch {
        throw .secretMalformed(index: index, expected: "\(rule.expectedForm): \(error)")
      }
    } else {
      let bytes = try decoded(text, after: "", rule.encoding, index)
      key = rule.kind == .ed25519 ? PublicKey(ed25519: bytes.span) : PublicKey(spki: bytes.span)
    }
    guard let key, rule.kind.admits(key.kind) else { throw malformed }
    return .publicKey(key)
  }

  /// A private key is written as its seed, or as the seed and the public key that it makes.
  private static func seed(
    _ key: [UInt8],
    _ prefix: String,
    _ index: Int
  ) throws(VerifierError) -> SecretBytes {
    let error = VerifierError.secretMalformed(
      index: index,
      expected: "\(prefix) and 32 or 64 bytes in base64"
    )
    guard key.count == 32 || key.count == 64 else { throw error }
    let seed = Array(key[..<32])
    if key.count == 64 {
      // The halves of two different keys would sign what nobody can verify.
      guard let pair = Ed25519.PrivateKey(seed: seed.span),
        pair.publicBytes == Array(key[32...])
      else { throw error }
    }
    return SecretBytes(seed)
  }

  private static func decoded(
    _ text: Span<UInt8>,
    after prefix: String,
    _ encoding: Profile.KeyRule.Encoding,
    _ index: Int
  ) throws(VerifierError) -> [UInt8] {
    let rest = text.extracting(droppingFirst: prefix.utf8.count)
    guard !rest.isEmpty else { throw .secretEmpty(index: index) }
    let bytes: [UInt8]?
    switch encoding {
    case .text, .pem, .jwks: return rest.indices.map { rest[$0] }
    // People lose the padding when they copy; the bytes are the same.
    case .base64: bytes = Base64.decode(rest, padding: .optional)
    case .hex: bytes = Hex.decode(rest, lowercaseOnly: false)
    }
    guard let bytes else {
      let form = encoding == .hex ? "hexadecimal digits" : "base64"
      let expected = prefix.isEmpty ? form : "\(prefix) and \(form)"
      throw .secretMalformed(index: index, expected: expected)
    }
    guard !bytes.isEmpty else { throw .secretEmpty(index: index) }
    return bytes
  }
}

extension Profile.KeyRule {
  /// What the operator is to give, in words.
  var expectedForm: String {
    let kind =
      switch kind {
      case .symmetric: "key"
      case .ed25519: "Ed25519 public key"
      case .ecdsaP256: "ECDSA P-256 public key"
      case .rsa: "RSA public key"
      case .public: "public key"
      }
    let form =
      switch encoding {
      case .text: "as text"
      case .base64: "in base64 (DER) or PEM"
      case .hex: "in hexadecimal digits"
      case .pem: "or certificate in PEM"
      case .jwks: "in a JSON Web Key Set, or in PEM"
      }
    return "a \(kind) \(form)"
  }
}

extension Profile.KeyRule.Kind {
  /// Whether a key of this kind is one of the rule's.
  func admits(_ kind: PublicKey.Kind) -> Bool {
    switch self {
    case .symmetric: false
    case .public: true
    case .ed25519: kind == .ed25519
    case .ecdsaP256: kind == .ecdsaP256
    case .rsa: kind == .rsa
    }
  }
}

extension Span where Element == UInt8 {
  /// Whether the bytes begin with those of the text.
  func starts(with prefix: String) -> Bool {
    let wanted = prefix.utf8.span
    guard count >= wanted.count else { return false }
    for index in wanted.indices {
      guard self[index] == wanted[index] else { return false }
    }
    return true
  }
}
