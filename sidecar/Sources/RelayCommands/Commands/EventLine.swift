internal import RelayJournal
internal import WebhookReceiver

/// One stored event as a line of `journal dump`.
///
/// The members are those of the API, but for `id`, which only a running sidecar gives out.
struct EventLine {
  let hasBody: Bool

  private static let flags: [(flag: EventFlags, word: String)] = [
    (.conflict, "conflict"), (.replayedBody, "replayed_body"), (.latePush, "late_push"),
  ]

  func write(_ event: StoredEvent, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("sequence")
    writer.int(event.sequence)
    writer.key("source")
    writer.string(event.source)
    writer.key("origin")
    writer.string(event.origin.word)
    writeText("event_id", event.eventID, to: &writer)
    writeText("event_type", event.eventType, to: &writer)
    writer.key("idempotency_key")
    writer.string(IdempotencyKey(digest: event.idempotencyKey).description)
    writer.key("received_at")
    writer.timestamp(Timestamp(microseconds: event.receivedAt))
    writer.key("provider_time")
    writer.stringOrNull(event.providerTime.map { Timestamp(microseconds: $0).rfc3339 })
    writer.key("remote_address")
    writer.string(event.remote)
    writer.key("flags")
    writer.beginArray()
    for (flag, word) in Self.flags where event.flags.contains(flag) { writer.string(word) }
    writer.endArray()
    writer.key("method")
    writer.string(event.method)
    writeText("target", event.target, to: &writer)
    writeHeaders(event.headerBlock, to: &writer)
    writer.key("size")
    writer.int(event.bodySize)
    writer.key("sha256")
    writer.string(Hex.encode(event.bodyDigest.span))
    if hasBody {
      writer.key("body")
      writer.base64(event.body.span)
    }
    writer.endObject()
  }

  private func writeText(_ key: String, _ text: [UInt8]?, to writer: inout JSONWriter) {
    writer.key(key)
    if let text { writer.string(utf8: text.span) } else { writer.null() }
  }

  private func writeHeaders(_ block: [UInt8], to writer: inout JSONWriter) {
    writer.key("headers")
    writer.beginArray()
    for line in block.split(separator: 0x0A) {
      guard let colon = line.firstIndex(of: 0x3A) else { continue }
      var value = line[(colon + 1)...]
      while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
      while let byte = value.last, byte == 0x20 || byte == 0x09 || byte == 0x0D {
        value.removeLast()
      }
      writer.beginArray()
      writer.string(utf8: Array(line[..<colon]).span)
      writer.string(utf8: Array(value).span)
      writer.endArray()
    }
    writer.endArray()
  }
}
