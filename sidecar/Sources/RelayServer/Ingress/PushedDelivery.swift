internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A delivery that verified, with what the journal keeps of it besides.
struct PushedDelivery {
  /// Microseconds since 1970.
  let receivedAt: Int64
  let remote: String
  let method: String
  let target: [UInt8]
  let headerBlock: [UInt8]
  let body: [UInt8]

  /// The event that it becomes, and the keys by which it is known again.
  func event(
    _ webhook: VerifiedWebhook,
    _ source: Source,
    _ hasher: EventKeyHasher
  ) -> (draft: EventDraft, keys: EventKeys) {
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
    let draft = EventDraft(
      source: source.name,
      origin: .push,
      flags: .verified,
      receivedAt: receivedAt,
      providerTime: webhook.timestamp?.microseconds,
      remote: remote,
      method: method,
      target: target,
      headerBlock: headerBlock,
      eventID: facts.id.map { Array($0.utf8) },
      eventType: facts.type.map { Array($0.utf8) },
      idempotencyKey: key.bytes,
      keys: keys.all,
      bodyDigest: digest,
      body: body
    )
    return (draft, keys)
  }
}
