internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A delivery that verified, with what the journal keeps of it besides; all of it where it lies.
struct PushedDelivery: ~Escapable {
  /// Microseconds since 1970.
  let receivedAt: Int64
  let remote: Span<UInt8>
  let method: Span<UInt8>
  let target: Span<UInt8>
  let headerBlock: Span<UInt8>
  let body: Span<UInt8>

  @_lifetime(copy remote, copy method, copy target, copy headerBlock, copy body)
  init(
    receivedAt: Int64,
    remote: Span<UInt8>,
    method: Span<UInt8>,
    target: Span<UInt8>,
    headerBlock: Span<UInt8>,
    body: Span<UInt8>
  ) {
    self.receivedAt = receivedAt
    self.remote = remote
    self.method = method
    self.target = target
    self.headerBlock = headerBlock
    self.body = body
  }

  /// The record of the event that it becomes, and the keys by which it is known again.
  ///
  /// `memory` is what another record lay in, or nothing.
  func event(
    _ webhook: VerifiedWebhook,
    _ source: Source,
    _ hasher: EventKeyHasher,
    in memory: consuming [UInt8] = []
  ) -> (record: EventRecord, keys: EventKeys) {
    let facts = webhook.facts
    let digest = webhook.bodyDigest
    let key = webhook.idempotencyKey(
      source: source.name,
      identity: source.identity,
      id: facts.id,
      digest: digest
    )
    var keys = hasher.keys(
      identity: source.identity,
      source: source.name,
      idempotencyKey: key,
      hasID: facts.id != nil,
      digest: digest
    )
    if source.polledIDsMatch { hasher.addItems(webhook, source: source, to: &keys) }
    // A span needs something that lasts as long: what an optional holds does not.
    let (id, type) = ((facts.id ?? "").utf8, (facts.type ?? "").utf8)
    let record = EventRecord(
      EventParts(
        source: source.name.utf8.span,
        origin: .push,
        flags: .verified,
        receivedAt: receivedAt,
        providerTime: webhook.timestamp?.microseconds,
        remote: remote,
        method: method,
        target: target,
        headerBlock: headerBlock,
        eventID: facts.id == nil ? nil : id.span,
        eventType: facts.type == nil ? nil : type.span,
        idempotencyKey: key.bytes.span,
        keys: keys.all,
        bodyDigest: digest.span,
        body: body
      ),
      in: memory
    )
    return (record, keys)
  }
}
