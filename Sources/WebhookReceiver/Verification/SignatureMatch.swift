/// Looks for the key under which one of a request's signatures is that of its content.
struct SignatureMatch {
  /// Whether any element was in the form of a signature.
  private(set) var hasReadSome = false
  /// Whether there was one of a version that no key is for.
  private(set) var hasOtherVersions = false

  /// The index of the key; a code is computed once a key, however many signatures there are.
  mutating func secretIndex(
    over content: borrowing SignedContent,
    _ elements: borrowing SignatureElements,
    _ plan: SignaturePlan,
    _ keys: borrowing [VerificationKey]
  ) throws(VerificationError) -> Int? {
    var joined: [UInt8]?
    for index in keys.indices {
      switch keys[index] {
      case .codes(let keys):
        for key in keys.indices
        where try isCode(of: content, under: keys[key], elements, plan) { return index }
      case .hash(let secret):
        let code = secret.withBytes { secret in
          plan.digest.digest(content.joined(plan.message, secret: secret).span)
        }
        if contains(AuthenticationCode(code), plan.digest, elements, plan) { return index }
      case .publicKey(let key):
        let message = joined ?? content.joined(plan.message)
        joined = message
        if isSignature(of: message, by: [key], elements, plan) { return index }
      case .keySet(let set):
        let message = joined ?? content.joined(plan.message)
        joined = message
        if isSignature(of: message, by: set.candidates, elements, plan) { return index }
      case .token: continue
      }
    }
    return nil
  }

  private mutating func isCode(
    of content: borrowing SignedContent,
    under key: AuthenticationKey,
    _ elements: borrowing SignatureElements,
    _ plan: SignaturePlan
  ) throws(VerificationError) -> Bool {
    var code = AuthenticationCode(count: key.digest.byteCount)
    guard content.authenticate(plan.message, under: key, into: &code) else {
      throw .keyUnusable("libcrypto could not compute a code")
    }
    return contains(code, key.digest, elements, plan)
  }

  /// Whether one of the elements that are made with this digest is the code.
  private mutating func contains(
    _ code: AuthenticationCode,
    _ digest: Digest,
    _ elements: borrowing SignatureElements,
    _ plan: SignaturePlan
  ) -> Bool {
    var (hasRead, hasOthers) = (false, false)
    let isFound = elements.contains(plan) { text, version in
      guard plan.versions[version].digest == digest else {
        hasOthers = true
        return false
      }
      var received = AuthenticationCode(count: code.count)
      let isRead = SignatureText.decode(text, plan.encoding, into: &received)
      guard isRead else { return false }
      hasRead = true
      return ConstantTime.isEqual(received.span, code.span)
    }
    if hasRead { hasReadSome = true }
    if hasOthers { hasOtherVersions = true }
    return isFound
  }

  private mutating func isSignature(
    of message: [UInt8],
    by keys: [PublicKey],
    _ elements: borrowing SignatureElements,
    _ plan: SignaturePlan
  ) -> Bool {
    var (hasRead, hasOthers) = (false, false)
    let isFound = elements.contains(plan) { text, version in
      guard let algorithm = plan.versions[version].publicKey else {
        hasOthers = true
        return false
      }
      guard let signature = SignatureText.decode(text, plan.encoding) else {
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
