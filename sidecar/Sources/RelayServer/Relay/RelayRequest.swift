internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import WebhookReceiver

/// Makes the request of one attempt (contract §6).
///
/// Everything in it that came from outside has passed the alphabet and the length of its header, or
/// is left out: one event must never spoil its own delivery for ever (failures 20 and 37).
struct RelayRequest {
  private let event: StoredEvent
  private let id: String
  private let attempt: Attempt
  private let target: RelayTarget
  private let scheme: String

  /// `id` is the event's public id, `scheme` the one that the provider called.
  init(_ event: StoredEvent, id: String, _ attempt: Attempt, to target: RelayTarget, scheme: String)
  {
    self.event = event
    self.id = id
    self.attempt = attempt
    self.target = target
    self.scheme = scheme
  }

  struct Made {
    var fields: RequestFields
    var body: [UInt8]
  }

  /// Nil when it cannot be signed.
  func make(at now: Timestamp) -> Made? {
    let format = RelayFormat(event, id: id)
    let content = format.content(target.plan.format)
    var fields = RequestFields()
    if content.keepsHeaders { appendProviders(to: &fields, dropping: content.fields.map(\.0)) }
    appendTrace(to: &fields)
    for (name, value) in content.fields { append(name, value, to: &fields) }
    fields.append(contentsOf: target.fixed)
    appendOwn(to: &fields)
    guard appendIdentity(content.body, at: now, to: &fields) else { return nil }
    return Made(fields: fields, body: content.body)
  }

  /// A field that no request can carry is left out.
  private func append(_ name: String, _ value: String, to fields: inout RequestFields) {
    try? fields.append(name, value)
  }

  // MARK: The provider's own

  /// What goes on under a name of ours reaches the service under this one.
  private static let originalPrefix = "Webhook-Receiver-Original-"

  private func appendProviders(to fields: inout RequestFields, dropping: [String]) {
    let more = dropping.map { $0.lowercased() } + namesOfConnection
    for field in HeaderBlock(event.headerBlock) {
      let lower = field.lowercasedName
      // A service that reads `_` for `-`, as CGI does, must not take the provider's for ours.
      let folded = lower.replacing("_", with: "-")
      if folded.hasPrefix("webhook-receiver-") { continue }
      if folded != lower, RelayHeaderRules.own.contains(folded) { continue }
      if Self.traceNames.contains(lower) { continue }
      if lower.hasPrefix("webhook-") {
        let name = Array(Self.originalPrefix.utf8) + field.name.dropFirst("webhook-".count)
        try? fields.append(name.span, field.value.span)
      } else if !target.dropped.contains(lower), !more.contains(lower) {
        try? fields.append(field.name.span, field.value.span)
      }
    }
  }

  /// Names that the sender meant for its own connection only (RFC 9110 §7.6.1).
  private var namesOfConnection: [String] {
    HeaderBlock(event.headerBlock).filter { $0.isNamed("connection") }.flatMap { field in
      field.text.split(separator: ",").map { option in
        option.filter { $0 != " " && $0 != "\t" }.lowercased()
      }
    }
  }

  private static let traceNames: Set = [TraceContext.parentName, TraceContext.stateName]

  /// The provider's trace, in whatever form the body goes: it is the delivery's, not the body's.
  ///
  /// One that is not valid ends here. Nobody could follow it, and it is no reason to refuse an
  /// event.
  private func appendTrace(to fields: inout RequestFields) {
    // Those of `headers` go before.
    let dropped = target.dropped.union(namesOfConnection)
    guard !dropped.contains(TraceContext.parentName),
      let trace = TraceContext(HeaderBlock(event.headerBlock))
    else { return }
    append(TraceContext.parentName, trace.parent, to: &fields)
    guard let state = trace.state, !dropped.contains(TraceContext.stateName) else { return }
    append(TraceContext.stateName, state, to: &fields)
  }

  // MARK: Ours

  private func appendOwn(to fields: inout RequestFields) {
    append("Webhook-Receiver-Source", event.source, to: &fields)
    append("Webhook-Receiver-Origin", event.origin.word, to: &fields)
    append("Webhook-Receiver-Attempt", String(attempt.number), to: &fields)
    append(
      "Webhook-Receiver-Received-At",
      Timestamp(microseconds: event.receivedAt).rfc3339,
      to: &fields
    )
    if attempt.id.replay != 0 {
      append("Webhook-Receiver-Replay", ReplayID.text(attempt.id.replay), to: &fields)
    }
    append("Idempotency-Key", idempotencyKey, to: &fields)
    if IPAddress(event.remote) != nil { append("X-Forwarded-For", event.remote, to: &fields) }
    append("X-Forwarded-Proto", scheme, to: &fields)
    if let host = HeaderBlock(event.headerBlock).first("host")?.text, Self.isHost(host) {
      append("X-Forwarded-Host", host, to: &fields)
    }
  }

  /// A name of 253 bytes, brackets and a port.
  private static let hostBytesMax = 261

  private static func isHost(_ text: String) -> Bool {
    (1...hostBytesMax).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5B, 0x5D, 0x5F: true
        default: false
        }
      }
  }

  /// The event's key; a replay that asked for one of its own has one, the same on each attempt.
  private var idempotencyKey: String {
    guard attempt.identity == .new else {
      return IdempotencyKey(digest: event.idempotencyKey).description
    }
    var bytes = event.idempotencyKey
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: attempt.id.replay >> UInt64(shift)))
    }
    return IdempotencyKey(digest: SHA256.digest(bytes.span)).description
  }

  /// `webhook-id` and `webhook-timestamp`, and a signature of each secret.
  private func appendIdentity(
    _ body: [UInt8],
    at now: Timestamp,
    to fields: inout RequestFields
  ) -> Bool {
    guard let signer = target.signer else {
      append("webhook-id", id, to: &fields)
      append("webhook-timestamp", String(now.seconds), to: &fields)
      return true
    }
    var draft = Signer.Event(body: body, timestamp: now)
    draft.id = id
    guard let headers = try? signer.headers(draft) else { return false }
    for (name, value) in headers where RelayHeaderRules.own.contains(name.lowercased()) {
      append(name, value, to: &fields)
    }
    return true
  }
}

/// How a replay is named outside: 16 hexadecimal digits.
enum ReplayID {
  static func text(_ id: UInt64) -> String {
    Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: id >> (56 - UInt64($0) * 8)) })
  }

  /// Nil for a text that this API did not give out.
  static func parse(_ text: String) -> UInt64? {
    guard text.utf8.count == 16, let id = UInt64(text, radix: 16), id != 0, Self.text(id) == text
    else { return nil }
    return id
  }

  static func make() -> UInt64 { UInt64.random(in: 1...UInt64.max) }
}
