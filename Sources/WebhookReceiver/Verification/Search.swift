/// What a plan looks for in a request: each field of the body and each header once, so that one
/// pass over either finds them all.
struct SearchList {
  fileprivate var pointers: [JSONPointer] = []
  fileprivate var headers: [String] = []
  fileprivate var texts: [String] = []
  fileprivate var patterns: [JSONPattern] = []
  fileprivate var items: [PointerSet] = []
  fileprivate var joined: [[PlaceReader]] = []

  /// The index of a field of the body, as a JSON Pointer.
  mutating func index(ofPointer text: String) throws(VerifierError) -> Int {
    let pointer = try Self.pointer(text)
    if let index = pointers.firstIndex(of: pointer) { return index }
    guard pointers.count < PointerSet.countMax else {
      throw .profileInvalid("it names more than \(PointerSet.countMax) fields of the body")
    }
    pointers.append(pointer)
    return pointers.count - 1
  }

  /// The index of a header.
  mutating func index(ofHeader name: String) throws(VerifierError) -> Int {
    let lowercase = name.lowercased()
    if let index = headers.firstIndex(where: { $0.lowercased() == lowercase }) { return index }
    guard headers.count < HeaderNameSet.countMax else {
      throw .profileInvalid("it names more than \(HeaderNameSet.countMax) headers")
    }
    headers.append(name)
    return headers.count - 1
  }

  /// The index of a name, or of the beginning of names.
  mutating func index(ofText text: String) -> Int {
    texts.append(text)
    return texts.count - 1
  }

  mutating func index(ofPattern text: String) throws(VerifierError) -> Int {
    patterns.append(try Self.pattern(text))
    return patterns.count - 1
  }

  /// The index of a field of an item, as a JSON Pointer from the item on.
  mutating func index(ofItemPointer text: String) throws(VerifierError) -> Int {
    items.append(PointerSet(try Self.pointer(text)))
    return items.count - 1
  }

  /// The index of places that make one text.
  mutating func index(ofJoined places: [PlaceReader]) -> Int {
    joined.append(places)
    return joined.count - 1
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

/// A search list made ready: a class, so that no request copies it on its way.
final class Search: Sendable {
  /// The fields of the body; nil: none.
  let pointers: PointerSet?
  let headers: HeaderNameSet
  let texts: [String]
  let patterns: [JSONPattern]
  /// Each of one pointer.
  let items: [PointerSet]
  let joined: [[PlaceReader]]

  /// The pointers as they are written, for errors.
  var pointerTexts: [String] { pointers?.pointers.map(\.description) ?? [] }

  init(_ list: SearchList) {
    pointers = list.pointers.isEmpty ? nil : PointerSet(list.pointers)
    headers = HeaderNameSet(list.headers)
    texts = list.texts
    patterns = list.patterns
    items = list.items
    joined = list.joined
  }
}
