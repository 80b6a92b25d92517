internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// What is kept, what is lost, and what there is room for.
extension JournalThread {
  func keepRetention() throws(JournalError) {
    let needed = keepsUndelivered ? relay.lowestNeeded.load(ordering: .acquiring) : .max
    // The relay starts after this thread: until it has said what it needs, everything is needed.
    guard needed > 0 else { return }
    // What was delivered since may be what was in the way.
    if isOverfull, needed > neededBefore { retention.hurry() }
    neededBefore = needed
    let outcome: RetentionKeeper.Outcome?
    do throws(JournalError) {
      outcome = try retention.look(
        journal,
        at: RetentionKeeper.reading(),
        neededFrom: needed
      )
    } catch {
      if error.isFinal { throw error }
      // No room for the entry that says where the log begins: nothing is removed without it.
      log.error("retention_refused", ["reason": .text("\(error)")])
      return
    }
    guard let outcome else { return }
    isOverfull = outcome.isOverfull
    if let step = outcome.step {
      log.warning(
        "clock_stepped",
        [
          "seconds": .number(Int(step.components.seconds)),
          "detail": .text("the wall clock was set; nothing is removed because of it"),
        ]
      )
    }
    guard let last = outcome.lastRemoved else { return }
    metrics.segmentsRetired.add(UInt64(outcome.decision.count), ordering: .relaxed)
    log.info(
      "events_removed",
      [
        "through_sequence": .number(Int(clamping: last)),
        "segments": .number(outcome.decision.count),
        "expired": .number(outcome.decision.expired),
        "displaced": .number(outcome.decision.displaced),
      ]
    )
  }

  // MARK: Damage

  func take(_ problems: [LogProblem]) throws(JournalError) {
    try commit()
    for problem in try journal.take(damage: problems) {
      log.error(
        "journal_damaged",
        [
          "segment": .text(problem.segment),
          "byte": .number(Int(problem.offset)),
          "from_sequence": .number(Int(clamping: problem.sequence ?? 0)),
          "to_sequence": .number(Int(clamping: problem.through ?? 0)),
          "detail": .text(
            problem.sequence == nil
              ? problem.reason
              : "\(problem.reason): restore these events from a backup while there is one"
          ),
        ]
      )
    }
    observeRoom()
  }

  // MARK: Room

  /// Passes on what the journal has room for.
  func observeRoom() {
    let room = journal.room
    let storage: Health.Storage =
      switch room {
      case .open, .low: isOverfull ? .full : room == .low ? .low : .open
      case .full: .full
      case .readOnly: .degraded
      }
    guard health.report(storage) else { return }
    say("\(storage)")
    // Retention may find something to remove before nothing is left.
    if room == .low || room == .full { retention.hurry() }
  }

  static let overfull =
    "journal.retention.bytes are used up by events that are still to be delivered; see "
    + "/v1/destinations"

  func say(_ state: String) {
    guard let shortage = journal.shortage ?? (isOverfull ? Self.overfull : nil) else {
      return log.warning("journal_state", ["state": .text(state)])
    }
    log.warning("journal_state", ["state": .text(state), "detail": .text(shortage)])
  }
}
