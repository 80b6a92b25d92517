extension Profile {
  /// The profile as JSON: what `init(json:)` reads.
  ///
  /// Empty lists and texts are left out. What is derived where it is absent (`window`, `past`,
  /// `future`, the digest, `unsigned`) is written, so that the document says what holds: read
  /// again, `window` is set to what it was derived to be.
  public var json: [UInt8] {
    var writer = JSONWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Writes the profile where a value belongs, with members of another room at its end.
  package func write(
    to writer: inout JSONWriter,
    more: (inout JSONWriter) -> Void = { _ in }
  ) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("title", title)
    writeKey(to: &writer)
    writeScheme(to: &writer)
    writeKeySource(to: &writer)
    writer.objects("require", requirements) { writer, requirement in
      writer.member("in", requirement.place.description)
      switch requirement.expected {
      case .oneOf(let values): writer.member("one_of", values)
      case .setting(let name, let isOptional):
        writer.member("setting", name)
        writer.member("optional", isOptional)
      }
    }
    writer.member("id_places", idPlaces.map(\.description))
    writer.member("type_places", typePlaces.map(\.description))
    if let items {
      writer.object("items") { writer in
        writer.member("pattern", items.pattern)
        writer.member("id_places", items.idPlaces.map(\.description))
        writer.member("type_places", items.typePlaces.map(\.description))
        writer.member("signed", items.areSigned)
      }
    }
    writer.member("sample_type", sampleType)
    writer.member("identity", identity.rawValue)
    writer.member("unsigned", unsignedParts.map(\.rawValue))
    writer.member("retry_horizon", retryHorizon)
    writer.member("redelivery_horizon", redeliveryHorizon)
    writer.member("window", deduplicationWindow)
    writer.object("reply") { writer in
      writer.key("status")
      writer.int(reply.status)
      writer.member("content_type", reply.contentType ?? "")
      writer.member("body", reply.body)
      writer.member("deadline", reply.deadline)
    }
    writer.member("handshakes", handshakes.map(\.rawValue))
    writer.member("secret_headers", secretHeaders)
    writer.member("unsigned_types", unsignedTypes)
    writeSenders(to: &writer)
    writer.objects("evidence", evidence) { writer, evidence in
      writer.member("fact", evidence.fact)
      writer.member("confidence", evidence.confidence.rawValue)
      writer.member("source", evidence.source)
    }
    writer.member("references", references)
    more(&writer)
    writer.endObject()
  }

  private func writeKey(to writer: inout JSONWriter) {
    writer.object("key") { writer in
      if key.kind != .symmetric { writer.member("kind", key.kind.rawValue) }
      writer.member("encoding", key.encoding.rawValue)
      writer.member("strip", key.strip ?? "")
      if let byteCount = key.byteCount {
        writer.key("bytes")
        writer.int(byteCount)
      }
      writer.member("derive", key.derivation?.rawValue ?? "")
      writer.member("ed25519_public", key.publicKeyPrefix ?? "")
      writer.member("ed25519_private", key.privateKeyPrefix ?? "")
    }
  }

  private func writeKeySource(to writer: inout JSONWriter) {
    switch keySource {
    case nil: break
    case .keySet(let url):
      writer.object("key_source") { $0.member("key_set", url) }
    case .certificate(let place, let hosts, let pathSuffix, let subjects):
      writer.object("key_source") { writer in
        writer.member("certificate_in", place.description)
        writer.member("hosts", hosts)
        writer.member("path_suffix", pathSuffix ?? "")
        writer.member("subjects", subjects)
      }
    }
  }

  private func writeSenders(to writer: inout JSONWriter) {
    switch senders {
    case .unknown: break
    case .addresses(let addresses):
      writer.object("senders") { $0.member("addresses", addresses) }
    case .feed(let url, let shape):
      writer.object("senders") { writer in
        writer.member("feed", url)
        writer.member("shape", shape)
      }
    }
  }
}

/// Members that say nothing are left out.
extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    guard !value.isEmpty else { return }
    key(name)
    string(value)
  }

  mutating func member(_ name: String, _ values: [String]) {
    guard !values.isEmpty else { return }
    key(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  mutating func member(_ name: String, _ flag: Bool) {
    guard flag else { return }
    key(name)
    bool(true)
  }

  mutating func member(_ name: String, _ duration: Duration?) {
    guard let duration else { return }
    key(name)
    string(duration.configurationText)
  }

  mutating func member(_ name: String, _ character: Unicode.Scalar?) {
    guard let character else { return }
    member(name, String(character))
  }

  mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
    key(name)
    beginObject()
    body(&self)
    endObject()
  }

  mutating func objects<Element>(
    _ name: String,
    _ elements: [Element],
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    guard !elements.isEmpty else { return }
    key(name)
    beginArray()
    for element in elements {
      beginObject()
      body(&self, element)
      endObject()
    }
    endArray()
  }
}
