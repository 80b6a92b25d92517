/// An algorithm of the registry of RFC 9421, section 6.2.2.
package enum HTTPSignatureAlgorithm: String, CaseIterable, Sendable {
  case rsaPSSSHA512 = "rsa-pss-sha512"
  case rsaSHA256 = "rsa-v1_5-sha256"
  case hmacSHA256 = "hmac-sha256"
  case ecdsaP256SHA256 = "ecdsa-p256-sha256"
  case ecdsaP384SHA384 = "ecdsa-p384-sha384"
  case ed25519 = "ed25519"
}

/// What a signature has to be before its bytes are verified.
package struct HTTPSignaturePolicy: Sendable {
  /// What has to be covered; a signature of nothing at all is refused in any case.
  package var requiredComponents: [HTTPSignatureComponent]
  /// The label, where the sender always uses the same.
  package var label: String?
  /// The tag, where the sender marks the purpose of its signatures.
  package var tag: String?
  /// What the configured key may be used for.
  ///
  /// The request can choose among these, never beyond them: a public key that is used as an HMAC
  /// key would be everybody's key.
  package var algorithms: [HTTPSignatureAlgorithm]
  /// How old a signature may be.
  package var past: Duration
  /// How far ahead the sender's clock may be.
  package var future: Duration

  package init(
    requiredComponents: [HTTPSignatureComponent],
    label: String? = nil,
    tag: String? = nil,
    algorithms: [HTTPSignatureAlgorithm],
    past: Duration,
    future: Duration
  ) {
    self.requiredComponents = requiredComponents
    self.label = label
    self.tag = tag
    self.algorithms = algorithms
    self.past = past
    self.future = future
  }

  /// Checks all but the signature's bytes, and returns the algorithms to verify them with: the one
  /// that the signature names, or all that are allowed.
  package func check(
    _ signature: HTTPSignature,
    at now: Timestamp
  ) throws(VerificationError) -> [HTTPSignatureAlgorithm] {
    if let label, signature.label != label {
      throw .requirementNotMet("the signature does not have the label \(label)")
    }
    if let tag, signature.tag != tag {
      throw .requirementNotMet("the signature does not have the tag \(tag)")
    }
    try checkComponents(signature.components)
    try checkTime(signature, at: now)
    return try algorithms(of: signature)
  }

  private func checkComponents(
    _ components: [HTTPSignatureComponent]
  ) throws(VerificationError) {
    guard !components.isEmpty else {
      throw .requirementNotMet("the signature covers no part of the request")
    }
    for required in requiredComponents where !components.contains(where: { $0.covers(required) }) {
      throw .requirementNotMet("the signature does not cover \(required)")
    }
  }

  private func checkTime(
    _ signature: HTTPSignature,
    at now: Timestamp
  ) throws(VerificationError) {
    guard let created = signature.created else {
      throw .requirementNotMet("the signature does not say when it was created")
    }
    try Verifier.check(created, past: past, future: future, at: now)
    guard let expires = signature.expires else { return }
    guard expires >= created else { throw .malformedHeader(name: "Signature-Input") }
    if now > expires { throw .timestampTooOld(by: now - expires) }
  }

  private func algorithms(
    of signature: HTTPSignature
  ) throws(VerificationError) -> [HTTPSignatureAlgorithm] {
    guard let name = signature.algorithm else { return algorithms }
    guard let algorithm = HTTPSignatureAlgorithm(rawValue: name), algorithms.contains(algorithm)
    else {
      throw .requirementNotMet("the signature names an algorithm that is not allowed here")
    }
    return [algorithm]
  }
}
