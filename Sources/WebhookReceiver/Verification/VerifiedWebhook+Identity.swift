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

  /// As above, for who has read the id already, and perhaps the body's digest.
  package func idempotencyKey(
    source: String,
    identity: Profile.Identity,
    id: String?,
    digest: [UInt8]? = nil
  ) -> IdempotencyKey {
    IdempotencyKey(
      source: source,
      identity: identity,
      id: id,
      bodyDigest: digest ?? bodyDigest
    )
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
    IdempotencyKey(conflictOf: id, source: source, bodyDigest: bodyDigest)
  }
}
