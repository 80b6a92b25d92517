package import WebhookReceiver

/// Where a key was seen before.
package struct Sighting: Equatable, Sendable {
  package let sequence: UInt64
  /// When that event was admitted, in seconds of the journal's clock.
  package let seconds: UInt32

  package init(sequence: UInt64, seconds: UInt32) {
    self.sequence = sequence
    self.seconds = seconds
  }
}

/// What the key index knows about one verified delivery.
package struct Sightings: Equatable, Sendable {
  /// The whole identity: the id where it is bound, id and signed bytes where it is not, or the
  /// digest.
  package var event: Sighting?
  /// The id alone; asked only where the id is unbound.
  package var id: Sighting?
  /// The signed bytes alone; asked only where the id is unbound or absent.
  package var content: Sighting?
  /// An event of this id that polling brought: its bytes differ, and it is the same event.
  package var polled: Sighting?

  package init(
    event: Sighting? = nil,
    id: Sighting? = nil,
    content: Sighting? = nil,
    polled: Sighting? = nil
  ) {
    self.event = event
    self.id = id
    self.content = content
    self.polled = polled
  }
}

/// What the key index knows about the events of a delivery that has several, of a polled source.
package struct BatchSightings: Equatable, Sendable {
  /// Of the event that the delivery takes its id from; nil where it has an id of its own.
  package var own: Sightings?
  /// Of the others: where each was seen, and where polling had brought it.
  package var items: [Sightings]
  /// Whether it holds others that cannot be looked for.
  package var hasUnknownItems: Bool

  package init(own: Sightings?, items: [Sightings], hasUnknownItems: Bool = false) {
    self.own = own
    self.items = items
    self.hasUnknownItems = hasUnknownItems
  }
}

/// Decides whether a verified delivery is a new event (contract §4.1).
///
///     identity    event seen   id seen   content seen   decision
///     bound_id    yes          -         -              duplicate
///     unbound_id  yes          -         -              duplicate: same id and same bytes
///     unbound_id  polled       -         -              duplicate: same id, polled before
///     unbound_id  no           yes       -              store, conflict: same id, other bytes
///     unbound_id  no           no        yes            replay guard: other id, same bytes
///     digest      yes          -         -              duplicate
///     none        -            -         -              store
///     (otherwise)                                       store
///
/// It reads no clock and no index: both are handed in.
package struct AdmissionPolicy: Equatable, Sendable {
  package enum Decision: Equatable, Sendable {
    case store
    case storeConflict
    case storeReplayedBody
    case duplicate(of: UInt64)
  }

  package let identity: Profile.Identity
  package let replayGuard: ReplayGuard
  /// How long a key is remembered, in seconds.
  package let windowSeconds: UInt32

  package init(identity: Profile.Identity, replayGuard: ReplayGuard, windowSeconds: UInt32) {
    self.identity = identity
    self.replayGuard = replayGuard
    self.windowSeconds = windowSeconds
  }

  package func decide(_ sightings: Sightings, at now: UInt32) -> Decision {
    switch identity {
    case .none:
      return .store
    case .boundID, .digest:
      if let seen = current(sightings.event, at: now) { return .duplicate(of: seen.sequence) }
      return .store
    case .unboundID:
      return decideUnbound(sightings, at: now)
    }
  }

  /// What becomes of a polled event: it matches by its id alone (contract §4.1).
  ///
  /// `id` is where any event of this id was seen, `polled` where polling had brought one.
  package func decidePolled(_ sightings: Sightings, at now: UInt32) -> PolledDecision {
    guard let seen = current(sightings.id, at: now) else { return .store }
    if let polled = current(sightings.polled, at: now) {
      return .duplicateOfPoll(polled.sequence)
    }
    return .duplicateOfPush(seen)
  }

  package enum PolledDecision: Equatable, Sendable {
    case store
    case duplicateOfPush(Sighting)
    case duplicateOfPoll(UInt64)
  }

  /// What becomes of a delivery of several events, of which `first` was decided by its identity.
  ///
  /// Where polling brought the event of its id, it is a duplicate only if polling brought all: the
  /// others would be lost with it. Where its own id is none of its events', it is known by them.
  /// Only polling says so: among pushes, the identity decides.
  package func decideBatch(_ first: Decision, _ batch: BatchSightings, at now: UInt32) -> Decision {
    let polled = batch.items.compactMap { current($0.polled, at: now) }
    let isPolled = polled.count == batch.items.count && !batch.hasUnknownItems
    switch first {
    case .duplicate where current(batch.own?.polled, at: now) != nil:
      // Of what came by that push, each event that can be looked for has a key.
      let isKnown =
        isRepetition(first, batch, at: now)
        ? batch.items.allSatisfy { current($0.id, at: now) != nil } : isPolled
      return isKnown ? first : .storeConflict
    case .store where batch.own == nil && isPolled:
      guard let last = polled.last else { return first }
      return .duplicate(of: last.sequence)
    case .store, .storeConflict, .storeReplayedBody, .duplicate:
      return first
    }
  }

  /// Whether `first` calls a delivery of several events a duplicate of a push, and not of the event
  /// that polling brought.
  package func isRepetition(_ first: Decision, _ batch: BatchSightings, at now: UInt32) -> Bool {
    guard case .duplicate(let sequence) = first else { return false }
    return current(batch.own?.polled, at: now)?.sequence != sequence
  }

  private func decideUnbound(_ sightings: Sightings, at now: UInt32) -> Decision {
    if let seen = current(sightings.event, at: now) { return .duplicate(of: seen.sequence) }
    if let seen = current(sightings.polled, at: now) { return .duplicate(of: seen.sequence) }
    if current(sightings.id, at: now) != nil { return .storeConflict }
    guard let seen = current(sightings.content, at: now) else { return .store }
    switch replayGuard {
    case .flag: return .storeReplayedBody
    case .drop: return .duplicate(of: seen.sequence)
    case .off: return .store
    }
  }

  /// Returns the sighting unless it left the window.
  ///
  /// A sighting from the future counts as current: a clock that stepped back must not admit an
  /// event twice.
  private func current(_ sighting: Sighting?, at now: UInt32) -> Sighting? {
    guard let sighting else { return nil }
    if now <= sighting.seconds { return sighting }
    return now - sighting.seconds <= windowSeconds ? sighting : nil
  }
}
