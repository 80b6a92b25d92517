/// What each place of a profile may be.
extension VerificationPlan {
  /// Refuses places at which nothing could be read: they would be absent from every request.
  static func check(_ profile: Profile) throws(VerifierError) {
    guard profile.identity != .boundID || profile.bindsID else {
      throw .profileInvalid(
        "\"identity\" is \"bound_id\", and the signature does not cover the id: anybody could send "
          + "one delivery under many ids; write \"unbound_id\", or sign the id"
      )
    }
    try check(profile.idPlaces, "id_places")
    try check(profile.typePlaces, "type_places")
    try check(profile.requirements.map(\.place), "requirements")
    if let items = profile.items {
      try check(items.idPlaces + items.typePlaces, "items", inItem: true)
    }
    if case .certificate(let place, _, _, _)? = profile.keySource {
      try check([place], "key_source")
    }
    switch profile.scheme {
    case .signature(let scheme):
      try check(scheme, areItemsSigned: profile.items?.areSigned ?? false)
    case .token(let rule):
      guard !rule.isBasic || rule.prefix.isEmpty else {
        throw .profileInvalid("\"basic\" has its own prefix; remove \"prefix\"")
      }
      if case .jsonEach? = rule.places.first, rule.places.count == 1 { return }
      try check(rule.places, "token")
    case .jsonWebToken(let rule): try check(rule.places, "web_token")
    case .httpSignature: break
    }
  }

  private static func check(
    _ scheme: Profile.SignatureScheme,
    areItemsSigned: Bool
  ) throws(VerifierError) {
    guard scheme.coversPartOfBody || scheme.leavesBodyUnsigned else {
      throw .profileInvalid(
        "\"message\" holds no part of the body, so that one signature would do for every body; "
          + "write what is signed, or \"unsigned_body\": true where the provider is like that"
      )
    }
    let marks = [
      scheme.signature.separator, scheme.signature.assignment, scheme.signature.subseparator,
    ].compactMap(\.self)
    guard Set(marks).count == marks.count else {
      throw .profileInvalid(
        "\"separator\", \"assignment\" and \"subseparator\" are the same character; nothing could "
          + "be told apart"
      )
    }
    for place in scheme.signature.places {
      if case .headers = place { continue }
      try check([place], "signature", inItem: areItemsSigned)
    }
    if let place = scheme.signature.versionPlace { try check([place], "signature") }
    if let rule = scheme.timestamp {
      if case .signatureElement? = rule.places.first, rule.places.count == 1 {
      } else {
        try check(rule.places, "timestamp", inItem: areItemsSigned)
      }
    }
    if let rule = scheme.bodyDigest {
      try check([rule.place], "body_digest")
      guard scheme.signsDigest(at: rule.place) else {
        throw .profileInvalid(
          "\"body_digest\" is read from \(rule.place), which the message does not hold: anybody "
            + "could write it"
        )
      }
    }
  }

  private static func check(
    _ places: [Profile.Place],
    _ key: String,
    inItem: Bool = false
  ) throws(VerifierError) {
    for place in places where !place.isOneText(inItem: inItem) {
      throw .profileInvalid(
        "\"\(key)\": \(place) cannot be read there; name one text of the request"
      )
    }
  }
}
