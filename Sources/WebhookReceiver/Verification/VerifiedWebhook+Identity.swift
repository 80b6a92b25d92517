extension VerifiedWebhook {
  /// What makes this delivery and its repetitions one event: the same over push and poll.
  ///
  /// `source` is the name of the endpoint, so that two of them never share a key.
  public func idempotencyKey(source: String) -> IdempotencyKey {
    idempotencyKey(source: source, identity: identity)
  }

  /// As `idempotencyKey(source:)`, with another kind of identity than the profile's.
  public func idempotencyKey(source: String, identity: Profile.Identity) -> IdempotencyKey {
    idempotencyKey(source: source, identity: identity, id: eventID)
  }

  /// As above, for who has read the id already.
  package func idempotencyKey(
    source: String,
    identity: Profile.Identity,
    id: String?
  ) -> IdempotencyKey {
    switch identity {
    case .boundID, .unboundID:
      // An absent id must not become a key that all events without one share.
      guard let id else { return digestKey(source) }
      return IdempotencyKey(source: source, identity: identity.rawValue, value: Array(id.utf8))
    case .digest:
      return digestKey(source)
    case .none:
      // Two deliveries are never the same event, even if they are equal to the last byte.
      return IdempotencyKey(source: source, identity: identity.rawValue, value: Self.nonce())
    }
  }

  /// One key for each event of the delivery: who handles a batch event by event claims each.
  ///
  /// An event without an id gets the key of the delivery's digest and its number, so that it is
  /// recognised when the same delivery comes again. A delivery of one event yields its one key.
  public func idempotencyKeys(source: String) -> [IdempotencyKey] {
    // Where deliveries repeat legitimately, so do their events.
    guard plan.items != nil, identity != .none else { return [idempotencyKey(source: source)] }
    let items = items
    guard !items.isEmpty else { return [idempotencyKey(source: source)] }
    let digest = bodyDigest
    return items.enumerated().map { index, item in
      if let id = item.id {
        return IdempotencyKey(source: source, identity: "item", value: Array(id.utf8))
      }
      let value = digest + Array("\(index)".utf8)
      return IdempotencyKey(source: source, identity: "item_digest", value: value)
    }
  }

  /// The key of this id with this body.
  ///
  /// Where the signature does not cover the id, this tells the event from what somebody has sent
  /// under its id with another body.
  public func conflictKey(source: String) -> IdempotencyKey {
    conflictKey(source: source, id: eventID)
  }

  /// As above, for who has read the id already.
  package func conflictKey(source: String, id: String?) -> IdempotencyKey {
    guard let id else { return digestKey(source) }
    // The digest has a fixed length, so the id ends where it begins; the word is no other key's.
    let value = Array(id.utf8) + bodyDigest
    return IdempotencyKey(source: source, identity: "conflict", value: value)
  }

  private func digestKey(_ source: String) -> IdempotencyKey {
    let identity = Profile.Identity.digest.rawValue
    return IdempotencyKey(source: source, identity: identity, value: bodyDigest)
  }

  /// 128 bits from the kernel.
  private static func nonce() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
