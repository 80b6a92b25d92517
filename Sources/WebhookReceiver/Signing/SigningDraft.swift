/// A request while it is being signed.
struct SigningDraft {
  private(set) var request: WebhookRequest
  /// The body as a tree, once something had to be put into it.
  private var tree: JSONValue?

  /// Makes a request with the headers that say what the event is.
  init(_ profile: Profile, _ event: Signer.Event) throws(SigningError) {
    request = WebhookRequest(
      method: event.method,
      target: Self.target(of: event),
      headers: HeaderFields(),
      body: event.body,
      url: event.url
    )
    try putName(event.id, profile.idPlaces.first) { Self.randomID() }
    try putName(event.type, profile.typePlaces.first) { profile.sampleType }
  }

  /// The query of the address belongs to the request.
  static func target(of event: Signer.Event) -> String {
    guard event.target == "/", let url = event.url.flatMap(HTTPURL.init) else {
      return event.target
    }
    return url.target
  }

  /// An id or a type that the provider sends in a header; those in the body are the body's.
  private mutating func putName(
    _ given: String?,
    _ place: Profile.Place?,
    _ usual: () -> String
  ) throws(SigningError) {
    let names: [String]
    switch place {
    case .header(let name): names = [name]
    case .joined(let places):
      names = places.compactMap { place in
        if case .header(let name) = place { name } else { nil }
      }
    default: return
    }
    for (index, name) in names.enumerated() {
      let text = index == 0 ? given ?? usual() : "webhook-receiver"
      guard given != nil || !text.isEmpty else { continue }
      // What a verifier would refuse is refused here, where it can still be mended.
      guard EventText.isPlain(text.utf8.span), !text.hasPrefix(" "), !text.hasSuffix(" ") else {
        throw .unsendable(.malformedHeader(name: name))
      }
      request.headers.append(name, text)
    }
  }

  /// Puts the id into the body, where it is signed there and the body has none (Mailgun).
  mutating func fillSignedID(
    _ profile: Profile,
    _ scheme: Profile.SignatureScheme,
    _ id: String?
  ) throws(SigningError) {
    guard case .json(let pointer)? = profile.idPlaces.first,
      scheme.message.contains(where: { part in
        if case .field(let field) = part { field.pointer == pointer } else { false }
      }),
      let place = try? JSONPointer(pointer),
      JSONScanner.scalar(at: place, in: request.bodyBytes) == nil
    else { return }
    try put(.string(id ?? Self.randomID()), in: pointer)
  }

  /// Lists the headers to sign, where the provider chooses them: the list itself and the time.
  mutating func listSignedHeaders(_ scheme: Profile.SignatureScheme) {
    for case .signedHeaders(let name) in scheme.message where request.headers.first(name) == nil {
      var names = [name.lowercased()]
      for case .header(let time) in scheme.timestamp?.places ?? [] {
        names.append(time.lowercased())
      }
      request.headers.append(name, names.sorted().joined(separator: ","))
    }
  }

  mutating func fulfil(
    _ requirements: [Profile.Requirement],
    _ parameters: [String: String]
  ) throws(SigningError) {
    for requirement in requirements {
      let values: [String]?
      do throws(VerifierError) {
        values = try requirement.values(parameters)
      } catch {
        throw .keyUnusable(error)
      }
      if let value = values?.first { try put(value, at: requirement.place) }
    }
  }

  /// Puts a text at a place.
  mutating func put(_ text: String, at place: Profile.Place) throws(SigningError) {
    switch place {
    case .header(let name): request.headers.append(name, text)
    case .headers(let prefix): request.headers.append(prefix + "1", text)
    case .json(let pointer): try put(.string(text), in: pointer)
    case .query(let name):
      let mark = request.target.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
      request.target += mark + name + "=" + text
      if let url = request.url, url.utf8.contains(UInt8(ascii: "?")) {
        request.url = url + "&" + name + "=" + text
      }
    default: throw .bodyUnfit("nothing can be put at \(place)")
    }
  }

  /// Puts a value into the body.
  mutating func put(_ value: JSONValue, in pointer: String) throws(SigningError) {
    var tree = try bodyTree()
    guard let steps = try? JSONPointer(pointer).tokens else {
      throw .bodyUnfit("\(pointer) is no JSON Pointer")
    }
    guard tree.set(value, at: steps.map(\.key)[...]) else {
      throw .bodyUnfit("the body has no place for \(pointer)")
    }
    self.tree = tree
    request.body = tree.bytes
  }

  /// What a field of the body may be: some providers write numbers in quotes.
  enum FieldKind { case string, number }

  /// Whether the body has a field of this kind.
  func holds(_ kind: FieldKind, at pointer: String) -> Bool {
    guard let place = try? JSONPointer(pointer),
      let value = JSONScanner.scalar(at: place, in: request.bodyBytes)
    else { return false }
    switch value {
    case .string: return kind == .string
    case .number: return kind == .number
    default: return false
    }
  }

  private func bodyTree() throws(SigningError) -> JSONValue {
    if let tree { return tree }
    do throws(JSONError) {
      return try JSONValue.parse(request.body)
    } catch {
      throw .bodyUnfit("the body is not JSON, and the scheme puts something into it")
    }
  }

  /// A UUID of 122 random bits, which every provider's receivers take for an id.
  private static func randomID() -> String {
    var generator = SystemRandomNumberGenerator()
    var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    let digits = Hex.encode(bytes)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(index) { text += "-" }
      text.append(digit)
    }
    return text
  }
}

extension JSONValue {
  /// Sets the value at a path, making objects on the way; false when something else is there.
  mutating func set(_ value: JSONValue, at path: ArraySlice<[UInt8]>) -> Bool {
    guard let step = path.first else {
      self = value
      return true
    }
    let key = String(decoding: step, as: UTF8.self)
    switch self {
    case .object(var members):
      if let index = members.firstIndex(where: { $0.key.utf8.elementsEqual(step) }) {
        guard members[index].value.set(value, at: path.dropFirst()) else { return false }
      } else {
        var inner = JSONValue.object([])
        guard inner.set(value, at: path.dropFirst()) else { return false }
        members.append(Member(key: key, value: inner))
      }
      self = .object(members)
      return true
    case .array(var elements):
      guard let index = Int(key), elements.indices.contains(index),
        elements[index].set(value, at: path.dropFirst())
      else { return false }
      self = .array(elements)
      return true
    default: return false
    }
  }
}
