/// A request whose signature is right: who has one need not ask again.
///
/// Only `Verifier.verify` can make one, which is why the two are in one file.
public struct VerifiedWebhook: Sendable {
  /// The profile that it was verified under.
  public let profile: String
  /// The provider's id of the event; nil where it sends none.
  ///
  /// Where the identity is `unboundID` the signature does not cover it.
  public let eventID: String?
  /// What kind of event it is; nil where the provider does not say.
  public let eventType: String?
  /// When the provider signed it; nil where it signs no time.
  public let timestamp: Timestamp?
  /// The body, byte for byte as it was signed.
  public let body: [UInt8]
  /// The header fields, of which the signature covers few or none.
  public let headers: HeaderFields
  /// Which of the verifier's secrets it was signed with: tells when a rotation is over.
  public let secretIndex: Int
  /// What makes another delivery the same event.
  public let identity: Profile.Identity

  fileprivate init(
    request: WebhookRequest,
    profile: Profile,
    facts: EventFacts,
    timestamp: Timestamp?,
    secretIndex: Int
  ) {
    self.profile = profile.id
    self.timestamp = timestamp
    self.secretIndex = secretIndex
    eventID = facts.id
    eventType = facts.type
    body = request.body
    headers = request.headers
    identity = profile.identity
  }

  /// The SHA-256 of the signed bytes of the body, computed anew at every call.
  package var signedBytesDigest: [UInt8] { SHA256.digest(body) }
}

extension Verifier {
  /// Checks a request; whatever it returns was signed with one of the secrets.
  ///
  /// The checks come in the order of their cost: that the headers are there, the timestamp, the
  /// signatures, and only then what the body says.
  ///
  /// - Parameters:
  ///   - request: the request as received; its body must not have been parsed and printed again.
  ///   - now: the time by the receiver's clock.
  /// - Returns: the proof, with what the provider says about the event.
  /// - Throws: the first check that failed.
  public func verify(
    _ request: WebhookRequest,
    at now: Timestamp = .now
  ) throws(VerificationError) -> VerifiedWebhook {
    let headers = request.headers
    let (name, range) = try headers.required(oneOf: profile.signature.headers)
    let list = SignatureList(profile, in: headers.storage, range)
    let time = try TimestampField(profile.timestamp, headers, list, signatureHeader: name)
    let content = try SignedContent(
      profile.message,
      headers: headers,
      timestamp: time.map { .header($0.range) }
    )
    let headerFacts = try EventFacts(profile, headers: headers)
    let timestamp = try check(time, at: now)
    guard !list.isMalformed else { throw .malformedHeader(name: name) }
    let secretIndex = try secretIndex(of: list.signatures, over: content, in: request)
    guard let secretIndex else { throw .signatureMismatch }
    return VerifiedWebhook(
      request: request,
      profile: profile,
      facts: headerFacts.completed(by: profile, body: request.body),
      timestamp: timestamp,
      secretIndex: secretIndex
    )
  }

  private func check(
    _ field: TimestampField?,
    at now: Timestamp
  ) throws(VerificationError) -> Timestamp? {
    guard let field else { return nil }
    let timestamp = try field.value()
    let age = timestamp.distance(to: now)
    if let toleratedPast, age > toleratedPast {
      throw .timestampTooOld(by: age - toleratedPast)
    }
    if let toleratedFuture, .zero - age > toleratedFuture {
      throw .timestampInFuture(by: .zero - age - toleratedFuture)
    }
    return timestamp
  }
}
