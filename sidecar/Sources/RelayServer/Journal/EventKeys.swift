internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// The index keys of one delivery: hashed under the journal's own key, so that no sender can aim
/// for a collision, but for the one that is seldom asked for.
struct EventKeys: Sendable {
  /// The whole identity; nil where nothing is ever a duplicate.
  var event: Key128?
  /// The id alone.
  ///
  /// A polled event, whose bytes differ, is matched by it.
  var id: Key128?
  /// Source and signed bytes.
  var content: Key128?
  /// What a polled event of this id would be found by: hashed where it is looked for, which is
  /// seldom, and never stored with a push.
  var polled: IdempotencyKey?

  /// Of the other events of a delivery that has several, where they can be polled one by one.
  var items: [PolledKeys] = []
  /// Whether it holds events without an id that could be looked for: nobody knows whether they are
  /// new.
  var hasUnknownItems = false
  /// Whether the delivery's id is that of one of its events; true where that cannot be seen.
  var isOwnItem = false

  /// In the order in which they are stored: the identity first.
  var all: [Key128] {
    var keys: [Key128] = []
    keys.reserveCapacity(3 + items.count)
    if let event { keys.append(event) }
    if let id { keys.append(id) }
    if let content { keys.append(content) }
    for item in items { keys.append(item.id) }
    return keys
  }
}

/// Hashes keys; the first byte of what is hashed keeps the four kinds apart.
struct EventKeyHasher: Sendable {
  private let hash: KeyedHash128

  init(key: [UInt8]) { hash = KeyedHash128(key: key) }

  /// `digest` is the SHA-256 of the signed body bytes.
  func keys(
    identity: Profile.Identity,
    source: String,
    idempotencyKey: IdempotencyKey,
    hasID: Bool,
    digest: [UInt8]
  ) -> EventKeys {
    // One piece of memory for all three.
    var message: [UInt8] = []
    message.reserveCapacity(1 + digest.count + max(idempotencyKey.bytes.count, source.utf8.count))
    let key = key(1, idempotencyKey.bytes, [], &message)
    switch identity {
    case .none:
      return EventKeys()
    case .boundID, .digest:
      return EventKeys(event: key, polled: hasID ? idempotencyKey : nil)
    case .unboundID:
      let content = self.key(3, digest, source.utf8, &message)
      // Without an id the key already stands for the signed bytes.
      guard hasID else { return EventKeys(event: key, content: content) }
      let pair = self.key(2, idempotencyKey.bytes, digest, &message)
      return EventKeys(
        event: pair,
        id: key,
        content: content,
        polled: idempotencyKey
      )
    }
  }

  /// The keys of a polled event: its id, as pushes take it, and that polling brought it.
  ///
  /// Two, because a push of the same id with other bytes is a conflict when a push was first, and
  /// a duplicate when polling was.
  func polledKeys(_ idempotencyKey: IdempotencyKey) -> PolledKeys {
    var message: [UInt8] = []
    let id = key(1, idempotencyKey.bytes, [], &message)
    return PolledKeys(id: id, polled: polledKey(idempotencyKey))
  }

  /// The keys of the delivery's events, as polling would store each of them.
  func addItems(_ webhook: VerifiedWebhook, source: Source, to keys: inout EventKeys) {
    let items = webhook.separateItems
    keys.hasUnknownItems = items?.contains { $0.id == nil } ?? true
    keys.isOwnItem = keys.hasUnknownItems
    guard let items, !items.isEmpty else { return }
    let own = webhook.facts.id
    var seen: Set<String> = []
    for id in items.compactMap(\.id) where seen.insert(id).inserted {
      if id == own {
        keys.isOwnItem = true
      } else {
        keys.items.append(
          polledKeys(
            IdempotencyKey(
              source: source.name,
              identity: source.identity.rawValue,
              value: Array(id.utf8)
            )
          )
        )
      }
    }
  }

  /// Where a polled event with the id of this delivery would be.
  func polledKey(of keys: EventKeys) -> Key128? { keys.polled.map(polledKey) }

  private func polledKey(_ idempotencyKey: IdempotencyKey) -> Key128 {
    var message: [UInt8] = []
    return key(4, idempotencyKey.bytes, [], &message)
  }

  private func key(
    _ kind: UInt8,
    _ first: [UInt8],
    _ second: some Collection<UInt8>,
    _ message: inout [UInt8]
  ) -> Key128 {
    message.removeAll(keepingCapacity: true)
    message.append(kind)
    message += first
    message += second
    let value = hash.hash(message.span)
    return Key128(high: value.high, low: value.low)
  }
}

/// The keys that a polled event is stored under.
struct PolledKeys: Sendable {
  let id: Key128
  let polled: Key128

  var all: [Key128] { [id, polled] }
}
