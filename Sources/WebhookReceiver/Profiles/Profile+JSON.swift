extension Profile {
  /// Prints everything that the engine goes by.
  package func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("id", id)
    writer.member("title", title)
    writer.key("key")
    writeKey(to: &writer)
    writer.member("digest", digest.rawValue)
    writer.key("signature")
    writeSignature(to: &writer)
    writer.key("timestamp")
    writeTimestamp(to: &writer)
    writer.member("message", message.map(\.text))
    writer.member("id_places", idPlaces.map(\.description))
    writer.member("type_places", typePlaces.map(\.description))
    writer.member("identity", identity.rawValue)
    writer.key("retry_horizon")
    if let retryHorizon { writer.duration(retryHorizon) } else { writer.null() }
    writer.key("window")
    writer.duration(deduplicationWindow)
    writer.key("reply")
    writeReply(to: &writer)
    writer.member("secret_headers", secretHeaders)
    writer.member("unsigned_types", unsignedTypes)
    writer.key("senders")
    writeSenders(to: &writer)
    writer.member("references", references)
    writer.endObject()
  }

  private func writeKey(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("encoding", key.encoding.rawValue)
    if let prefix = key.prefix { writer.member("strip", prefix) }
    if let prefix = key.publicKeyPrefix { writer.member("ed25519_public", prefix) }
    if let prefix = key.privateKeyPrefix { writer.member("ed25519_private", prefix) }
    writer.endObject()
  }

  private func writeSignature(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("headers", signature.headers)
    if let separator = signature.separator { writer.member("separator", String(separator)) }
    if let assignment = signature.assignment {
      writer.member("assignment", String(assignment))
      writer.key("versions")
      writer.beginObject()
      for version in signature.versions {
        writer.member(version.name, version.algorithm.rawValue)
      }
      writer.endObject()
    }
    if !signature.prefix.isEmpty { writer.member("prefix", signature.prefix) }
    writer.member("encoding", signature.encoding.rawValue)
    writer.endObject()
  }

  private func writeTimestamp(to writer: inout JSONWriter) {
    guard let timestamp else {
      writer.null()
      return
    }
    writer.beginObject()
    switch timestamp.source {
    case .headers(let names): writer.member("headers", names)
    case .signatureElement(let name): writer.member("signature_element", name)
    }
    writer.member("format", timestamp.format.rawValue)
    writer.key("past")
    writer.duration(timestamp.past)
    writer.key("future")
    writer.duration(timestamp.future)
    writer.endObject()
  }

  private func writeReply(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("status")
    writer.int(reply.status)
    writer.key("content_type")
    if let contentType = reply.contentType { writer.string(contentType) } else { writer.null() }
    writer.member("body", reply.body)
    writer.endObject()
  }

  private func writeSenders(to writer: inout JSONWriter) {
    switch senders {
    case .unknown: writer.null()
    case .addresses(let addresses):
      writer.beginObject()
      writer.member("addresses", addresses)
      writer.endObject()
    case .feed(let url):
      writer.beginObject()
      writer.member("feed", url)
      writer.endObject()
    }
  }
}

extension Profile.MessagePart {
  /// The part in the notation that people read: `{timestamp}`, `.`, `{body}`.
  var text: String {
    switch self {
    case .literal(let text): text
    case .body: "{body}"
    case .timestamp: "{timestamp}"
    case .header(let names): "{header:\(names.joined(separator: "|"))}"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  fileprivate mutating func member(_ name: String, _ values: [String]) {
    key(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  /// In the form of the configuration, in the largest unit that fits: `8d`, `5m`.
  fileprivate mutating func duration(_ duration: Duration) {
    let seconds = duration.components.seconds
    for (unit, length) in [("d", Int64(86400)), ("h", 3600), ("m", 60)] {
      guard seconds.isMultiple(of: length) else { continue }
      string("\(seconds / length)\(unit)")
      return
    }
    string("\(seconds)s")
  }
}
