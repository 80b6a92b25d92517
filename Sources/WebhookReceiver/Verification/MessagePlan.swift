/// What a scheme signs, made ready.
final class MessagePlan: Sendable {
  /// Twice the headers of the scheme with the most; where they lie is kept on the stack.
  static let headersMax = 8

  let parts: [ContentPart]
  let extras: [ContentPart.Extra]
  /// The texts that every message holds, one behind the other.
  let literals: [UInt8]
  /// The headers of the search that messages hold; alternatives stand side by side.
  let headers: [Int]

  /// Makes the parts of a message ready.
  ///
  /// - Throws: when the message cannot be made: a parameter is missing, or two fields are free to
  ///   hold delimiters.
  init(
    _ profile: Profile,
    _ scheme: Profile.SignatureScheme,
    _ parameters: [String: String],
    _ list: inout SearchList
  ) throws(VerifierError) {
    let free = scheme.message.count { part in
      switch part {
      case .field(let field), .fieldLine(let field): field.mayHoldDelimiter
      default: false
      }
    }
    guard free <= 1 else {
      throw .profileInvalid("two fields of the message may hold delimiters; one can at most")
    }
    var draft = Draft(profile: profile, scheme: scheme, parameters: parameters)
    for (index, part) in scheme.message.enumerated() {
      var delimiter = ""
      if index + 1 < scheme.message.count, case .literal(let text) = scheme.message[index + 1] {
        delimiter = text
      }
      draft.parts.append(try draft.part(part, delimiter: delimiter, &list))
    }
    parts = draft.parts
    extras = draft.extras
    literals = draft.literals
    headers = draft.headers
  }

  /// A message while its parts are made ready.
  fileprivate struct Draft {
    let profile: Profile
    let scheme: Profile.SignatureScheme
    let parameters: [String: String]
    var parts: [ContentPart] = []
    var extras: [ContentPart.Extra] = []
    var literals: [UInt8] = []
    var headers: [Int] = []
  }
}

extension MessagePlan.Draft {
  mutating func part(
    _ part: Profile.MessagePart,
    delimiter: String,
    _ list: inout SearchList
  ) throws(VerifierError) -> ContentPart {
    switch part {
    case .literal(let text): return .literal(literal(text))
    case .body: return .body
    case .timestamp:
      guard scheme.timestamp != nil else {
        throw .profileInvalid("the message holds a timestamp, and the profile says nowhere where")
      }
      return .timestamp
    case .id: return try id(delimiter, &list)
    case .header(let names): return try header(names, delimiter, &list)
    case .method: return extra(.method, delimiter)
    case .url: return extra(.url(decoding: scheme.urlDecoding))
    case .path: return extra(.path, delimiter)
    case .pathEscapingQuery: return extra(.pathEscapingQuery, delimiter)
    case .secret:
      guard scheme.mac == .hash else {
        throw .profileInvalid("the message holds the secret: that is for \"mac\": \"hash\" alone")
      }
      return extra(.secret)
    case .field(let field): return try self.field(field, delimiter, &list)
    case .fieldLine(let field): return try fieldLine(field, &list)
    case .form(let name): return extra(.form(name), delimiter)
    case .formSorted: return extra(.formSorted)
    case .signedHeaders(let name):
      var needed: [String] = []
      for case .header(let name) in scheme.timestamp?.places ?? [] { needed.append(name) }
      return extra(.signedHeaders(try list.index(ofHeader: name), needed: needed))
    case .parameter(let name):
      guard let value = parameters[name] else { throw .parameterMissing(name: name) }
      return .literal(literal(value))
    case .bodyCRC32: return extra(.bodyCRC32)
    case .bodyDigest(let digest, let encoding): return extra(.bodyDigest(digest, encoding))
    }
  }

  private mutating func literal(_ text: String) -> Range<Int> {
    let start = literals.count
    literals += Array(text.utf8)
    return start..<literals.count
  }

  private mutating func extra(
    _ kind: ContentPart.Kind,
    _ delimiter: String = ""
  ) -> ContentPart {
    extras.append(ContentPart.Extra(kind: kind, delimiter: Array(delimiter.utf8)))
    return .extra(extras.count - 1)
  }

  private mutating func header(
    _ names: [String],
    _ delimiter: String,
    _ list: inout SearchList
  ) throws(VerifierError) -> ContentPart {
    let isHeader = { (part: ContentPart) in
      if case .header = part { true } else { false }
    }
    guard parts.count(where: isHeader) < MessagePlan.headersMax else {
      throw .profileInvalid("its message holds more than \(MessagePlan.headersMax) headers")
    }
    let start = headers.count
    for name in names { headers.append(try list.index(ofHeader: name)) }
    return .header(start..<headers.count, delimiter: literal(delimiter))
  }

  private mutating func field(
    _ field: Profile.MessagePart.Field,
    _ delimiter: String,
    _ list: inout SearchList
  ) throws(VerifierError) -> ContentPart {
    let kind = ContentPart.Kind.field(
      try reader(of: field, &list),
      name: "json:\(field.pointer)",
      isOptional: field.isOptional
    )
    return extra(kind, field.mayHoldDelimiter ? "" : delimiter)
  }

  private mutating func fieldLine(
    _ field: Profile.MessagePart.Field,
    _ list: inout SearchList
  ) throws(VerifierError) -> ContentPart {
    let kind = ContentPart.Kind.fieldLine(
      try reader(of: field, &list),
      key: try SearchList.pointer(field.pointer).tokens.last?.key ?? [],
      name: "json:\(field.pointer)",
      isOptional: field.isOptional
    )
    // The line feed that ends the line.
    return extra(kind, field.mayHoldDelimiter ? "" : "\n")
  }

  private func reader(
    of field: Profile.MessagePart.Field,
    _ list: inout SearchList
  ) throws(VerifierError) -> PlaceReader {
    let place: Profile.Place = field.isInItem ? .item(field.pointer) : .json(field.pointer)
    return try PlaceReader(place, &list)
  }

  /// Where the id is in headers, the message takes the same one that counts as the id.
  private mutating func id(
    _ delimiter: String,
    _ list: inout SearchList
  ) throws(VerifierError) -> ContentPart {
    let places = profile.idPlaces
    let names = places.compactMap { place -> String? in
      if case .header(let name) = place { name } else { nil }
    }
    if !names.isEmpty, names.count == places.count { return try header(names, delimiter, &list) }
    guard let place = places.first, places.count == 1 else {
      throw .profileInvalid("the message holds the id, and the profile does not say which it is")
    }
    let reader = try PlaceReader(place, &list)
    return extra(.field(reader, name: place.description, isOptional: false), delimiter)
  }
}
