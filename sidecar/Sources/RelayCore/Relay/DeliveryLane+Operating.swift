/// What an operator does with a lane.
extension DeliveryLane {
  /// Returns whether that changes anything.
  package mutating func pause(_ reason: Pause) -> Bool {
    guard ownPause == nil else { return false }
    ownPause = reason
    isHeaderDirty = true
    return true
  }

  /// Nothing can be sent in this process; a pause that was asked for stays what it is.
  package mutating func setUnusable() { isUsable = false }

  package enum ResumeResult: Equatable, Sendable {
    case resumed
    case wasNotPaused
    /// Without room for another dead letter it would pause at once.
    case deadLettersFull
    /// Nothing could be signed.
    case secretsMissing
  }

  package mutating func resume() -> ResumeResult {
    guard let pause else { return .wasNotPaused }
    if pause == .secretsMissing { return .secretsMissing }
    guard dead.count < limits.dead else { return .deadLettersFull }
    ownPause = nil
    isHeaderDirty = true
    return .resumed
  }

  /// Why a replay is not begun.
  package enum ReplayRefusal: Equatable, Sendable {
    /// As many deliveries wait as may.
    case full
    /// This destination is gone; its dead letters can be replayed when it is configured again.
    case removed
  }

  package var hasRoomForReplay: Bool { held.count < limits.held }

  /// The replays of held deliveries, and whether an attempt of each has failed.
  package var heldReplays: [(replay: UInt64, isTried: Bool)] {
    held.compactMap { id, entry in
      id.replay == 0 ? nil : (id.replay, entry.delivery.attemptCount > 0)
    }
  }

  /// Has an event delivered again, with a fresh budget (failure 46), whatever its key waits for
  /// (failure 48).
  package mutating func replay(
    _ event: LaneEvent,
    as replay: UInt64,
    _ identity: ReplayIdentity,
    at now: RelayTime
  ) -> ReplayRefusal? {
    precondition(replay != 0, "0 stands for the event itself")
    guard mode != .burying else { return .removed }
    let id = DeliveryID(event.sequence, replay: replay)
    // Asked for twice, as after a crash between two commits: it is on its way already.
    guard held[id] == nil else { return nil }
    guard held.count < limits.held else { return .full }
    let delivery = HeldDelivery(
      orderKey: 0,
      receivedAt: event.receivedAt,
      bodyBytes: event.bodyBytes,
      identity: identity,
      next: now.elapsed
    )
    held[id] = Held(delivery: delivery, phase: .ready)
    retries.append(id)
    dirtyHeld.insert(id)
    return nil
  }

  /// Makes a dead letter a delivery again.
  package mutating func replay(
    deadLetter sequence: UInt64,
    as replay: UInt64,
    _ identity: ReplayIdentity,
    at now: RelayTime
  ) -> ReplayRefusal? {
    guard let letter = dead[sequence] else { preconditionFailure("ask for the letter first") }
    let event = LaneEvent(
      sequence: sequence,
      receivedAt: letter.receivedAt,
      bodyBytes: letter.bodyBytes
    )
    if let refusal = self.replay(event, as: replay, identity, at: now) { return refusal }
    _ = deleteDeadLetter(sequence)
    return nil
  }

  /// Returns whether there was one.
  package mutating func deleteDeadLetter(_ sequence: UInt64) -> Bool {
    guard dead.removeValue(forKey: sequence) != nil else { return false }
    dirtyDead.insert(sequence)
    return true
  }

  // MARK: Looking

  package mutating func drainNotices() -> [LaneNotice] {
    defer { notices.removeAll() }
    return notices
  }

  package var heldCount: Int { held.count }
  package var inFlightCount: Int { inFlight.count }
  /// Read from the journal, and neither delivered nor listed.
  package var windowCount: Int { window.count }

  /// When the oldest undelivered event that is in memory was received.
  package var oldestReceivedAt: Int64? {
    let listed = held.values.map(\.delivery.receivedAt).min()
    let first = window.first?.receivedAt
    guard let listed else { return first }
    return first.map { min($0, listed) } ?? listed
  }

  /// Where a delivery stands.
  package enum Standing: Equatable, Sendable {
    case queued
    case blocked
    case inFlight
    case waiting(until: Duration)
    case dead(DeathReason)

    package var word: String {
      switch self {
      case .queued: "queued"
      case .blocked: "blocked"
      case .inFlight: "in_flight"
      case .waiting: "waiting"
      case .dead: "dead"
      }
    }
  }

  /// All that is known of the deliveries of one event; empty when nothing is owed.
  package func standings(
    of sequence: UInt64
  ) -> [(id: DeliveryID, standing: Standing, attempts: [AttemptRecord])] {
    var found: [(id: DeliveryID, standing: Standing, attempts: [AttemptRecord])] = []
    if let slot = window[sequence] {
      let standing: Standing =
        switch slot.fate {
        case .queued, .closed: .queued
        case .blocked: .blocked
        case .inFlight: .inFlight
        }
      found.append((DeliveryID(sequence), standing, []))
    }
    for (id, entry) in held where id.sequence == sequence {
      let standing: Standing =
        switch entry.phase {
        case .blocked: .blocked
        case .ready: .queued
        case .inFlight: .inFlight
        case .waiting: .waiting(until: entry.delivery.next)
        }
      found.append((id, standing, entry.delivery.attempts))
    }
    if let letter = dead[sequence] {
      found.append(
        (DeliveryID(sequence, replay: letter.replay), .dead(letter.reason), letter.attempts)
      )
    }
    return found.sorted { $0.id < $1.id }
  }
}
