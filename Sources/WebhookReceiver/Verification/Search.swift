/// What a plan looks for in a request: each field of the body and each header once, so that one
/// pass over either finds them all.
struct SearchList {
  fileprivate var pointers: [JSONPointer] = []
  fileprivate var headers: [String] = []

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

  /// The pointers as they are written, for errors.
  var pointerTexts: [String] { pointers?.pointers.map(\.description) ?? [] }

  init(_ list: SearchList) {
    pointers = list.pointers.isEmpty ? nil : PointerSet(list.pointers)
    headers = HeaderNameSet(list.headers)
  }
}
