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

  package init(event: Sighting? = nil, id: Sighting? = nil, content: Sighting? = nil) {
    self.event = event
    self.id = id
    self.content = content
  }
}

/// Decides whether a verified delivery is a new event (contract §4.1).
///
///     identity    event seen   id seen   content seen   decision
///     bound_id    yes          -         -              duplicate
///     unbound_id  yes          -         -              duplicate: same id and same bytes
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

  private func decideUnbound(_ sightings: Sightings, at now: UInt32) -> Decision {
    if let seen = current(sightings.event, at: now) { return .duplicate(of: seen.sequence) }
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
