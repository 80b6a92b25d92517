internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// The index keys of one delivery, hashed under the journal's own key, so that no sender can aim
/// for a collision.
struct EventKeys: Sendable {
  /// The whole identity; nil where nothing is ever a duplicate.
  var event: Key128?
  /// The id alone.
  ///
  /// A polled event, whose bytes differ, is matched by it.
  var id: Key128?
  /// Source and signed bytes.
  var content: Key128?

  /// In the order in which they are stored: the identity first.
  var all: [Key128] { [event, id, content].compactMap { $0 } }
}

/// Hashes keys; the first byte of what is hashed keeps the three kinds apart.
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
    let key = key(1, idempotencyKey.bytes)
    switch identity {
    case .none:
      return EventKeys()
    case .boundID, .digest:
      return EventKeys(event: key)
    case .unboundID:
      let content = self.key(3, digest + Array(source.utf8))
      // Without an id the key already stands for the signed bytes.
      guard hasID else { return EventKeys(event: key, content: content) }
      let pair = self.key(2, idempotencyKey.bytes + digest)
      return EventKeys(event: pair, id: key, content: content)
    }
  }

  private func key(_ kind: UInt8, _ bytes: [UInt8]) -> Key128 {
    let value = hash.hash(([kind] + bytes).span)
    return Key128(high: value.high, low: value.low)
  }
}
