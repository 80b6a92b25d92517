internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Makes of polled items what the journal stores: the same keys as pushes have.
struct PollDrafts: Sendable {
  let source: Source
  let plan: PollPlan
  let hasher: EventKeyHasher

  /// Whether a polled event can be the same as a pushed one.
  var isComparable: Bool { source.polledIDsMatch }

  /// The same over push, poll and replay, where the provider's ids are.
  func idempotencyKey(_ id: String) -> IdempotencyKey {
    // Pushes without ids have keys of their bytes, which a list never has.
    let identity = isComparable ? source.identity.rawValue : "polled"
    return IdempotencyKey(source: source.name, identity: identity, value: Array(id.utf8))
  }

  func keys(_ id: String) -> PolledKeys { hasher.polledKeys(idempotencyKey(id)) }

  func item(_ item: PolledItem, armed: Timestamp?, at now: Int64) -> PollSubmission.Item {
    let key = idempotencyKey(item.id)
    let keys = hasher.polledKeys(key)
    let digest = SHA256.digest(item.body)
    let draft = EventDraft(
      source: source.name,
      origin: .poll,
      flags: [],
      receivedAt: now,
      providerTime: item.time?.microseconds,
      remote: "",
      method: "POST",
      target: Array(source.path.utf8),
      headerBlock: headerBlock(item),
      eventID: Array(item.id.utf8),
      eventType: item.type.map { Array($0.utf8) },
      idempotencyKey: key.bytes,
      keys: keys.all,
      bodyDigest: digest,
      body: item.body
    )
    let time = item.time ?? Timestamp(microseconds: now)
    return PollSubmission.Item(
      draft: draft,
      keys: keys,
      isOurs: item.time.map { time in armed.map { time >= $0 } ?? true } ?? true,
      hole: GapRecord(
        reason: .tooLarge,
        from: time,
        to: time,
        notedAt: Timestamp(microseconds: now)
      )
    )
  }

  /// The headers that the list says the delivery had; secrets in them are not kept.
  private func headerBlock(_ item: PolledItem) -> [UInt8] {
    var block: [UInt8] = []
    var hasType = false
    for header in item.headers {
      let name = header.name.lowercased()
      hasType = hasType || name == "content-type"
      let isSecret = source.profile.secretHeaders.contains { $0.lowercased() == name }
      block += Array("\(header.name): \(isSecret ? "[redacted]" : header.value)\r\n".utf8)
    }
    if !hasType { block += Array("Content-Type: application/json\r\n".utf8) }
    return block
  }
}

extension Source {
  /// Whether what is polled for it has the ids of its deliveries.
  var polledIDsMatch: Bool {
    guard let poll, poll.plan.kind != .resourceState else { return false }
    return identity == .boundID || identity == .unboundID
  }
}
