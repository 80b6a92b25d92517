extension Verifier {
  /// Checks a request; whatever it returns was sent by somebody who has one of the secrets.
  ///
  /// The checks come in the order of their cost: that the headers are there, the timestamp, the
  /// signatures. It never waits: a published key that is not at hand is fetched in the background,
  /// and the request refused with `keyUnusable`, to be answered 503.
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
    let proof = try check(request, at: now)
    return VerifiedWebhook(request: request, plan: plan, proof: proof)
  }

  /// As `verify`, by the engine alone: what tests compare the quick check with.
  package func verifyByEngine(
    _ request: WebhookRequest,
    at now: Timestamp
  ) throws(VerificationError) -> VerifiedWebhook {
    let proof = try checkByEngine(request, at: now)
    return VerifiedWebhook(request: request, plan: plan, proof: proof)
  }

  /// Whether most of what the provider sends is checked without the engine.
  package var hasQuickCheck: Bool { quick.isThere }

  /// Whether this request is.
  package func needsNoEngine(_ request: WebhookRequest, at now: Timestamp) -> Bool {
    quick.answer(to: request, at: now).verdict != .undecided
  }

  /// What a check finds out.
  struct Proof {
    var timestamp: Timestamp?
    var secretIndex: Int
  }

  func check(_ request: WebhookRequest, at now: Timestamp) throws(VerificationError) -> Proof {
    let answer = quick.answer(to: request, at: now)
    switch answer.verdict {
    case .verified: return Proof(timestamp: answer.time, secretIndex: answer.index)
    case .mismatch: throw .signatureMismatch
    case .malformed: throw .malformedHeader(name: quick.signatureName(of: request))
    case .undecided: return try checkByEngine(request, at: now)
    }
  }

  private func checkByEngine(
    _ request: WebhookRequest,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    var reader = RequestReader(request, plan.checks)
    if plan.hasRequirements { try checkRequirements(of: request, &reader) }
    switch plan.method {
    case .signature(let method): return try checkSignature(method, request, &reader, at: now)
    case .token(let rule, let places): return try checkToken(rule, places, request, &reader)
    case .jsonWebToken(let rule, let places):
      return try checkWebToken(rule, places, request, &reader, at: now)
    case .httpSignature(let rule): return try checkHTTPSignature(rule, request, &reader, at: now)
    }
  }

  private func checkRequirements(
    of request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) {
    for (place, name, values) in plan.requirements {
      guard let text = try reader.text(at: place, of: request) else {
        throw .missingHeader(name: name)
      }
      let value = text.slice(of: request)
      guard values.contains(where: { value.elementsEqual($0.utf8) }) else {
        throw .requirementNotMet("\(name) is not \(values.joined(separator: " or "))")
      }
    }
  }

  func check(_ timestamp: Timestamp, at now: Timestamp) throws(VerificationError) {
    try Self.check(timestamp, past: toleratedPast, future: toleratedFuture, at: now)
  }

  /// Refuses a time that is further from now than is tolerated; nil: any time is.
  static func check(
    _ timestamp: Timestamp,
    past: Duration?,
    future: Duration?,
    at now: Timestamp
  ) throws(VerificationError) {
    let age = timestamp.distance(to: now)
    if let past, age > past { throw .timestampTooOld(by: age - past) }
    if let future, .zero - age > future { throw .timestampInFuture(by: .zero - age - future) }
  }
}
