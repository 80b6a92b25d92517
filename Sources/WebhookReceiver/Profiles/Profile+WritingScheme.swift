extension Profile {
  func writeScheme(to writer: inout JSONWriter) {
    switch scheme {
    case .signature(let scheme): scheme.write(to: &writer)
    case .token(let rule):
      writer.object("token") { writer in
        writer.member("in", rule.places.map(\.description))
        writer.member("prefix", rule.prefix)
        writer.member("basic", rule.isBasic)
      }
    case .jsonWebToken(let rule):
      writer.object("web_token") { writer in
        writer.member("in", rule.places.map(\.description))
        writer.member("prefix", rule.prefix)
        writer.member("algorithms", rule.algorithms)
        writer.member("issuers", rule.issuers)
        writer.claims("parameters", rule.claimsFromSettings)
        writer.claims("claims", rule.fixedClaims)
        writer.member("body_sha256_claim", rule.bodySHA256Claim ?? "")
        writer.member("age_max", rule.ageMax)
      }
    case .httpSignature(let rule):
      writer.object("http_signature") { writer in
        writer.member("algorithms", rule.algorithms)
        writer.member("components", rule.components)
        writer.member("label", rule.label ?? "")
        writer.member("tag", rule.tag ?? "")
        writer.member("past", rule.past)
        writer.member("future", rule.future)
      }
    }
  }
}

extension Profile.SignatureScheme {
  fileprivate func write(to writer: inout JSONWriter) {
    if mac != .hmac { writer.member("mac", mac.rawValue) }
    writer.member("digest", digest.rawValue)
    writer.object("signature") { signature.write(to: &$0) }
    if let timestamp {
      writer.object("timestamp") { writer in
        writer.member("in", timestamp.places.map(\.description))
        writer.member("format", timestamp.format.rawValue)
        writer.member("past", timestamp.past)
        writer.member("future", timestamp.future)
      }
    }
    writer.member("message", message.map(\.description))
    if urlVariants != [.asIs] { writer.member("url_variants", urlVariants.map(\.rawValue)) }
    writer.member("url_decoding", urlDecoding)
    if bodyVariants != [.raw] { writer.member("body_variants", bodyVariants.map(\.rawValue)) }
    if let bodyDigest {
      writer.object("body_digest") { writer in
        writer.member("in", bodyDigest.place.description)
        writer.member("digest", bodyDigest.digest.rawValue)
        writer.member("encoding", bodyDigest.encoding.rawValue)
      }
    }
    writer.member("unsigned_body", leavesBodyUnsigned)
  }
}

extension Profile.SignatureRule {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.member("in", places.map(\.description))
    writer.member("all", takesAll)
    writer.member("separator", separator)
    writer.member("assignment", assignment)
    writer.member("subseparator", subseparator)
    writer.member("prefix", prefix)
    writer.member("version_in", versionPlace?.description ?? "")
    if let only = versions.first, versions.count == 1, only.name.isEmpty {
      if only.algorithm != .code { writer.member("algorithm", only.algorithm.description) }
    } else {
      writer.object("versions") { writer in
        for version in versions { writer.member(version.name, version.algorithm.description) }
      }
    }
    writer.member("encoding", encoding.rawValue)
  }
}

extension JSONWriter {
  fileprivate mutating func claims(_ name: String, _ claims: [Profile.JSONWebTokenRule.Claim]) {
    guard !claims.isEmpty else { return }
    object(name) { writer in
      for claim in claims { writer.member(claim.name + (claim.isOptional ? "?" : ""), claim.value) }
    }
  }
}
