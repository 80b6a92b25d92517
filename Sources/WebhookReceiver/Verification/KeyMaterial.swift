/// The key that a secret stands for under a profile.
enum KeyMaterial: Sendable {
  case symmetric(SecretBytes)
  case publicKey([UInt8])
  /// The seed of an Ed25519 private key.
  case privateKey(SecretBytes)

  /// Decodes a secret; `index` is its place in the caller's list, for the error.
  init(
    _ secret: Secret,
    rule: Profile.KeyRule,
    index: Int
  ) throws(VerifierError) {
    self = try secret.withBytes { (text) throws(VerifierError) -> KeyMaterial in
      try Self.read(text, rule, index)
    }
  }

  private static func read(
    _ text: Span<UInt8>,
    _ rule: Profile.KeyRule,
    _ index: Int
  ) throws(VerifierError) -> KeyMaterial {
    if let prefix = rule.publicKeyPrefix, starts(text, with: prefix) {
      let key = try decoded(text, after: prefix, .base64, index)
      guard key.count == Ed25519.keyByteCount else {
        throw .secretMalformed(index: index, expected: "\(prefix) and 32 bytes in base64")
      }
      return .publicKey(key)
    }
    if let prefix = rule.privateKeyPrefix, starts(text, with: prefix) {
      let key = try decoded(text, after: prefix, .base64, index)
      return .privateKey(try seed(key, prefix, index))
    }
    let prefix = rule.prefix ?? ""
    let isPrefixed = starts(text, with: prefix)
    return .symmetric(
      SecretBytes(try decoded(text, after: isPrefixed ? prefix : "", rule.encoding, index))
    )
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
    case .text: return rest.indices.map { rest[$0] }
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

  private static func starts(_ text: Span<UInt8>, with prefix: String) -> Bool {
    let wanted = prefix.utf8.span
    guard text.count >= wanted.count else { return false }
    for index in wanted.indices {
      guard text[index] == wanted[index] else { return false }
    }
    return true
  }
}
