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
///
/// Staging is in JournalThread+Staging.swift, polled events in +Polling, retention, damage and what
/// there is room for in +Keeping, erasing in +Erasing, the end after a failed disk in +Failing.
final class JournalThread {
  /// Records and bytes of one commit: bounds the batch buffer and the time of one flush.
  private static let recordsPerCommitMax = 1024
  private static let bytesPerCommitMax = 8 << 20
  /// After this much silence the last batch gets its proof of durability (journal §6.7).
  private static let idleMarkMilliseconds: Int32 = 5
  /// How often a journal without a next segment looks for room by itself.
  private static let lookMilliseconds: Int32 = 1000

  let journal: Journal
  let hasher: EventKeyHasher
  let inbox: JournalInbox
  let loops: [Mailbox<LoopMessage<IngressNotice>>]
  let api: Mailbox<LoopMessage<APINotice>>
  let tail: TailWatch
  let polls: PollLedger
  let relay: RelayLink
  /// Whether undelivered events outlive retention.
  let keepsUndelivered: Bool
  /// The longest window of any source: older keys are of no use to anybody.
  private(set) var windowSeconds: UInt32
  var retention: RetentionKeeper
  let health: Health
  let metrics: Metrics
  let log: Log

  var batch: [JournalInbox.Message] = []
  var notices: [[LoopMessage<IngressNotice>]]
  var stateNotices: [LoopMessage<APINotice>] = []
  /// How many of the batch were staged or answered.
  var taken = 0
  var stagedRecords = 0
  var stagedBytes = 0
  var answeredBytes = 0
  var isDirty = false
  /// Tickets of the relay's changes, to be told of after the commit.
  var relayNotices: [OutboundMessage<RelayMessage>] = []
  /// Events whose bodies are to be erased; as many as the API has connections at most.
  var erasures: [UInt64] = []
  /// Retention's bytes are used up by what is still to be delivered (contract §7.1).
  var isOverfull = false
  /// From where on events were still to be delivered, at the last look.
  var neededBefore: UInt64 = 0
  /// When old keys were last removed, in seconds of the journal's clock.
  var lastPurge: UInt32 = 0

  init(
    journal: Journal,
    inbox: JournalInbox,
    loops: [Mailbox<LoopMessage<IngressNotice>>],
    api: Mailbox<LoopMessage<APINotice>>,
    tail: TailWatch,
    polls: PollLedger,
    relay: RelayLink,
    windowSeconds: UInt32,
    retention: RetentionPolicy,
    keepsUndelivered: Bool,
    health: Health,
    metrics: Metrics,
    log: Log
  ) {
    self.journal = journal
    hasher = EventKeyHasher(key: journal.keyHashKey)
    self.inbox = inbox
    self.loops = loops
    self.api = api
    self.tail = tail
    self.polls = polls
    self.relay = relay
    self.keepsUndelivered = keepsUndelivered
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
      refuseErasures()
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
    if batch.isEmpty, erasures.isEmpty {
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
      case .polled(let submission): try stage(submission)
      case .changes(let changes): try stage(changes)
      case .erase(let sequence): erasures.append(sequence)
      case .damage(let problems): try take(problems)
      case .window(let seconds, let receipt):
        // Never a shorter one: requests in hand were let in under the longer.
        windowSeconds = max(windowSeconds, seconds)
        receipt.confirm()
      case .stop: isStopping = true
      }
      taken += 1
      try commitIfFull()
    }
    batch.removeAll(keepingCapacity: true)
    taken = 0
    try commit()
    try eraseNext()
    return !isStopping
  }

  func commitIfFull() throws(JournalError) {
    guard stagedRecords >= Self.recordsPerCommitMax || stagedBytes >= Self.bytesPerCommitMax else {
      return
    }
    try commit()
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

  // MARK: Committing

  /// Makes what is staged durable, then answers.
  ///
  /// A duplicate is answered here too: the event that it repeats may be in this very batch.
  func commit() throws(JournalError) {
    stagePollTallies()
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
    polls.release()
    if hasNewEvents { relay.announceEvents() }
    if !relayNotices.isEmpty { relay.inbox.post(contentsOf: relayNotices) }
    relayNotices.removeAll(keepingCapacity: true)
    if hasNewEvents, tail.shouldAnnounce() { stateNotices.append(.handler(.advanced)) }
    if !stateNotices.isEmpty { api.post(contentsOf: stateNotices) }
    stateNotices.removeAll(keepingCapacity: true)
  }

  func release() {
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
}
