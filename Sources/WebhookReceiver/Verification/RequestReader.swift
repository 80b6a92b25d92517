/// Finds the texts that a profile names in one request, and looks at each part of it once.
struct RequestReader {
  let request: WebhookRequest
  private let pointers: PointerSet?
  /// What the pointers found; nil inside when the body is not JSON.
  private var hits: PointerHits??
  private var form: FormFields?
  private var query: FormFields?
  /// The item that is being looked at, as a range of the body.
  var item: Range<Int>?
  /// Whether the last value of a repeated key counts: true once the body has been vouched for.
  private let takesLast: Bool

  init(_ request: WebhookRequest, _ pointers: PointerSet?, takesLast: Bool = false) {
    self.request = request
    self.takesLast = takesLast
    self.pointers = pointers
  }

  /// The text at a place; nil where there is none.
  mutating func text(at place: PlaceReader) throws(VerificationError) -> FoundText? {
    switch place {
    case .header(let name):
      guard let range = try request.headers.only(name) else { return nil }
      return .header(range)
    case .headers, .jsonEach, .signatureElement: return nil
    case .json(let index): return try jsonText(index)
    case .item(let pointer): return try itemText(pointer)
    case .query(let name): return try queryFields()?.only(name, "query:\(name)").map { .owned($0) }
    case .form(let name): return try formFields()?.only(name, "form:\(name)").map { .owned($0) }
    case .joined(let places):
      var joined: [UInt8] = []
      for (index, place) in places.enumerated() {
        guard let part = try text(at: place) else { return nil }
        if index > 0 { joined.append(UInt8(ascii: ":")) }
        joined += part.slice(of: request)
      }
      return .owned(joined)
    }
  }

  /// The first of several places that is present.
  mutating func first(of places: [PlaceReader]) throws(VerificationError) -> FoundText? {
    for place in places {
      if let text = try text(at: place) { return text }
    }
    return nil
  }

  /// The same where there must be one, with something in it.
  mutating func required(
    oneOf places: [PlaceReader],
    named names: [Profile.Place]
  ) throws(VerificationError) -> (text: FoundText, name: String) {
    for (index, place) in places.enumerated() {
      guard let text = try text(at: place) else { continue }
      let name = Self.name(names[index])
      guard !text.isEmpty else { throw .malformedHeader(name: name) }
      return (text, name)
    }
    throw .missingHeader(name: names.first.map(Self.name) ?? "")
  }

  /// How an error calls the place: a header by its name alone.
  static func name(_ place: Profile.Place) -> String {
    if case .header(let name) = place { name } else { place.description }
  }

  private mutating func jsonText(_ index: Int) throws(VerificationError) -> FoundText? {
    guard let hits = locate(), let hit = hits[index] else { return nil }
    // One value was signed, and the next reader may take the other.
    guard takesLast || !hits.isRepeated(index) else { throw .malformedHeader(name: "json") }
    return Self.text(of: hit, in: request.body, offset: 0)
  }

  private mutating func locate() -> PointerHits? {
    if let hits { return hits }
    let found = pointers?.locate(in: request.body.span)
    hits = .some(found)
    return found
  }

  private func itemText(_ pointer: JSONPointer) throws(VerificationError) -> FoundText? {
    guard let item else { return nil }
    let text = request.body.span.extracting(item)
    guard let hits = PointerSet([pointer])?.locate(in: text), let hit = hits[0] else { return nil }
    guard takesLast || !hits.isRepeated(0) else { throw .malformedHeader(name: "item") }
    return Self.text(of: hit, in: request.body, offset: item.lowerBound)
  }

  /// A string that has no escapes stays where it is; null and containers are no texts.
  static func text(of hit: JSONHit, in body: [UInt8], offset: Int) -> FoundText? {
    let range = hit.content.lowerBound + offset..<hit.content.upperBound + offset
    switch hit.kind {
    case .plainString, .number, .true, .false: return .body(range)
    case .escapedString: return .owned(JSONEscape.unescaped(range, in: body.span))
    case .null, .object, .array: return nil
    }
  }

  mutating func formFields() throws(VerificationError) -> FormFields? {
    if let form { return form }
    form = FormFields(request.body[...])
    return form
  }

  private mutating func queryFields() throws(VerificationError) -> FormFields? {
    if let query { return query }
    query = FormFields(EndpointURL.query(of: request))
    return query
  }
}

extension HeaderFields {
  /// Where the value of the one field of this name lies; nil when there is none.
  ///
  /// Of two, two readers could take different ones.
  func only(_ name: String) throws(VerificationError) -> Range<Int>? {
    var found: Range<Int>?
    for index in fields.indices where hasName(name, at: index) {
      guard found == nil else { throw .malformedHeader(name: name) }
      found = fields[index].value
    }
    return found
  }
}
