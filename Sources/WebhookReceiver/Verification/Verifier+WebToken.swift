/// JSON Web Tokens in the request.
extension Verifier {
  func checkWebToken(
    _ rule: Profile.JSONWebTokenRule,
    _ places: [PlaceReader],
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    try checkHeaderFacts(request, reader)
    let (text, place) = try reader.required(oneOf: places, named: rule.places, in: request)
    let name = RequestReader.name(rule.places[place])
    var bytes = Array(text.slice(of: request))
    if !rule.prefix.isEmpty { bytes = try Self.dropping(rule.prefix, from: bytes, name) }
    guard let token = JSONWebToken(bytes[...]) else { throw .malformedHeader(name: name) }
    // What may be used is the receiver's choice: a token that names another way is refused.
    guard rule.algorithms.contains(token.algorithm.rawValue) else {
      throw .requirementNotMet("the token's algorithm is not one of the provider's")
    }
    guard let (claims, index) = try claims(of: token, request, &reader) else {
      throw .signatureMismatch
    }
    let timestamp = try checkTimes(claims, rule, at: now)
    try checkClaims(claims, rule)
    if let claim = rule.bodySHA256Claim {
      let digest = Hex.encode(SHA256.digest(request.body))
      guard claims.text(claim)?.lowercased() == digest else { throw .bodyDigestMismatch }
    }
    return Proof(timestamp: timestamp, secretIndex: index)
  }

  private func claims(
    of token: JSONWebToken,
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> (JSONWebToken.Claims, Int)? {
    for (index, key) in try keys(for: request, &reader).enumerated() {
      switch key {
      case .codes(let keys):
        if let claims = keys.first.flatMap({ token.claims(verifiedBy: $0) }) {
          return (claims, index)
        }
      case .publicKey(let key):
        if let claims = token.claims(verifiedBy: key) { return (claims, index) }
      case .keySet(let set):
        // A name that is not known may be a new key: the set is fetched anew, not too often; until
        // it has been, nothing says that the token is forged.
        if set.key(named: token.keyID) == nil { _ = try keys(for: request, &reader, need: .named) }
        if let claims = set.key(named: token.keyID).flatMap({ token.claims(verifiedBy: $0) }) {
          return (claims, index)
        }
      case .hash, .token: continue
      }
    }
    return nil
  }

  /// `exp`, `nbf` and `iat`, with `clockLeeway` between the clocks.
  private func checkTimes(
    _ claims: JSONWebToken.Claims,
    _ rule: Profile.JSONWebTokenRule,
    at now: Timestamp
  ) throws(VerificationError) -> Timestamp? {
    let leeway = Self.clockLeeway
    if let end = try claims.time("exp") {
      if end + leeway < now { throw .timestampTooOld(by: end.distance(to: now) - leeway) }
    } else if rule.ageMax == nil {
      throw .requirementNotMet("the token has no claim exp, and would count for ever")
    }
    if let start = try claims.time("nbf"), start - leeway > now {
      throw .timestampInFuture(by: now.distance(to: start) - leeway)
    }
    let issued = try claims.time("iat")
    guard let issued else {
      guard rule.ageMax == nil else { throw .requirementNotMet("the token has no claim iat") }
      return nil
    }
    if rule.ageMax != nil {
      try check(issued, at: now)
    } else if issued - leeway > now {
      throw .timestampInFuture(by: now.distance(to: issued) - leeway)
    }
    return issued
  }

  private func checkClaims(
    _ claims: JSONWebToken.Claims,
    _ rule: Profile.JSONWebTokenRule
  ) throws(VerificationError) {
    if !rule.issuers.isEmpty {
      guard let issuer = claims.text("iss"), rule.issuers.contains(issuer) else {
        throw .requirementNotMet("the token's issuer is not the provider")
      }
    }
    for claim in rule.claimsFromSettings {
      guard let wanted = parameters[claim.value] else { continue }
      guard claims.holds(wanted, in: claim.name) else {
        throw .requirementNotMet("the token's claim \(claim.name) is not the \(claim.value)")
      }
    }
    for claim in rule.fixedClaims where claims.text(claim.name) != claim.value {
      throw .requirementNotMet("the token's claim \(claim.name) is not \(claim.value)")
    }
  }
}
