/// Shared values, web tokens, and HTTP Message Signatures with a shared secret.
extension Signer {
  func sign(_ draft: inout SigningDraft, _ rule: Profile.TokenRule) throws(SigningError) {
    guard secrets.count == 1 else { throw .oneSignatureOnly(profile: profile.id) }
    guard case .symmetric(let bytes) = try material(0) else {
      throw .privateKeyNeeded(profile: profile.id)
    }
    var token = bytes.withBytes { span in span.indices.map { span[$0] } }
    if rule.isBasic { token = Array("Basic \(Base64.encode(token))".utf8) }
    let text = rule.prefix + String(decoding: token, as: UTF8.self)
    guard let place = rule.places.first else { throw .bodyUnfit("the profile names no place") }
    guard case .jsonEach(let pattern) = place else {
      try draft.put(text, at: place)
      return
    }
    let items = profile.items?.pattern ?? pattern
    let count = ItemPlan.hits(of: try Self.pattern(items), in: draft.request.body)?.count
    guard let count, count > 0 else { throw .bodyUnfit("the body has none of the items \(items)") }
    for index in 0..<count {
      try draft.put(.string(text), in: try Self.path(of: pattern, index))
    }
  }

  private static func pattern(_ text: String) throws(SigningError) -> JSONPattern {
    do throws(VerifierError) {
      return try SearchList.pattern(text)
    } catch {
      throw .keyUnusable(error)
    }
  }

  /// As long as the tokens of most providers: a delivery takes seconds.
  private static let tokenLifetimeSeconds: Int64 = 300

  func sign(
    _ draft: inout SigningDraft,
    _ rule: Profile.JSONWebTokenRule,
    _ event: Event
  ) throws(SigningError) {
    guard secrets.count == 1 else { throw .oneSignatureOnly(profile: profile.id) }
    _ = try plan()
    guard rule.algorithms.contains("HS256"), case .symmetric(let bytes) = try material(0),
      let key = AuthenticationKey(bytes, digest: .sha256), let place = rule.places.first
    else { throw .privateKeyNeeded(profile: profile.id) }
    var claims = JSONWriter()
    claims.beginObject()
    claims.key("iat")
    claims.int(event.timestamp.seconds)
    claims.key("exp")
    claims.int(event.timestamp.seconds + Self.tokenLifetimeSeconds)
    if let issuer = rule.issuers.first { claims.member("iss", issuer) }
    for claim in rule.fixedClaims { claims.member(claim.name, claim.value) }
    for claim in rule.claimsFromSettings {
      if let value = parameters[claim.value] { claims.member(claim.name, value) }
    }
    if let name = rule.bodySHA256Claim {
      claims.member(name, Hex.encode(SHA256.digest(draft.request.body)))
    }
    claims.endObject()
    let header = Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)
    let message = [header, claims.bytes]
      .map { Base64.encode($0, alphabet: .url, padding: .none) }.joined(separator: ".")
    guard let code = key.code(of: message.utf8.span) else {
      throw .keyUnusable(.digestUnavailable("sha256"))
    }
    let token = message + "." + Base64.encode(code, alphabet: .url, padding: .none)
    try draft.put(rule.prefix + token, at: place)
  }
}

extension Signer {
  func sign(
    _ draft: inout SigningDraft,
    _ rule: Profile.HTTPSignatureRule,
    _ event: Event
  ) throws(SigningError) {
    guard secrets.count == 1 else { throw .oneSignatureOnly(profile: profile.id) }
    guard rule.algorithms.contains(HTTPSignatureAlgorithm.hmacSHA256.rawValue),
      case .symmetric(let bytes) = try material(0),
      let key = AuthenticationKey(bytes, digest: .sha256)
    else { throw .privateKeyNeeded(profile: profile.id) }
    guard case .httpSignature(let plan) = try plan().method else { return }
    let components = plan.policy.requiredComponents
    if rule.components.contains("content-digest") {
      try draft.put(
        ContentDigest.value(of: draft.request.bodyBytes),
        at: .header("Content-Digest")
      )
    }
    let request = draft.request
    let (base, input) = try Self.reporting { () throws(VerificationError) in
      try HTTPSignatureBase.base(
        for: request,
        components: components,
        parameters: HTTPSignatureParameters(
          created: event.timestamp,
          algorithm: HTTPSignatureAlgorithm.hmacSHA256.rawValue,
          tag: rule.tag
        )
      )
    }
    guard let code = key.code(of: base.span) else {
      throw .keyUnusable(.digestUnavailable(Digest.sha256.rawValue))
    }
    let label = rule.label ?? "sig1"
    guard let headers = HTTPSignatureBase.headers(label: label, input: input, signature: code)
    else { throw .keyUnusable(.profileInvalid("\"\(label)\" is no label of a signature")) }
    for (name, value) in headers { try draft.put(value, at: .header(name)) }
  }
}
