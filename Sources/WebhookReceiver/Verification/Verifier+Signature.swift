/// Signatures over a message made of parts of the request.
extension Verifier {
  func checkSignature(
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    guard let items = plan.items, items.areSigned else {
      return try checkOne(method, request, &reader, at: now)
    }
    guard let ranges = items.ranges(in: request.body) else {
      throw .requirementNotMet(
        "the body is not JSON, or holds a field twice, or more than \(ItemPlan.itemsMax) items"
      )
    }
    guard !ranges.isEmpty else {
      throw .missingHeader(name: RequestReader.name(method.scheme.signature.places[0]))
    }
    var proof: Proof?
    for range in ranges {
      reader.item = range
      let found = try checkOne(method, request, &reader, at: now)
      proof = proof ?? found
    }
    guard let proof else { throw .signatureMismatch }
    return proof
  }

  private func checkOne(
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    let elements = try elements(method, request, &reader)
    let time = try timestampText(method, elements, request, &reader)
    // Found before the time is judged: what is not there is a plainer mistake than a clock's.
    let variant = MessageVariant(url: method.usualURL)
    let content = try SignedContent(
      method.message,
      of: request,
      &reader,
      timestamp: time?.text,
      variant: variant
    )
    try checkHeaderFacts(request, reader)
    var timestamp: Timestamp?
    if let time {
      let stated = try value(of: time, method, elements, request)
      try check(stated, at: now)
      timestamp = stated
    }
    guard !elements.isMalformed else { throw .malformedHeader(name: elements.name(method)) }
    try method.bodyRule?.check(request)
    var match = SignatureMatch()
    var index: Int?
    if keys.isEmpty {
      let keys = try self.keys(for: request, &reader)
      index = try match.secretIndex(over: content, elements, method, keys)
    } else {
      index = try match.secretIndex(over: content, elements, method, keys)
    }
    if index == nil, method.hasVariants {
      let keys = try self.keys(for: request, &reader)
      index = try otherVariants(method, request, &reader, time?.text) {
        (content) throws(VerificationError) in
        try match.secretIndex(over: content, elements, method, keys)
      }
    }
    if let index {
      try checkBodyDigest(method, request, &reader)
      return Proof(timestamp: timestamp, secretIndex: index)
    }
    guard match.hasReadSome || match.hasOtherVersions || elements.hasOtherVersions else {
      throw .malformedHeader(name: elements.name(method))
    }
    try refreshKeySet(for: request, &reader)
    throw .signatureMismatch
  }

  /// Tries the other forms in which the provider may have signed URL and body.
  private func otherVariants(
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader,
    _ time: FoundText?,
    _ secretIndex: (borrowing SignedContent) throws(VerificationError) -> Int?
  ) throws(VerificationError) -> Int? {
    let scheme = method.scheme
    for (bodyIndex, bodyVariant) in scheme.bodyVariants.enumerated() {
      let body = bodyVariant == .raw ? nil : JSONEscape.escapingBeyondASCII(request.body)
      for (urlIndex, url) in scheme.urlVariants.enumerated()
      where bodyIndex > 0 || urlIndex > 0 {
        let variant = MessageVariant(url: url, rewrittenBody: body)
        let content = try SignedContent(
          method.message,
          of: request,
          &reader,
          timestamp: time,
          variant: variant
        )
        if let index = try secretIndex(content) { return index }
      }
    }
    return nil
  }

  /// Reads the places that hold signatures.
  @_lifetime(borrow request)
  private func elements(
    _ method: SignaturePlan,
    _ request: borrowing WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> SignatureElements {
    var sources: [SignatureElements.Source] = []
    var first: SignatureElements.Source?
    for index in method.places.indices {
      if case .headers(let text) = method.places[index] {
        let (headers, prefix) = (request.headers, plan.checks.texts[text])
        for field in headers.fields.indices where headers.hasName(beginning: prefix, at: field) {
          let source = SignatureElements.Source(
            text: .header(headers.fields[field].value),
            place: index
          )
          // One more than count is enough to be refused.
          guard sources.count < SignatureElements.signaturesMax else { break }
          if first == nil { first = source } else { sources.append(source) }
        }
        continue
      }
      guard let text = try reader.text(at: method.places[index], of: request) else { continue }
      guard !text.isEmpty else { throw .malformedHeader(name: method.placeNames[index]) }
      let source = SignatureElements.Source(text: text, place: index)
      if first == nil { first = source } else { sources.append(source) }
      if !method.takesAll { break }
    }
    guard let first else { throw try absent(method.scheme.signature, request, &reader) }
    return SignatureElements(
      method,
      of: request,
      version: try version(method, request, &reader),
      first: first,
      others: sources
    )
  }

  /// Which version the request names outside of the signature; 0 where it names none.
  private func version(
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> Int? {
    guard let place = method.versionPlace, let rulePlace = method.scheme.signature.versionPlace
    else { return 0 }
    guard let text = try reader.text(at: place, of: request) else {
      throw .missingHeader(name: RequestReader.name(rulePlace))
    }
    let name = text.slice(of: request)
    return method.scheme.signature.versions.firstIndex { name.elementsEqual($0.name.utf8) }
  }

  /// Why there is no signature: some providers do not sign every type of event.
  private func absent(
    _ rule: Profile.SignatureRule,
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> VerificationError {
    if !plan.unverifiedTypePlaces.isEmpty,
      let type = try reader.first(of: plan.unverifiedTypePlaces, in: request)
    {
      let name = type.slice(of: request)
      if profile.unsignedTypes.contains(where: { name.elementsEqual($0.utf8) }) {
        return .unsignedNotAllowed
      }
    }
    return .missingHeader(name: rule.places.first.map(RequestReader.name) ?? "")
  }
}
