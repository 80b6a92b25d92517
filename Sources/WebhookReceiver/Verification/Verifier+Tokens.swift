/// Shared values in the request.
extension Verifier {
  func checkToken(
    _ rule: Profile.TokenRule,
    _ places: [PlaceReader],
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> Proof {
    try checkHeaderFacts(request, reader)
    let name = rule.places.first.map(RequestReader.name) ?? ""
    if case .jsonEach(let index)? = places.first {
      return Proof(secretIndex: try checkEach(plan.checks.patterns[index], name, request))
    }
    let (text, place) = try reader.required(oneOf: places, named: rule.places, in: request)
    let found = RequestReader.name(rule.places[place])
    var value = Array(text.slice(of: request))
    if rule.isBasic {
      value = try decodedBasic(value, found)
    } else if !rule.prefix.isEmpty {
      value = try Self.dropping(rule.prefix, from: value, found)
    }
    guard let index = tokenIndex(value) else { throw .signatureMismatch }
    return Proof(secretIndex: index)
  }

  /// Every item must hold the value: one that does not was put in by somebody else.
  private func checkEach(
    _ pattern: JSONPattern,
    _ name: String,
    _ request: WebhookRequest
  ) throws(VerificationError) -> Int {
    let body = request.body
    let items = plan.items?.ranges(in: body) ?? []
    let hits = ItemPlan.hits(of: pattern, in: body) ?? []
    // An item without the value would be vouched for by the others.
    guard !hits.isEmpty, plan.items == nil || hits.count == items.count else {
      throw .missingHeader(name: name)
    }
    var found: Int?
    for hit in hits {
      guard let text = RequestReader.text(of: hit, in: body, offset: 0),
        let index = tokenIndex(Array(text.slice(of: request)))
      else { throw .signatureMismatch }
      found = found ?? index
    }
    guard let found else { throw .signatureMismatch }
    return found
  }

  private func tokenIndex(_ value: [UInt8]) -> Int? {
    keys.firstIndex { key in
      guard case .token(let secret) = key else { return false }
      // Digests of one length, so that not even the length of the secret shows in the time.
      let expected = secret.withBytes { SHA256.digest($0) }
      return ConstantTime.isEqual(expected.span, SHA256.digest(value).span)
    }
  }

  private func decodedBasic(
    _ value: [UInt8],
    _ name: String
  ) throws(VerificationError) -> [UInt8] {
    let encoded = try Self.dropping("Basic ", from: value, name)
    guard let decoded = Base64.decode(encoded.span, padding: .optional) else {
      throw .malformedHeader(name: name)
    }
    return decoded
  }

  /// The name of an authentication scheme has no case (RFC 9110 section 11.1).
  static func dropping(
    _ prefix: String,
    from value: [UInt8],
    _ name: String
  ) throws(VerificationError) -> [UInt8] {
    let count = prefix.utf8.count
    guard value.count > count,
      zip(value, prefix.utf8).allSatisfy({ HeaderFields.isSame($0, $1) })
    else { throw .malformedHeader(name: name) }
    return Array(value[count...])
  }
}
