extension Profile {
  /// Reads a profile from JSON, in the form in which `webhook-sidecar profiles NAME --json` prints
  /// one.
  ///
  /// - Parameter json: UTF-8, at most `ProfileError.documentBytesMax` bytes.
  /// - Throws: the first mistake, with the key it is in and what to write there.
  public init(json: [UInt8]) throws(ProfileError) {
    guard json.count <= ProfileError.documentBytesMax else {
      throw ProfileError("", "write at most \(ProfileError.documentBytesMax) bytes")
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(json)
    } catch {
      throw ProfileError("", "this is not JSON: \(error)")
    }
    try self.init(value)
  }

  /// Reads a profile from JSON text; see `init(json: [UInt8])`.
  ///
  /// - Throws: the first mistake, with the key it is in and what to write there.
  public init(json: String) throws(ProfileError) {
    try self.init(json: Array(json.utf8))
  }

  init(_ value: JSONValue) throws(ProfileError) {
    var object = try ProfileObject(value, at: "")
    let id = try object.requiredText("id")
    guard id.utf8.count <= ProfileError.idBytesMax, id.utf8.allSatisfy(Self.isNameByte) else {
      throw object.mistake("id", "write at most \(ProfileError.idBytesMax) of a-z, 0-9, - and _")
    }
    let title = try object.text("title") ?? id
    self.init(id: id, title: title, scheme: try Self.scheme(&object), key: try Self.key(&object))
    keySource = try Self.keySource(&object)
    requirements = try Self.requirements(&object)
    idPlaces = try object.places("id_places")
    typePlaces = try object.places("type_places")
    items = try Self.items(&object)
    sampleType = try object.text("sample_type") ?? ""
    identity = try object.word("identity", as: Identity.self) ?? Self.identity(idPlaces)
    retryHorizon = try object.duration("retry_horizon")
    redeliveryHorizon = try object.duration("redelivery_horizon")
    window = try object.duration("window")
    reply = try Self.reply(&object)
    handshakes = try Self.handshakes(&object)
    secretHeaders = try object.texts("secret_headers")
    unsignedTypes = try object.texts("unsigned_types")
    senders = try Self.senders(&object)
    evidence = try Self.evidence(&object)
    references = try object.texts("references")
    // What the sidecar prints beside a profile: how missed deliveries are fetched. It says nothing
    // of the deliveries themselves.
    _ = object.value("polling")
    try checkUnsigned(&object)
    try object.finish()
  }

  /// What is not signed follows from the rest; who writes it down is told where that is wrong.
  private func checkUnsigned(_ object: inout ProfileObject) throws(ProfileError) {
    let claimed = try object.texts("unsigned")
    let parts = unsignedParts.map(\.rawValue)
    guard claimed.isEmpty || Set(claimed) == Set(parts) else {
      let list = parts.map { "\"\($0)\"" }.joined(separator: ", ")
      throw object.mistake(
        "unsigned",
        "the scheme leaves [\(list)] unsigned; write that, remove the key, or change the scheme"
      )
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    ASCII.isLowercase(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "-")
      || byte == UInt8(ascii: "_")
  }

  /// The careful choice for a profile that does not say: a header may lie, a digest cannot.
  private static func identity(_ idPlaces: [Place]) -> Identity {
    idPlaces.isEmpty ? .digest : .unboundID
  }

  private static func key(_ object: inout ProfileObject) throws(ProfileError) -> KeyRule {
    guard var key = try object.object("key") else { return KeyRule() }
    let byteCount = try key.int("bytes")
    guard byteCount.map((1...ProfileError.keyBytesMax).contains) ?? true else {
      throw key.mistake("bytes", "write a number from 1 to \(ProfileError.keyBytesMax)")
    }
    var rule = KeyRule(
      try key.word("encoding", as: KeyRule.Encoding.self) ?? .text,
      kind: try key.word("kind", as: KeyRule.Kind.self) ?? .symmetric,
      strip: try key.text("strip"),
      byteCount: byteCount,
      publicKeyPrefix: try key.text("ed25519_public"),
      privateKeyPrefix: try key.text("ed25519_private")
    )
    rule.derivation = try key.word("derive", as: Digest.self)
    guard rule.derivation == nil || rule.kind == .symmetric else {
      throw key.mistake("derive", "only a shared secret is hashed into a key; remove it")
    }
    try key.finish()
    return rule
  }

  private static func keySource(_ object: inout ProfileObject) throws(ProfileError) -> KeySource? {
    guard var source = try object.object("key_source") else { return nil }
    let result: KeySource
    if let url = try source.text("key_set") {
      guard url.hasPrefix("https://") else { throw source.mistake("key_set", "write an https URL") }
      result = .keySet(url: url)
    } else {
      guard let place = try source.place("certificate_in") else {
        throw ProfileError(source.path, "write key_set (a URL) or certificate_in (a place)")
      }
      let hosts = try source.texts("hosts")
      guard !hosts.isEmpty else { throw source.mistake("hosts", "write the hosts to be trusted") }
      let subjects = try source.texts("subjects")
      let pathSuffix = try source.text("path_suffix")
      result = .certificate(in: place, hosts: hosts, pathSuffix: pathSuffix, subjects: subjects)
    }
    try source.finish()
    return result
  }

  private static func requirements(
    _ object: inout ProfileObject
  ) throws(ProfileError) -> [Requirement] {
    var requirements: [Requirement] = []
    for var element in try object.objects("require") {
      guard let place = try element.place("in") else {
        throw element.mistake("in", "write a place")
      }
      let values = try element.texts("one_of")
      let isOptional = try element.flag("optional")
      if let setting = try element.text("setting") {
        guard values.isEmpty else {
          throw element.mistake("setting", "write one_of or setting, not both")
        }
        let expected = Requirement.Expected.setting(name: setting, isOptional: isOptional)
        requirements.append(Requirement(place, expected))
      } else {
        guard !values.isEmpty else { throw element.mistake("one_of", "write what it must be") }
        guard !isOptional else {
          throw element.mistake("optional", "only a setting can be left out; remove it")
        }
        requirements.append(Requirement(place, .oneOf(values)))
      }
      try element.finish()
    }
    return requirements
  }

  private static func items(_ object: inout ProfileObject) throws(ProfileError) -> ItemsRule? {
    guard var items = try object.object("items") else { return nil }
    let pattern = try items.requiredText("pattern")
    do throws(JSONPatternError) {
      _ = try JSONPattern(pattern)
    } catch {
      throw items.mistake("pattern", error.description)
    }
    let rule = ItemsRule(
      pattern,
      id: try items.places("id_places"),
      type: try items.places("type_places"),
      areSigned: try items.flag("signed")
    )
    try items.finish()
    return rule
  }

  private static func reply(_ object: inout ProfileObject) throws(ProfileError) -> Reply {
    guard var reply = try object.object("reply") else { return Reply() }
    let status = try reply.int("status") ?? 200
    guard (200...299).contains(status) else {
      throw reply.mistake("status", "write a status from 200 to 299")
    }
    let contentType = try reply.text("content_type")
    guard (contentType ?? "").utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else {
      throw reply.mistake("content_type", "write printable ASCII, such as text/plain")
    }
    let result = Reply(
      status: status,
      contentType: contentType,
      body: try reply.text("body") ?? "",
      deadline: try reply.duration("deadline")
    )
    try reply.finish()
    return result
  }

  private static func handshakes(
    _ object: inout ProfileObject
  ) throws(ProfileError) -> [Handshake] {
    var handshakes: [Handshake] = []
    for (index, name) in try object.texts("handshakes").enumerated() {
      guard let handshake = Handshake(rawValue: name) else {
        let names = Handshake.allCases.map(\.rawValue).joined(separator: ", ")
        throw object.mistake("handshakes/\(index)", "write one of \(names)")
      }
      handshakes.append(handshake)
    }
    return handshakes
  }

  private static func senders(_ object: inout ProfileObject) throws(ProfileError) -> Senders {
    guard var senders = try object.object("senders") else { return .unknown }
    let addresses = try senders.texts("addresses")
    let result: Senders
    if let url = try senders.text("feed") {
      let shape = try senders.requiredText("shape")
      guard AddressFeed.Shape(named: shape) != nil else {
        let names = AddressFeed.Shape.names.joined(separator: ", ")
        throw senders.mistake("shape", "write one of \(names)")
      }
      result = .feed(url: url, shape: shape)
    } else {
      do throws(AddressBlockError) {
        _ = try AllowList(addresses)
      } catch {
        throw senders.mistake("addresses", error.description)
      }
      result = addresses.isEmpty ? .unknown : .addresses(addresses)
    }
    try senders.finish()
    return result
  }

  private static func evidence(_ object: inout ProfileObject) throws(ProfileError) -> [Evidence] {
    var evidence: [Evidence] = []
    for var element in try object.objects("evidence") {
      let confidence = try element.word("confidence", as: Evidence.Confidence.self)
      guard let confidence else { throw element.mistake("confidence", "write how it is known") }
      let fact = try element.requiredText("fact")
      evidence.append(Evidence(fact, confidence, try element.requiredText("source")))
      try element.finish()
    }
    return evidence
  }
}
