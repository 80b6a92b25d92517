/// Looks for the key under which one of a request's signatures is that of its content.
struct SignatureMatch {
  private let elements: SignatureElements
  private let keys: [VerificationKey]
  private let plan: SignaturePlan
  /// Whether any element was in the form of a signature.
  private(set) var hasReadSome = false
  /// Whether the list holds versions that the scheme does not know, or that no key is for.
  private(set) var hasOtherVersions: Bool

  init(
    _ elements: SignatureElements,
    keys: [VerificationKey],
    _ plan: SignaturePlan
  ) {
    self.elements = elements
    self.keys = keys
    self.plan = plan
    hasOtherVersions = elements.hasOtherVersions
  }

  /// The index of the key; a code is computed once a key, however many signatures there are.
  mutating func secretIndex(
    over content: SignedContent
  ) throws(VerificationError) -> Int? {
    var joined: [UInt8]?
    for index in keys.indices {
      switch keys[index] {
      case .codes(let keys):
        for key in keys where try isCode(of: content, under: key) { return index }
      case .hash(let secret):
        let digest = secret.withBytes { secret in
          plan.scheme.digest.digest(content.joined(secret: secret).span)
        }
        if contains(AuthenticationCode(digest), plan.scheme.digest) { return index }
      case .publicKey(let key):
        let message = joined ?? content.joined()
        joined = message
        if isSignature(of: message, by: [key]) { return index }
      case .keySet(let set):
        let message = joined ?? content.joined()
        joined = message
        if isSignature(of: message, by: set.candidates) { return index }
      case .token: continue
      }
    }
    return nil
  }

  private mutating func isCode(
    of content: SignedContent,
    under key: AuthenticationKey
  ) throws(VerificationError) -> Bool {
    var code = AuthenticationCode(count: key.digest.byteCount)
    guard content.authenticate(under: key, into: &code) else {
      throw .keyUnusable("libcrypto could not compute a code")
    }
    return contains(code, key.digest)
  }

  /// Whether one of the elements that are made with this digest is the code.
  private mutating func contains(_ code: AuthenticationCode, _ digest: Digest) -> Bool {
    var (hasRead, hasOthers) = (false, false)
    let isFound = elements.contains { source, range, algorithm in
      guard plan.scheme.digest(of: algorithm) == digest else {
        hasOthers = true
        return false
      }
      var received = AuthenticationCode(count: code.count)
      let text = source.storage.span.extracting(range)
      let isRead = SignatureText.decode(text, plan.scheme.signature.encoding, into: &received)
      guard isRead else { return false }
      hasRead = true
      return ConstantTime.isEqual(received.span, code.span)
    }
    if hasRead { hasReadSome = true }
    if hasOthers { hasOtherVersions = true }
    return isFound
  }

  private mutating func isSignature(of message: [UInt8], by keys: [PublicKey]) -> Bool {
    var (hasRead, hasOthers) = (false, false)
    let isFound = elements.contains { source, range, algorithm in
      guard case .publicKey(let algorithm) = algorithm else {
        hasOthers = true
        return false
      }
      let text = source.storage.span.extracting(range)
      guard let signature = SignatureText.decode(text, plan.scheme.signature.encoding) else {
        return false
      }
      hasRead = true
      return keys.contains { $0.verifies(signature.span, of: message.span, by: algorithm) }
    }
    if hasRead { hasReadSome = true }
    if hasOthers { hasOtherVersions = true }
    return isFound
  }
}
