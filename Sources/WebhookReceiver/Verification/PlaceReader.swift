/// A place of a profile made ready: names and pointers are read once, not for every request.
enum PlaceReader: Sendable {
  /// The index of the name in the search.
  case header(Int)
  case headers(prefix: String)
  /// The index of the pointer in the search.
  case json(Int)
  case jsonEach(JSONPattern)
  case item(JSONPointer)
  case query(String)
  /// In the query of a URL that is signed.
  case signedQuery(String)
  case form(String)
  case signatureElement(String)
  indirect case joined([PlaceReader])

  /// Puts what has to be found on the list.
  init(_ place: Profile.Place, _ list: inout SearchList) throws(VerifierError) {
    switch place {
    case .header(let name): self = .header(try list.index(ofHeader: name))
    case .headers(let prefix): self = .headers(prefix: prefix)
    case .json(let text): self = .json(try list.index(ofPointer: text))
    case .jsonEach(let text): self = .jsonEach(try SearchList.pattern(text))
    case .item(let text): self = .item(try SearchList.pointer(text))
    case .query(let name): self = .query(name)
    case .form(let name): self = .form(name)
    case .signatureElement(let name): self = .signatureElement(name)
    case .joined(let places):
      var readers: [PlaceReader] = []
      for place in places { readers.append(try PlaceReader(place, &list)) }
      self = .joined(readers)
    }
  }

  /// Whether it stands in a header: what is found without looking at the body.
  var isHeader: Bool {
    if case .header = self { true } else { false }
  }
}

/// A text of a request, as the bytes that were received wherever that is possible.
enum FoundText: Sendable {
  /// A range of the headers' storage.
  case header(Range<Int>)
  /// A range of the body.
  case body(Range<Int>)
  /// Bytes that had to be decoded.
  case owned([UInt8])

  var isEmpty: Bool {
    switch self {
    case .header(let range), .body(let range): range.isEmpty
    case .owned(let bytes): bytes.isEmpty
    }
  }

  /// The bytes, with what they are a range of: an array is shared, never copied.
  func slice(of request: WebhookRequest) -> ArraySlice<UInt8> {
    switch self {
    case .header(let range): request.headers.storage[range]
    case .body(let range): request.body[range]
    case .owned(let bytes): bytes[...]
    }
  }
}
