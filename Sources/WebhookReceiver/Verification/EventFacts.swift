/// What a delivery says about its event: id and type.
struct EventFacts: Sendable {
  /// Longer than any provider's ids; a longer one is no id, and would be stored and printed.
  static let textBytesMax = 256

  private(set) var id: String?
  private(set) var type: String?

  /// Reads what stands in headers.
  ///
  /// The body is not looked at: nobody has vouched for it yet.
  init(_ profile: Profile, headers: HeaderFields) throws(VerificationError) {
    id = try Self.headerText(profile.idPlaces, headers)
    type = try Self.headerText(profile.typePlaces, headers)
  }

  /// The same with what stands in the body, read in one pass, once that is known to be signed.
  consuming func completed(by profile: Profile, body: [UInt8]) -> EventFacts {
    let idPointers = id == nil ? Self.pointers(profile.idPlaces) : []
    let typePointers = type == nil ? Self.pointers(profile.typePlaces) : []
    guard !idPointers.isEmpty || !typePointers.isEmpty else { return self }
    let scalars = JSONScanner.scalars(at: idPointers + typePointers, in: body.span)
    if !idPointers.isEmpty { id = Self.firstText(scalars[..<idPointers.count]) }
    if !typePointers.isEmpty { type = Self.firstText(scalars[idPointers.count...]) }
    return self
  }

  private static func headerText(
    _ places: [Profile.Place],
    _ headers: HeaderFields
  ) throws(VerificationError) -> String? {
    for place in places {
      guard case .header(let name) = place else { continue }
      guard let (_, range) = try headers.single(oneOf: [name]) else { continue }
      let text = String(validating: headers.storage[range], as: UTF8.self)
      guard let text, isPlain(text) else { throw .malformedHeader(name: name) }
      return text
    }
    return nil
  }

  private static func pointers(_ places: [Profile.Place]) -> [JSONPointer] {
    places.compactMap { place in
      guard case .json(let pointer) = place else { return nil }
      return pointer
    }
  }

  private static func firstText(_ scalars: ArraySlice<JSONScalar?>) -> String? {
    for case let text? in scalars.lazy.map({ $0?.text }) {
      return isPlain(text) ? text : nil
    }
    return nil
  }

  /// Whether the text can be stored, logged and put in a header without harm.
  private static func isPlain(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= textBytesMax else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && !(scalar.value >= 0x7f && scalar.value <= 0x9f)
    }
  }
}
