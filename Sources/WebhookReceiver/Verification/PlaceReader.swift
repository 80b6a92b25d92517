/// A place of a profile made ready: names and pointers are read once, not for every request.
enum PlaceReader: Sendable {
  case header(String)
  case headers(prefix: String)
  /// The index of the pointer in the plan's set.
  case json(Int)
  case jsonEach(JSONPattern)
  case item(JSONPointer)
  case query(String)
  case form(String)
  case signatureElement(String)
  indirect case joined([PlaceReader])

  /// Collects the pointers of all places, so that one pass over the body finds them all.
  init(_ place: Profile.Place, _ pointers: inout PointerList) throws(VerifierError) {
    switch place {
    case .header(let name): self = .header(name)
    case .headers(let prefix): self = .headers(prefix: prefix)
    case .json(let text): self = .json(try pointers.index(of: text))
    case .jsonEach(let text): self = .jsonEach(try PointerList.pattern(text))
    case .item(let text): self = .item(try PointerList.pointer(text))
    case .query(let name): self = .query(name)
    case .form(let name): self = .form(name)
    case .signatureElement(let name): self = .signatureElement(name)
    case .joined(let places):
      var readers: [PlaceReader] = []
      for place in places { readers.append(try PlaceReader(place, &pointers)) }
      self = .joined(readers)
    }
  }

  /// Whether it stands in a header by name: what is found without looking at the body.
  var headerName: String? {
    if case .header(let name) = self { name } else { nil }
  }
}

/// The JSON Pointers of a plan, each once.
struct PointerList: Sendable {
  private(set) var pointers: [JSONPointer] = []

  /// All of them, to be found in one pass; nil when there are none.
  var set: PointerSet? { pointers.isEmpty ? nil : PointerSet(pointers) }

  mutating func index(of text: String) throws(VerifierError) -> Int {
    let pointer = try Self.pointer(text)
    if let index = pointers.firstIndex(of: pointer) { return index }
    guard pointers.count < PointerSet.countMax else {
      throw .profileInvalid("it names more than \(PointerSet.countMax) fields of the body")
    }
    pointers.append(pointer)
    return pointers.count - 1
  }

  static func pointer(_ text: String) throws(VerifierError) -> JSONPointer {
    do throws(JSONPointerError) {
      return try JSONPointer(text)
    } catch {
      throw .profileInvalid(error.description)
    }
  }

  static func pattern(_ text: String) throws(VerifierError) -> JSONPattern {
    do throws(JSONPatternError) {
      return try JSONPattern(text)
    } catch {
      throw .profileInvalid(error.description)
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

  /// The bytes, with what they are a range of: an array is shared, never copied.
  func slice(of request: WebhookRequest) -> ArraySlice<UInt8> {
    switch self {
    case .header(let range): request.headers.storage[range]
    case .body(let range): request.body[range]
    case .owned(let bytes): bytes[...]
    }
  }
}
