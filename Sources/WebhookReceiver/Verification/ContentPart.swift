/// A part of a message made ready.
enum ContentPart: Sendable {
  case literal([UInt8])
  case body
  case timestamp
  /// A header that must be there; it may not hold the delimiter, which is empty when none follows.
  case header([String], delimiter: [UInt8])
  /// What has to be worked out for each request.
  case extra(Extra, delimiter: [UInt8])

  enum Extra: Sendable {
    case method
    case url
    case path
    case pathEscapingQuery
    case secret
    case field(PlaceReader, name: String, isOptional: Bool)
    case fieldLine(PlaceReader, key: [UInt8], name: String, isOptional: Bool)
    case form(String)
    case formSorted
    case signedHeaders(String)
    case parameter([UInt8])
    case bodyCRC32
    case bodyDigest(Digest, Profile.SignatureRule.Encoding)
  }

  /// Makes the parts of a message ready.
  ///
  /// - Throws: when the message cannot be made: a parameter is missing, or two fields are free to
  ///   hold delimiters.
  static func parts(
    of profile: Profile,
    scheme: Profile.SignatureScheme,
    parameters: [String: String],
    _ pointers: inout PointerList
  ) throws(VerifierError) -> [ContentPart] {
    let message = scheme.message
    let free = message.count { part in
      switch part {
      case .field(let field), .fieldLine(let field): field.mayHoldDelimiter
      default: false
      }
    }
    guard free <= 1 else {
      throw .profileInvalid("two fields of the message may hold delimiters; one can at most")
    }
    var parts: [ContentPart] = []
    for (index, part) in message.enumerated() {
      var delimiter: [UInt8] = []
      if index + 1 < message.count, case .literal(let text) = message[index + 1] {
        delimiter = Array(text.utf8)
      }
      parts.append(try Self.part(part, delimiter, profile, scheme, parameters, &pointers))
    }
    return parts
  }

  private static func part(
    _ part: Profile.MessagePart,
    _ delimiter: [UInt8],
    _ profile: Profile,
    _ scheme: Profile.SignatureScheme,
    _ parameters: [String: String],
    _ pointers: inout PointerList
  ) throws(VerifierError) -> ContentPart {
    switch part {
    case .literal(let text): return .literal(Array(text.utf8))
    case .body: return .body
    case .timestamp:
      guard scheme.timestamp != nil else {
        throw .profileInvalid("the message holds a timestamp, and the profile says nowhere where")
      }
      return .timestamp
    case .id: return try id(profile.idPlaces, delimiter, &pointers)
    case .header(let names): return .header(names, delimiter: delimiter)
    case .method: return .extra(.method, delimiter: delimiter)
    case .url: return .extra(.url, delimiter: [])
    case .path: return .extra(.path, delimiter: delimiter)
    case .pathEscapingQuery: return .extra(.pathEscapingQuery, delimiter: delimiter)
    case .secret:
      guard scheme.code == .hash else {
        throw .profileInvalid("the message holds the secret: that is for \"mac\": \"hash\" alone")
      }
      return .extra(.secret, delimiter: [])
    case .field(let field):
      let reader = try reader(of: field, &pointers)
      return .extra(
        .field(reader, name: "json:\(field.pointer)", isOptional: field.isOptional),
        delimiter: field.mayHoldDelimiter ? [] : delimiter
      )
    case .fieldLine(let field):
      let reader = try reader(of: field, &pointers)
      let key = try PointerList.pointer(field.pointer).tokens.last?.key ?? []
      return .extra(
        .fieldLine(
          reader,
          key: key,
          name: "json:\(field.pointer)",
          isOptional: field.isOptional
        ),
        // The line feed that ends the line.
        delimiter: field.mayHoldDelimiter ? [] : [0x0a]
      )
    case .form(let name): return .extra(.form(name), delimiter: delimiter)
    case .formSorted: return .extra(.formSorted, delimiter: [])
    case .signedHeaders(let name): return .extra(.signedHeaders(name), delimiter: [])
    case .parameter(let name):
      guard let value = parameters[name] else { throw .parameterMissing(name: name) }
      return .extra(.parameter(Array(value.utf8)), delimiter: [])
    case .bodyCRC32: return .extra(.bodyCRC32, delimiter: [])
    case .bodySHA256: return .extra(.bodyDigest(.sha256, .hex), delimiter: [])
    case .bodyDigest(let digest, let encoding):
      return .extra(.bodyDigest(digest, encoding), delimiter: [])
    }
  }

  private static func reader(
    of field: Profile.MessagePart.Field,
    _ pointers: inout PointerList
  ) throws(VerifierError) -> PlaceReader {
    let place: Profile.Place = field.isInItem ? .item(field.pointer) : .json(field.pointer)
    return try PlaceReader(place, &pointers)
  }

  /// Where the id is in headers, the message takes the same one that counts as the id.
  private static func id(
    _ places: [Profile.Place],
    _ delimiter: [UInt8],
    _ pointers: inout PointerList
  ) throws(VerifierError) -> ContentPart {
    let names = places.compactMap { place -> String? in
      if case .header(let name) = place { name } else { nil }
    }
    if !names.isEmpty, names.count == places.count { return .header(names, delimiter: delimiter) }
    guard let place = places.first, places.count == 1 else {
      throw .profileInvalid("the message holds the id, and the profile does not say which it is")
    }
    let reader = try PlaceReader(place, &pointers)
    return .extra(
      .field(reader, name: place.description, isOptional: false),
      delimiter: delimiter
    )
  }
}
