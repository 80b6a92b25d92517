internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// The one place of order: duplicate check and append are one step here, so no lock guards the key
/// index, and push and poll cannot race.
///
/// A turn takes everything that waits, stages it, commits it with one fdatasync, and only then
/// tells the loops. While one fdatasync runs the next batch gathers: batches size themselves, and
/// no timer adds to anyone's latency.
final class JournalThread {
  /// Records and bytes of one commit: bounds the batch buffer and the time of one flush.
  private static let recordsPerCommitMax = 1024
  private static let bytesPerCommitMax = 8 << 20
  /// After this much silence the last batch gets its proof of durability (journal §6.7).
  private static let idleMarkMilliseconds: Int32 = 5
  /// How often a journal without a next segment looks for room by itself.
  private static let lookMilliseconds: Int32 = 1000

  private let journal: Journal
  private let inbox: JournalInbox
  private let loops: [Mailbox<LoopMessage<CommitNotice>>]
  private let api: Mailbox<LoopMessage<APINotice>>
  private let tail: TailWatch
  /// The longest window of any source: older keys are of no use to anybody.
  private let windowSeconds: UInt32
  private var retention: RetentionKeeper
  private let health: Health
  private let metrics: Metrics
  private let log: Log

  private var batch: [JournalInbox.Message] = []
  private var notices: [[LoopMessage<CommitNotice>]]
  private var stateNotices: [LoopMessage<APINotice>] = []
  /// How many of the batch were staged or answered.
  private var taken = 0
  private var stagedRecords = 0
  private var stagedBytes = 0
  private var answeredBytes = 0
  private var isDirty = false
  /// When old keys were last removed, in seconds of the journal's clock.
  private var lastPurge: UInt32 = 0

  init(
    journal: Journal,
    inbox: JournalInbox,
    loops: [Mailbox<LoopMessage<CommitNotice>>],
    api: Mailbox<LoopMessage<APINotice>>,
    tail: TailWatch,
    windowSeconds: UInt32,
    retention: RetentionPolicy,
    health: Health,
    metrics: Metrics,
    log: Log
  ) {
    self.journal = journal
    self.inbox = inbox
    self.loops = loops
    self.api = api
    self.tail = tail
    self.windowSeconds = windowSeconds
    self.retention = RetentionKeeper(
      retention,
      state: journal.state,
      at: RetentionKeeper.reading()
    )
    self.health = health
    self.metrics = metrics
    self.log = log
    notices = loops.map { _ in [] }
  }

  /// Turns until told to stop, then closes the journal cleanly.
  ///
  /// A disk error ends it at once.
  func run() {
    do throws(JournalError) {
      while try turn() {}
      try journal.close()
      log.info("journal_closed", ["durable_sequence": .number(Int(clamping: durable))])
    } catch {
      fail(error)
    }
  }

  private var durable: UInt64 { journal.durableSequence }

  /// Returns whether to go on.
  private func turn() throws(JournalError) -> Bool {
    observeRoom()
    try keepRetention()
    inbox.take(into: &batch)
    if batch.isEmpty {
      try rest()
      return true
    }
    health.beginWork()
    defer { health.endWork() }
    var isStopping = false
    for message in batch {
      switch message {
      case .event(let submission): try stage(submission)
      case .state(let submission): try stage(submission)
      case .stop: isStopping = true
      }
      taken += 1
      if stagedRecords >= Self.recordsPerCommitMax || stagedBytes >= Self.bytesPerCommitMax {
        try commit()
      }
    }
    batch.removeAll(keepingCapacity: true)
    taken = 0
    try commit()
    return !isStopping
  }

  private func rest() throws(JournalError) {
    guard journal.needsIdleMark else {
      // Without room, space may come without anybody sending anything; and events grow old.
      _ = inbox.wait(
        timeoutMilliseconds: journal.room == .open
          ? RetentionKeeper.intervalMilliseconds : Self.lookMilliseconds
      )
      return
    }
    if !inbox.wait(timeoutMilliseconds: Self.idleMarkMilliseconds) { try journal.commitIdleMark() }
  }

  // MARK: Removing

  private func keepRetention() throws(JournalError) {
    let outcome: RetentionKeeper.Outcome?
    do throws(JournalError) {
      outcome = try retention.look(journal, at: RetentionKeeper.reading())
    } catch {
      if case .failed = error { throw error }
      // No room for the entry that says where the log begins: nothing is removed without it.
      log.error("retention_refused", ["reason": .text("\(error)")])
      return
    }
    guard let outcome else { return }
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

  // MARK: Staging

  private func stage(_ submission: EventSubmission) throws(JournalError) {
    answeredBytes += submission.bytes
    let sightings: Sightings
    do throws(JournalError) {
      sightings = try self.sightings(of: submission)
    } catch {
      // Neither stored nor called a duplicate: the sender tries again.
      log.error("key_unreadable", ["reason": .text("\(error)")])
      submission.counters.refuse(.unavailable)
      return notify(submission, .full)
    }
    switch submission.policy.decide(sightings, at: retention.steadySeconds) {
    case .duplicate(let sequence):
      submission.counters.duplicates.add(1, ordering: .relaxed)
      notify(submission, .duplicate(of: sequence))
    case .store:
      try append(submission, submission.draft)
    case .storeReplayedBody:
      var draft = submission.draft
      draft.flags.insert(.replayedBody)
      try append(submission, draft)
      submission.counters.replayedBodies.add(1, ordering: .relaxed)
    case .storeConflict:
      var draft = submission.draft
      draft.flags.insert(.conflict)
      // Its own key: a consumer that deduplicates would otherwise ignore it for the first event's.
      if let key = submission.conflictKey { draft.idempotencyKey = key.bytes }
      try append(submission, draft)
      submission.counters.conflicts.add(1, ordering: .relaxed)
    }
  }

  private func sightings(of submission: EventSubmission) throws(JournalError) -> Sightings {
    Sightings(
      event: try sighting(submission.keys.event),
      id: try sighting(submission.keys.id),
      content: try sighting(submission.keys.content)
    )
  }

  private func sighting(_ key: Key128?) throws(JournalError) -> Sighting? {
    guard let key, let entry = try journal.keys.find(key) else { return nil }
    return Sighting(sequence: entry.sequence, seconds: entry.seconds)
  }

  private func append(
    _ submission: EventSubmission,
    _ draft: EventDraft
  ) throws(JournalError) {
    purgeKeys()
    do throws(JournalError) {
      let sequence = try journal.stage(draft, keySeconds: retention.steadySeconds)
      stagedRecords += 1
      stagedBytes += submission.bytes
      isDirty = true
      submission.counters.accepted.add(1, ordering: .relaxed)
      submission.counters.lastReceivedAt.store(draft.receivedAt, ordering: .relaxed)
      notify(submission, .stored(sequence))
    } catch {
      if case .failed = error { throw error }
      refuse(submission, error)
    }
  }

  /// Has the runs removed whose keys have left every window; once a minute is often enough.
  private func purgeKeys() {
    let now = retention.steadySeconds
    guard now >= lastPurge, now - lastPurge >= Self.purgeSeconds else { return }
    lastPurge = now
    journal.keys.removeAll(before: now - min(now, windowSeconds))
  }

  private static let purgeSeconds: UInt32 = 60

  private func refuse(_ submission: EventSubmission, _ error: JournalError) {
    submission.counters.refuse(.unavailable)
    if case .recordTooLarge = error { return notify(submission, .recordTooLarge) }
    notify(submission, .full)
    observeRoom()
  }

  /// Passes on what the journal has room for.
  private func observeRoom() {
    let room = journal.room
    let storage: Health.Storage =
      switch room {
      case .open: .open
      case .low: .low
      case .full: .full
      case .readOnly: .degraded
      }
    guard health.report(storage) else { return }
    say("\(storage)")
    // Retention may find something to remove before nothing is left.
    if room == .low || room == .full { retention.hurry() }
  }

  private func say(_ state: String) {
    guard let shortage = journal.shortage else {
      return log.warning("journal_state", ["state": .text(state)])
    }
    log.warning("journal_state", ["state": .text(state), "detail": .text(shortage)])
  }

  private func stage(_ submission: StateSubmission) throws(JournalError) {
    do throws(JournalError) {
      try journal.stageState(key: submission.key, value: submission.value)
    } catch {
      if case .failed = error { throw error }
      stateNotices.append(.handler(.state(submission.connection, isDurable: false)))
      log.error("state_refused", ["reason": .text("\(error)")])
      return
    }
    isDirty = true
    stateNotices.append(.handler(.state(submission.connection, isDurable: true)))
  }

  private func notify(_ submission: EventSubmission, _ outcome: CommitNotice.Outcome) {
    let notice = CommitNotice(connection: submission.connection, outcome: outcome)
    notices[submission.loop].append(.handler(notice))
  }

  // MARK: Committing

  /// Makes what is staged durable, then answers.
  ///
  /// A duplicate is answered here too: the event that it repeats may be in this very batch.
  private func commit() throws(JournalError) {
    if isDirty {
      let start = SystemClock.monotonicNanoseconds()
      try journal.commit()
      metrics.commitDuration.record(
        microseconds: (SystemClock.monotonicNanoseconds() - start) / 1000
      )
      metrics.commits.add(1, ordering: .relaxed)
      metrics.recordsCommitted.add(UInt64(stagedRecords), ordering: .relaxed)
    }
    let hasNewEvents = stagedRecords > 0
    stagedRecords = 0
    stagedBytes = 0
    isDirty = false
    release()
    if hasNewEvents, tail.shouldAnnounce() { stateNotices.append(.handler(.advanced)) }
    if !stateNotices.isEmpty { api.post(contentsOf: stateNotices) }
    stateNotices.removeAll(keepingCapacity: true)
  }

  private func release() {
    for index in notices.indices where !notices[index].isEmpty {
      loops[index].post(contentsOf: notices[index])
      notices[index].removeAll(keepingCapacity: true)
    }
    if answeredBytes > 0 {
      health.inflightBytes.subtract(answeredBytes, ordering: .relaxed)
      answeredBytes = 0
    }
    health.beginWork()
    if health.relieve() { say(health.state.word) }
  }

  // MARK: Failing

  /// After a failed fdatasync the page cache lies: nothing more is acknowledged, everyone in hand
  /// is told 503, and the process ends.
  private func fail(_ error: JournalError) {
    health.enter(.failed)
    log.error("journal_failed", ["reason": .text("\(error)")])
    for index in notices.indices { notices[index] = notices[index].map(Self.failed) }
    refuseBatch()
    api.post(contentsOf: stateNotices.map(Self.failed))
    stateNotices.removeAll()
    health.requestExit(error.exitCode)
    // What was posted before the loops saw the state; the supervisor ends this.
    while true {
      _ = inbox.wait(timeoutMilliseconds: nil)
      inbox.take(into: &batch)
      if batch.contains(where: { if case .stop = $0 { true } else { false } }) { return }
      refuseBatch()
    }
  }

  private func refuseBatch() {
    for message in batch.dropFirst(taken) {
      switch message {
      case .event(let submission):
        answeredBytes += submission.bytes
        notify(submission, .failed)
      case .state(let submission):
        api.post(.handler(.state(submission.connection, isDurable: false)))
      case .stop:
        break
      }
    }
    batch.removeAll()
    taken = 0
    release()
  }

  private static func failed(_ message: LoopMessage<CommitNotice>) -> LoopMessage<CommitNotice> {
    guard case .handler(let notice) = message else { return message }
    return .handler(CommitNotice(connection: notice.connection, outcome: .failed))
  }

  private static func failed(_ message: LoopMessage<APINotice>) -> LoopMessage<APINotice> {
    guard case .handler(.state(let connection, _)) = message else { return message }
    return .handler(.state(connection, isDurable: false))
  }
}
