/// Signatures over a message made of parts of the request.
extension Verifier {
  func checkSignature(
    _ method: SignaturePlan,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    guard let items = plan.items, items.areSigned else {
      return try checkOne(method, &reader, at: now)
    }
    let ranges = items.ranges(in: reader.request.body) ?? []
    guard !ranges.isEmpty else {
      throw .missingHeader(name: RequestReader.name(method.scheme.signature.places[0]))
    }
    var proof: Proof?
    for range in ranges {
      reader.item = range
      let found = try checkOne(method, &reader, at: now)
      proof = proof ?? found
    }
    guard let proof else { throw .signatureMismatch }
    return proof
  }

  private func checkOne(
    _ method: SignaturePlan,
    _ reader: inout RequestReader,
    at now: Timestamp
  ) throws(VerificationError) -> Proof {
    let elements = try elements(method, &reader)
    let time = try timestampText(method, elements, &reader)
    // Found before the time is judged: what is not there is a plainer mistake than a clock's.
    let variant = MessageVariant(
      url: method.scheme.urlVariants[0],
      urlDecoding: method.scheme.urlDecoding,
      body: reader.request.body
    )
    let content = try SignedContent(method.parts, &reader, timestamp: time?.text, variant: variant)
    try checkHeaderFacts(reader.request.headers)
    var timestamp: Timestamp?
    if let time {
      let stated = try value(of: time, method, reader.request)
      try check(stated, at: now)
      timestamp = stated
    }
    guard !elements.isMalformed else { throw .malformedHeader(name: elements.name) }
    var match = SignatureMatch(elements, keys: try keys(for: &reader), method)
    var index = try match.secretIndex(over: content)
    if index == nil { index = try otherVariants(method, &reader, time?.text, &match) }
    if let index {
      try checkBodyDigest(method, &reader)
      return Proof(timestamp: timestamp, secretIndex: index)
    }
    guard match.hasReadSome || match.hasOtherVersions else {
      throw .malformedHeader(name: elements.name)
    }
    throw .signatureMismatch
  }

  /// Tries the other forms in which the provider may have signed URL and body.
  private func otherVariants(
    _ method: SignaturePlan,
    _ reader: inout RequestReader,
    _ time: FoundText?,
    _ match: inout SignatureMatch
  ) throws(VerificationError) -> Int? {
    guard method.hasVariants else { return nil }
    let scheme = method.scheme
    for (bodyIndex, bodyVariant) in scheme.bodyVariants.enumerated() {
      let raw = reader.request.body
      let body = bodyVariant == .raw ? raw : JSONEscape.escapingBeyondASCII(raw)
      for (urlIndex, url) in scheme.urlVariants.enumerated()
      where bodyIndex > 0 || urlIndex > 0 {
        let variant = MessageVariant(url: url, urlDecoding: scheme.urlDecoding, body: body)
        let content = try SignedContent(method.parts, &reader, timestamp: time, variant: variant)
        if let index = try match.secretIndex(over: content) { return index }
      }
    }
    return nil
  }

  /// Reads the places that hold signatures.
  private func elements(
    _ method: SignaturePlan,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> SignatureElements {
    var sources: [SignatureElements.Source] = []
    var first: SignatureElements.Source?
    for (index, place) in method.places.enumerated() {
      if case .headers(let prefix) = place {
        let ranges = reader.request.headers.valueRanges(ofNamesBeginning: prefix)
        for range in ranges.prefix(SignatureElements.signaturesMax + 1) {
          let storage = reader.request.headers.storage
          sources.append(.init(storage: storage, range: range, name: prefix + "*"))
        }
        continue
      }
      guard let text = try reader.text(at: place) else { continue }
      let name = method.placeNames[index]
      guard !text.isEmpty else { throw .malformedHeader(name: name) }
      let source = source(text, name, reader.request)
      if first == nil { first = source } else { sources.append(source) }
      if !method.scheme.signature.takesAll { break }
    }
    if first == nil, !sources.isEmpty { first = sources.removeFirst() }
    guard let first else { throw try absent(method.scheme.signature, &reader) }
    return SignatureElements(
      method,
      version: try version(method, &reader),
      first: first,
      others: sources
    )
  }

  private func source(
    _ text: FoundText,
    _ name: String,
    _ request: WebhookRequest
  ) -> SignatureElements.Source {
    switch text {
    case .header(let range): .init(storage: request.headers.storage, range: range, name: name)
    case .body(let range): .init(storage: request.body, range: range, name: name)
    case .owned(let bytes): .init(storage: bytes, range: bytes.indices, name: name)
    }
  }

  /// Which version the request names outside of the signature; 0 where it names none.
  private func version(
    _ method: SignaturePlan,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> Int? {
    guard let place = method.versionPlace, let rulePlace = method.scheme.signature.versionPlace
    else { return 0 }
    guard let text = try reader.text(at: place) else {
      throw .missingHeader(name: RequestReader.name(rulePlace))
    }
    let name = text.slice(of: reader.request)
    return method.scheme.signature.versions.firstIndex { name.elementsEqual($0.name.utf8) }
  }

  /// Why there is no signature: some providers do not sign every type of event.
  private func absent(
    _ rule: Profile.SignatureRule,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> VerificationError {
    if !plan.unverifiedTypePlaces.isEmpty,
      let type = try reader.first(of: plan.unverifiedTypePlaces)
    {
      let name = type.slice(of: reader.request)
      if profile.unsignedTypes.contains(where: { name.elementsEqual($0.utf8) }) {
        return .unsignedNotAllowed
      }
    }
    return .missingHeader(name: rule.places.first.map(RequestReader.name) ?? "")
  }
}
