/// The time, the headers that say what the event is, and the digest of the body.
extension Verifier {
  /// The text of the time: what is signed, and what the time is read from.
  struct TimestampText {
    let text: FoundText
    /// Which of the places it was found at; nil for an element of the signature.
    let place: Int?
  }

  func timestampText(
    _ method: SignaturePlan,
    _ elements: borrowing SignatureElements,
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) -> TimestampText? {
    guard method.timestampFormat != nil else { return nil }
    guard method.timestampName != nil else {
      let (text, place) = try reader.required(
        oneOf: method.timestampPlaces,
        named: method.namedTimestampPlaces,
        in: request
      )
      return TimestampText(text: text, place: place)
    }
    guard let text = elements.timestamp else { throw .malformedHeader(name: elements.name(method)) }
    return TimestampText(text: text, place: nil)
  }

  /// The time; only the one text per time that its format allows is read.
  func value(
    of time: TimestampText,
    _ method: SignaturePlan,
    _ elements: borrowing SignatureElements,
    _ request: WebhookRequest
  ) throws(VerificationError) -> Timestamp {
    let format = method.timestampFormat
    let timestamp = time.text.withStorage(of: request) { storage, range in
      format?.time(storage.extracting(range))
    }
    guard let timestamp else {
      let name = time.place.map { RequestReader.name(method.namedTimestampPlaces[$0]) }
      throw .malformedHeader(name: name ?? elements.name(method))
    }
    return timestamp
  }

  /// Refuses headers for id and type that nobody could store and print, or that are there twice.
  ///
  /// What stands in the body is not looked at: nobody has vouched for it yet.
  func checkHeaderFacts(
    _ request: WebhookRequest,
    _ reader: borrowing RequestReader
  ) throws(VerificationError) {
    try checkFirst(of: plan.idHeaders, request, reader)
    try checkFirst(of: plan.typeHeaders, request, reader)
  }

  private func checkFirst(
    of names: [Int],
    _ request: WebhookRequest,
    _ reader: borrowing RequestReader
  ) throws(VerificationError) {
    for name in names {
      guard let range = try reader.header(name, of: request) else { continue }
      guard EventText.isPlain(range, of: request.headBytes) else {
        throw .malformedHeader(name: reader.headerName(name))
      }
      return
    }
  }

  func checkBodyDigest(
    _ method: SignaturePlan,
    _ request: WebhookRequest,
    _ reader: inout RequestReader
  ) throws(VerificationError) {
    guard let place = method.bodyDigestPlace, let rule = method.scheme.bodyDigest else { return }
    let name = RequestReader.name(rule.place)
    guard let text = try reader.text(at: place, of: request) else {
      throw .missingHeader(name: name)
    }
    var stated = AuthenticationCode(count: rule.digest.byteCount)
    let slice = text.slice(of: request)
    guard SignatureText.decode(slice.span, rule.encoding, into: &stated) else {
      throw .malformedHeader(name: name)
    }
    let digest = AuthenticationCode(rule.digest.digest(request.bodyBytes))
    guard ConstantTime.isEqual(stated.span, digest.span) else { throw .bodyDigestMismatch }
  }
}

extension Profile.TimestampRule.Format {
  func time(_ text: Span<UInt8>) -> Timestamp? {
    switch self {
    case .unixSeconds: Timestamp(unixSeconds: text)
    case .unixMilliseconds: Timestamp(unixMilliseconds: text)
    case .rfc3339: Timestamp(rfc3339: text)
    case .rfc1123: Timestamp(rfc1123: text)
    }
  }
}

extension HeaderFields {
  /// Whether the name of the field at `index` begins so, in any case, and goes on behind it.
  func hasName(beginning prefix: String, at index: Int) -> Bool {
    let range = fields[index].name
    let wanted = prefix.utf8.span
    guard range.count > wanted.count else { return false }
    for offset in wanted.indices {
      guard Self.isSame(storage[range.lowerBound + offset], wanted[offset]) else { return false }
    }
    return true
  }
}
