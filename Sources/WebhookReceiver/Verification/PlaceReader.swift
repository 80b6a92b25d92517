/// A place of a profile made ready: names and pointers are read once, not for every request.
///
/// Numbers alone, each an index of what the search holds of that kind: nothing is counted as a
/// place is looked at.
enum PlaceReader: Sendable {
  case header(Int)
  /// The beginning of the names, among the texts.
  case headers(Int)
  case json(Int)
  /// Among the patterns.
  case jsonEach(Int)
  /// Among the sets of the items.
  case item(Int)
  /// The name of the field, among the texts; the same below.
  case query(Int)
  /// In the query of a URL that is signed.
  case signedQuery(Int)
  case form(Int)
  case signatureElement
  /// Among the lists of places.
  case joined(Int)

  /// Puts what has to be found on the list.
  init(_ place: Profile.Place, _ list: inout SearchList) throws(VerifierError) {
    switch place {
    case .header(let name): self = .header(try list.index(ofHeader: name))
    case .headers(let prefix): self = .headers(list.index(ofText: prefix))
    case .json(let text): self = .json(try list.index(ofPointer: text))
    case .jsonEach(let text): self = .jsonEach(try list.index(ofPattern: text))
    case .item(let text): self = .item(try list.index(ofItemPointer: text))
    case .query(let name): self = .query(list.index(ofText: name))
    case .form(let name): self = .form(list.index(ofText: name))
    case .signatureElement: self = .signatureElement
    case .joined(let places):
      var readers: [PlaceReader] = []
      for place in places { readers.append(try PlaceReader(place, &list)) }
      self = .joined(list.index(ofJoined: readers))
    }
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

  /// Lends what the text is a range of, and the range.
  @inline(__always) func withStorage<Result>(
    of request: borrowing WebhookRequest,
    _ use: (Span<UInt8>, Range<Int>) -> Result
  ) -> Result {
    switch self {
    case .header(let range): use(request.headBytes, range)
    case .body(let range): use(request.bodyBytes, range)
    case .owned(let bytes): use(bytes.span, bytes.indices)
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
