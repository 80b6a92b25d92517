/// The part of a profile that says how a delivery proves who sent it.
extension Profile {
  static func scheme(_ object: inout ProfileObject) throws(ProfileError) -> Scheme {
    let kinds = ["signature", "token", "web_token", "http_signature"]
    var found: [(kind: String, rule: ProfileObject)] = []
    for kind in kinds {
      if let rule = try object.object(kind) { found.append((kind, rule)) }
    }
    guard found.count == 1, let (kind, only) = found.first else {
      throw ProfileError(
        object.path,
        "write exactly one of \(kinds.joined(separator: ", ")): how a delivery proves who sent it"
      )
    }
    var rule = only
    switch kind {
    case "token": return .token(try tokenRule(&rule))
    case "web_token": return .jsonWebToken(try webTokenRule(&rule))
    case "http_signature": return .httpSignature(try httpSignatureRule(&rule))
    default: return .signature(try signatureScheme(&object, &rule))
    }
  }

  private static func signatureScheme(
    _ object: inout ProfileObject,
    _ rule: inout ProfileObject
  ) throws(ProfileError) -> SignatureScheme {
    var scheme = SignatureScheme(
      try object.word("digest", as: Digest.self) ?? .sha256,
      signature: try signatureRule(&rule),
      timestamp: try timestampRule(&object),
      message: try message(&object)
    )
    scheme.mac = try object.word("mac", as: SignatureScheme.MAC.self) ?? .hmac
    scheme.urlVariants = try words(&object, "url_variants") ?? [.asIs]
    scheme.urlDecoding = try object.texts("url_decoding")
    scheme.bodyVariants = try words(&object, "body_variants") ?? [.raw]
    if var digest = try object.object("body_digest") {
      guard let place = try digest.place("in") else { throw digest.mistake("in", "write a place") }
      scheme.bodyDigest = BodyDigestRule(
        in: place,
        try digest.word("digest", as: Digest.self) ?? .sha256,
        try digest.word("encoding", as: SignatureRule.Encoding.self) ?? .hex
      )
      try digest.finish()
    }
    scheme.leavesBodyUnsigned = try object.flag("unsigned_body")
    return scheme
  }

  private static func words<Word: RawRepresentable & CaseIterable>(
    _ object: inout ProfileObject,
    _ key: String
  ) throws(ProfileError) -> [Word]? where Word.RawValue == String {
    let texts = try object.texts(key)
    guard !texts.isEmpty else { return nil }
    var words: [Word] = []
    for (index, text) in texts.enumerated() {
      guard let word = Word(rawValue: text) else {
        let all = Word.allCases.map(\.rawValue).joined(separator: ", ")
        throw object.mistake("\(key)/\(index)", "write one of \(all)")
      }
      words.append(word)
    }
    return words
  }

  private static func signatureRule(
    _ object: inout ProfileObject
  ) throws(ProfileError) -> SignatureRule {
    let places = try object.places("in")
    guard !places.isEmpty else { throw object.mistake("in", "write where the signature is") }
    let encoding = try object.word("encoding", as: SignatureRule.Encoding.self)
    guard let encoding else { throw object.mistake("encoding", "write hex, base64 or base64url") }
    var rule = SignatureRule(in: places, encoding: encoding)
    rule.takesAll = try object.flag("all")
    rule.separator = try object.character("separator")
    rule.assignment = try object.character("assignment")
    rule.subseparator = try object.character("subseparator")
    rule.prefix = try object.text("prefix") ?? ""
    rule.versionPlace = try object.place("version_in")
    let versions = try object.pairs("versions")
    let algorithm = try object.text("algorithm")
    if versions.isEmpty {
      rule.versions = [.init("", try self.algorithm(algorithm ?? "hmac", object, "algorithm"))]
    } else {
      guard algorithm == nil else {
        throw object.mistake("algorithm", "the versions say it already; remove one of the two")
      }
      rule.versions = []
      for (name, text) in versions {
        rule.versions.append(.init(name, try self.algorithm(text, object, "versions/\(name)")))
      }
    }
    try object.finish()
    return rule
  }

  private static func algorithm(
    _ name: String,
    _ object: ProfileObject,
    _ key: String
  ) throws(ProfileError) -> SignatureRule.Algorithm {
    if let algorithm = SignatureRule.Algorithm(name) { return algorithm }
    let all = SignatureRule.Algorithm.all.map(\.description).joined(separator: ", ")
    throw object.mistake(key, "write one of \(all)")
  }

  private static func timestampRule(
    _ object: inout ProfileObject
  ) throws(ProfileError) -> TimestampRule? {
    guard var rule = try object.object("timestamp") else { return nil }
    let places = try rule.places("in")
    guard !places.isEmpty else { throw rule.mistake("in", "write where the time is") }
    guard let format = try rule.word("format", as: TimestampRule.Format.self) else {
      throw rule.mistake("format", "write unix_s, unix_ms, rfc3339 or rfc1123")
    }
    let result = TimestampRule(
      in: places,
      format,
      past: try rule.duration("past") ?? .seconds(300),
      future: try rule.duration("future") ?? .seconds(300)
    )
    try rule.finish()
    return result
  }

  private static func message(_ object: inout ProfileObject) throws(ProfileError) -> [MessagePart] {
    let texts = try object.texts("message")
    guard !texts.isEmpty else { return [.body] }
    var parts: [MessagePart] = []
    for (index, text) in texts.enumerated() {
      guard let part = MessagePart(text) else {
        let words = MessagePart.words.map(\.text).joined(separator: ", ")
        throw object.mistake(
          "message/\(index)",
          "write characters as they are, or one of \(words), {header:NAME}, {json:/POINTER}, "
            + "{json?:/POINTER}, {item:/POINTER}, {line:/POINTER}, {form:NAME}, "
            + "{signed_headers:NAME}, {parameter:NAME}, {body_digest:sha256:base64}"
        )
      }
      parts.append(part)
    }
    return parts
  }

  private static func tokenRule(_ rule: inout ProfileObject) throws(ProfileError) -> TokenRule {
    let places = try rule.places("in")
    guard !places.isEmpty else { throw rule.mistake("in", "write where the token is") }
    let prefix = try rule.text("prefix") ?? ""
    let result = TokenRule(in: places, prefix: prefix, isBasic: try rule.flag("basic"))
    try rule.finish()
    return result
  }

  private static func webTokenRule(
    _ rule: inout ProfileObject
  ) throws(ProfileError) -> JSONWebTokenRule {
    let places = try rule.places("in")
    guard !places.isEmpty else { throw rule.mistake("in", "write where the token is") }
    let algorithms = try rule.texts("algorithms")
    let known = ["HS256", "ES256", "RS256", "EdDSA"]
    guard !algorithms.isEmpty, algorithms.allSatisfy(known.contains) else {
      throw rule.mistake("algorithms", "write some of \(known.joined(separator: ", "))")
    }
    let result = JSONWebTokenRule(
      in: places,
      prefix: try rule.text("prefix") ?? "",
      algorithms: algorithms,
      issuers: try rule.texts("issuers"),
      claimsFromSettings: try claims(&rule, "parameters"),
      fixedClaims: try claims(&rule, "claims"),
      bodySHA256Claim: try rule.text("body_sha256_claim"),
      ageMax: try rule.duration("age_max")
    )
    try rule.finish()
    return result
  }

  /// A question mark behind the name of a claim makes it one that the settings may leave out.
  private static func claims(
    _ rule: inout ProfileObject,
    _ key: String
  ) throws(ProfileError) -> [JSONWebTokenRule.Claim] {
    try rule.pairs(key).map { name, text in
      let isOptional = name.hasSuffix("?")
      return .init(isOptional ? String(name.dropLast()) : name, text, isOptional: isOptional)
    }
  }

  private static func httpSignatureRule(
    _ rule: inout ProfileObject
  ) throws(ProfileError) -> HTTPSignatureRule {
    let algorithms = try rule.texts("algorithms")
    guard !algorithms.isEmpty else { throw rule.mistake("algorithms", "write those that count") }
    let result = HTTPSignatureRule(
      algorithms: algorithms,
      components: try rule.texts("components"),
      label: try rule.text("label"),
      tag: try rule.text("tag"),
      past: try rule.duration("past") ?? .seconds(300),
      future: try rule.duration("future") ?? .seconds(300)
    )
    try rule.finish()
    return result
  }
}
