internal import RelayCore
package import RelayJournal
package import WebhookReceiver

/// How the body of an event is shown.
package enum BodyForm: String, Sendable {
  case base64
  case text
  case none
}

/// Writes events as the API shows them (contract §5).
package struct EventJSON: Sendable {
  /// Nil where there are no ids: only a running sidecar gives them out.
  private let codec: CursorCodec?

  init(codec: CursorCodec) { self.codec = codec }

  /// Shows events outside a running sidecar.
  package init() { codec = nil }

  package func write(_ event: borrowing StoredEvent, body: BodyForm, to writer: inout JSONWriter) {
    write(event, id: codec?.eventID(event.sequence), body: body, to: &writer)
  }

  /// Under an id that is known already.
  func write(
    _ event: borrowing StoredEvent,
    id: String?,
    body: BodyForm,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    if let id {
      writer.key("id")
      writer.string(id)
    }
    writer.key("sequence")
    writer.int(Int(clamping: event.sequence))
    writer.key("source")
    writer.string(event.source)
    writer.key("origin")
    writer.string(event.origin.word)
    optional("event_id", event.eventID, &writer)
    optional("event_type", event.eventType, &writer)
    writer.key("idempotency_key")
    writer.string(IdempotencyKey(digest: event.idempotencyKey).description)
    writer.key("received_at")
    writer.timestamp(Timestamp(microseconds: event.receivedAt))
    writer.key("provider_time")
    if let time = event.providerTime {
      writer.timestamp(Timestamp(microseconds: time))
    } else {
      writer.null()
    }
    writer.key("remote_address")
    writer.string(event.remote)
    flags(event.flags, &writer)
    writer.key("method")
    writer.string(event.method)
    writer.key("target")
    writer.string(utf8: event.target.span)
    writer.headers(event.headerBlock)
    writer.key("size")
    writer.int(event.bodySize)
    writer.key("sha256")
    writer.string(Hex.encode(event.bodyDigest.span))
    bodyMembers(event, body, &writer)
    writer.endObject()
  }

  private func optional(_ key: String, _ value: [UInt8]?, _ writer: inout JSONWriter) {
    writer.key(key)
    if let value { writer.string(utf8: value.span) } else { writer.null() }
  }

  private func flags(_ flags: EventFlags, _ writer: inout JSONWriter) {
    writer.key("flags")
    writer.beginArray()
    for (flag, word) in Self.words where flags.contains(flag) { writer.string(word) }
    writer.endArray()
  }

  private static let words: [(EventFlags, String)] = [
    (.conflict, "conflict"), (.replayedBody, "replayed_body"), (.latePush, "late_push"),
    (.erased, "erased"),
  ]

  /// Text that is not UTF-8 is shown as base64, and `body_encoding` says so: never a silent change.
  private func bodyMembers(
    _ event: borrowing StoredEvent,
    _ form: BodyForm,
    _ writer: inout JSONWriter
  ) {
    guard form != .none, !event.isErased else { return }
    let isText = form == .text && String(validating: event.body, as: UTF8.self) != nil
    writer.key("body_encoding")
    writer.string(isText ? "text" : "base64")
    writer.key("body")
    if isText { writer.string(utf8: event.body.span) } else { writer.base64(event.body.span) }
  }
}

extension JSONWriter {
  /// Field lines as pairs, in order.
  mutating func headers(_ block: [UInt8]) {
    key("headers")
    beginArray()
    for field in HeaderBlock(block) {
      beginArray()
      string(utf8: Array(field.name).span)
      string(utf8: Array(field.value).span)
      endArray()
    }
    endArray()
  }
}
