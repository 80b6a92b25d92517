/// Finds the texts that a profile names in one request, and looks at each part of it once.
///
/// It is handed the request again with every question: one that it kept would be copied into it
/// and counted again at each step, which costs more than a short message's code.
struct RequestReader: ~Copyable {
  private let search: Search
  private let headers: HeaderHits
  /// What the pointers found; nil inside when the body is not JSON.
  private var hits: PointerHits??
  private var form: FormFields?
  private var query: FormFields?
  /// The item that is being looked at, as a range of the body.
  var item: Range<Int>?
  /// Whether the last value of a repeated key counts: true once the body has been vouched for.
  private let takesLast: Bool

  init(_ request: WebhookRequest, _ search: Search, takesLast: Bool = false) {
    self.search = search
    self.takesLast = takesLast
    headers = search.headers.locate(request.headBytes, request.headerRanges)
  }

  /// The text at a place; nil where there is none.
  mutating func text(
    at place: PlaceReader,
    of request: WebhookRequest
  ) throws(VerificationError) -> FoundText? {
    switch place {
    case .header(let index):
      guard let range = try header(index, of: request) else { return nil }
      return .header(range)
    case .headers, .jsonEach, .signatureElement: return nil
    case .json(let index): return try jsonText(index, request)
    case .item(let index): return try itemText(search.items[index], request)
    case .query(let index):
      let name = search.texts[index]
      return try queryFields(of: request)?.only(name, "query:\(name)").map { .owned($0) }
    case .signedQuery(let index):
      let name = search.texts[index]
      let fields = FormFields(EndpointURL.signedQuery(of: request))
      return try fields?.only(name, "query:\(name)").map { .owned($0) }
    case .form(let index):
      let name = search.texts[index]
      return try formFields(of: request)?.only(name, "form:\(name)").map { .owned($0) }
    case .joined(let index):
      let places = search.joined[index]
      var joined: [UInt8] = []
      for (index, place) in places.enumerated() {
        guard let part = try text(at: place, of: request) else { return nil }
        if index > 0 { joined.append(UInt8(ascii: ":")) }
        // A colon in any part but the last would make two lists of parts one text.
        for byte in part.slice(of: request) {
          let isMark = byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\\")
          if isMark, index < places.count - 1 { joined.append(UInt8(ascii: "\\")) }
          joined.append(byte)
        }
      }
      return .owned(joined)
    }
  }

  /// Where the value of the one field of a name of the search lies; nil when there is none.
  ///
  /// Of two, two readers could take different ones.
  func header(
    _ index: Int,
    of request: WebhookRequest
  ) throws(VerificationError) -> Range<Int>? {
    guard !headers.isRepeated(index) else {
      throw .malformedHeader(name: search.headers.names[index])
    }
    guard let field = headers[index] else { return nil }
    return request.headers.fields[field].value
  }

  /// The name of a header of the search, for errors.
  func headerName(_ index: Int) -> String { search.headers.names[index] }

  /// The first of several places that is present.
  mutating func first(
    of places: [PlaceReader],
    in request: WebhookRequest
  ) throws(VerificationError) -> FoundText? {
    for place in places {
      if let text = try text(at: place, of: request) { return text }
    }
    return nil
  }

  /// The same where there must be one, with something in it, and which of the places it was.
  mutating func required(
    oneOf places: [PlaceReader],
    named names: [Profile.Place],
    in request: WebhookRequest
  ) throws(VerificationError) -> (text: FoundText, place: Int) {
    for index in places.indices {
      guard let text = try text(at: places[index], of: request) else { continue }
      guard !text.isEmpty else { throw .malformedHeader(name: Self.name(names[index])) }
      return (text, index)
    }
    throw .missingHeader(name: names.first.map(Self.name) ?? "")
  }

  /// How an error calls the place: a header by its name alone.
  static func name(_ place: Profile.Place) -> String {
    switch place {
    case .header(let name): name
    case .headers(let prefix): "\(prefix)*"
    default: place.description
    }
  }

  private mutating func jsonText(
    _ index: Int,
    _ request: WebhookRequest
  ) throws(VerificationError) -> FoundText? {
    guard let hits = locate(in: request.body), let hit = hits[index] else { return nil }
    // One value was signed, and the next reader may take the other.
    guard takesLast || !hits.isRepeated(index) else {
      throw .malformedHeader(name: "json:\(search.pointerTexts[index])")
    }
    return Self.text(of: hit, in: request.body, offset: 0)
  }

  private mutating func locate(in body: [UInt8]) -> PointerHits? {
    if let hits { return hits }
    let found = search.pointers?.locate(in: body.span)
    hits = .some(found)
    return found
  }

  private func itemText(
    _ set: PointerSet,
    _ request: WebhookRequest
  ) throws(VerificationError) -> FoundText? {
    guard let item else { return nil }
    let text = request.bodyBytes.extracting(item)
    guard let hits = set.locate(in: text), let hit = hits[0] else { return nil }
    guard takesLast || !hits.isRepeated(0) else {
      throw .malformedHeader(name: "item:\(set.pointers[0])")
    }
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

  mutating func formFields(of request: WebhookRequest) throws(VerificationError) -> FormFields? {
    if let form { return form }
    form = FormFields(request.body[...])
    return form
  }

  private mutating func queryFields(
    of request: WebhookRequest
  ) throws(VerificationError) -> FormFields? {
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
