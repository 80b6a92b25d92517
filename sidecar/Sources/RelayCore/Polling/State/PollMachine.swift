package import WebhookReceiver

/// One poll source: pushes, answers and time go in; requests, batches and alarms come out.
///
/// It joins the walk, the stall state and the cadence, and is a value without clock or I/O: the
/// driver carries out what it says, and the tests play the provider, the journal and the time.
package struct PollMachine: Sendable {
  package let source: String
  package let plan: PollPlan
  /// Whether a polled event can be recognised as a pushed one: only then is one that is new
  /// evidence that a push is missing.
  package let isComparable: Bool

  package private(set) var checkpoint: Checkpoint?
  package private(set) var stall: StallState
  package private(set) var cadence: PollCadence
  package private(set) var isPaused: Bool
  package private(set) var lastPush: Timestamp?
  package private(set) var lastPoll: Timestamp?
  package private(set) var lastReport: WalkReport?
  /// How far behind pushes come after polling, at most, since the start.
  package private(set) var latePushes = 0

  private let reader: PageReader
  private var lostCheckpoint: GapRecord.Reason?
  private var walk: Walk?
  private var walkBegan: Moment
  private var submitted: PollBatch?
  private var stored = 0
  private var duplicates = 0
  private var wasResumed = false
  private var young = YoungEvents()
  package private(set) var lag: PushLag
  /// The newest push that the lag was learnt from before this walk, and in it.
  private var lagThrough: (before: UInt64, now: UInt64) = (0, 0)
  /// The provider's time when it last told it, and when that was.
  private var providerClock: (time: Timestamp, at: Duration)?

  /// Walks that did not get through before somebody is told (rule R5).
  private static let backlogWalks = 3

  package init(
    source: String,
    plan: PollPlan,
    isComparable: Bool,
    checkpoint: Checkpoint?,
    lostCheckpoint: GapRecord.Reason? = nil,
    record: PollCadence.Record?,
    isPaused: Bool = false,
    at now: Moment
  ) {
    self.source = source
    self.plan = plan
    self.isComparable = isComparable && plan.kind != .resourceState
    self.checkpoint = checkpoint
    self.lostCheckpoint = lostCheckpoint
    self.isPaused = isPaused
    reader = PageReader(plan)
    stall = StallState(StallState.Rules(settle: plan.cadence.settle), at: now.elapsed)
    cadence = PollCadence(plan.cadence, record: record, at: now)
    lag = PushLag(silence: plan.cadence.silence, at: now.elapsed)
    walkBegan = now
  }

  package var isWalking: Bool { walk != nil }

  /// What is older and was not pushed is evidence: as configured, or as pushes need.
  package var grace: Duration { lag.grace(plan.cadence.deliveryGrace) }

  /// When a tick is due at the latest.
  package var wakeAt: Duration? {
    if isPaused || isWalking { return young.nextDue }
    let next = cadence.next(stall)
    return young.nextDue.map { min($0, next) } ?? next
  }

  package mutating func handle(
    _ event: PollSignal,
    at now: Moment,
    using generator: inout some RandomNumberGenerator
  ) -> [PollAction] {
    let before = (stall.state, stall.reason, stall.isBlind)
    var actions: [PollAction] = []
    switch event {
    case .tick: break
    case .pushes(let new, let late): pushed(new, late, now, &generator)
    case .answer(let call, let result):
      guard var walk else { break }
      let step = walk.take(result, for: call, wall: now.wall, elapsed: elapsed(now))
      self.walk = walk
      follow(step, now, &actions, &generator)
    case .known(let known):
      guard var walk else { break }
      let step = walk.take(known: known, elapsed: elapsed(now))
      self.walk = walk
      follow(step, now, &actions, &generator)
    case .stored(let outcomes): took(outcomes, now, &actions, &generator)
    case .notStored:
      guard var walk else { break }
      submitted = nil
      let step = walk.take(isStored: false, elapsed: elapsed(now))
      self.walk = walk
      follow(step, now, &actions, &generator)
    case .poll: cadence.askedFor()
    case .pause:
      isPaused = true
      if walk != nil { actions.append(.cancel) }
      walk = nil
      submitted = nil
    case .resume: isPaused = false
    }
    look(now, &actions, &generator)
    report(before, now, &actions)
    return actions
  }

  private func elapsed(_ now: Moment) -> Duration { now.elapsed - walkBegan.elapsed }

  // MARK: Pushes

  private mutating func pushed(
    _ new: Int,
    _ late: [UInt64],
    _ now: Moment,
    _ generator: inout some RandomNumberGenerator
  ) {
    guard new > 0 || !late.isEmpty else { return }
    lastPush = now.wall
    cadence.pushArrived(at: now.elapsed, using: &generator)
    lag.pushArrived(at: now.elapsed)
    for _ in 0..<min(new, 16) { stall.pushArrived(at: now.elapsed) }
    for sequence in late {
      latePushes += 1
      let push = young.takeLate(sequence)
      if let happened = push.happened { lag.learn(happened: happened, arrived: now.elapsed) }
      stall.latePush(wasEvidence: push.wasEvidence, at: now.elapsed)
    }
  }

  // MARK: Time

  /// What is due by now: events that grew too old for their push, and the next walk.
  private mutating func look(
    _ now: Moment,
    _ actions: inout [PollAction],
    _ generator: inout some RandomNumberGenerator
  ) {
    let overdue = young.overdue(at: now.elapsed)
    if overdue > 0 {
      stall.missed(overdue, because: .missedPush, at: now.elapsed)
      actions.append(.note(.missed(overdue, .missedPush)))
    }
    stall.look(at: now.elapsed)
    guard !isPaused, walk == nil else { return }
    guard let purpose = cadence.due(stall, at: now.elapsed) else { return }
    if purpose == .verification, cadence.isSilent(at: now.elapsed) {
      stall.silence(at: now.elapsed)
    }
    begin(purpose, now, &actions, &generator)
  }

  private mutating func begin(
    _ purpose: Walk.Purpose,
    _ now: Moment,
    _ actions: inout [PollAction],
    _ generator: inout some RandomNumberGenerator
  ) {
    cadence.walkBegan(purpose, at: now)
    stall.walkBegan()
    // While pushes are not trusted, nothing waits for them.
    var walk = Walk(
      reader: reader,
      checkpoint: checkpoint,
      purpose: purpose,
      wall: now.wall,
      providerNow: providerClock.map { $0.time + (now.elapsed - $0.at) },
      hold: stall.wantsPolls || !isComparable ? .zero : plan.pushPreference,
      lostCheckpoint: lostCheckpoint
    )
    let step = walk.start()
    wasResumed = walk.leavesNewest
    self.walk = walk
    walkBegan = now
    stored = 0
    duplicates = 0
    actions.append(.persist(cadence.record(at: now)))
    actions.append(.note(.walkBegan(purpose)))
    follow(step, now, &actions, &generator)
  }

  // MARK: Steps of a walk

  private mutating func follow(
    _ step: Walk.Step,
    _ now: Moment,
    _ actions: inout [PollAction],
    _ generator: inout some RandomNumberGenerator
  ) {
    switch step {
    case .send(let calls):
      for _ in calls { cadence.requestSent(at: now.elapsed) }
      actions.append(.send(calls))
    case .renew(let calls): actions.append(.renew(calls))
    case .look(let ids): actions.append(.look(ids))
    case .submit(let batch):
      submitted = batch
      actions.append(.submit(batch))
    case .wait: break
    case .end(let ending): ended(ending, now, &actions, &generator)
    }
  }

  private mutating func took(
    _ outcomes: [PollOutcome],
    _ now: Moment,
    _ actions: inout [PollAction],
    _ generator: inout some RandomNumberGenerator
  ) {
    guard var walk, let batch = submitted else { return }
    submitted = nil
    judge(batch, outcomes, walk.providerNow, now, &actions)
    if let moved = batch.checkpoint {
      checkpoint = moved
      lostCheckpoint = nil
    }
    for gap in batch.gaps {
      actions.append(.note(.gap(gap)))
      actions.append(.alarm(.gap, gap.words))
    }
    let step = walk.take(isStored: true, elapsed: elapsed(now))
    self.walk = walk
    follow(step, now, &actions, &generator)
  }

  /// Which of the new events should have been pushed (polling §6.3).
  private mutating func judge(
    _ batch: PollBatch,
    _ outcomes: [PollOutcome],
    _ providerNow: Timestamp,
    _ now: Moment,
    _ actions: inout [PollAction]
  ) {
    var missed: [StallState.Reason: Int] = [:]
    for (item, outcome) in zip(batch.items, outcomes) {
      // Whatever the provider's clocks say, it has happened by now.
      let age = item.time.map { max(.zero, $0.distance(to: providerNow)) }
      if case .duplicateOfPush(let sequence, let since) = outcome, let age {
        learn(sequence, happened: now.elapsed - age, arrived: now.elapsed - since)
      }
      guard case .stored(let sequence) = outcome else {
        duplicates += outcome == .tooLarge ? 0 : 1
        continue
      }
      stored += 1
      let armed = batch.checkpoint?.armed ?? walk?.checkpoint.armed
      let wasOurs = item.time.map { time in armed.map { time >= $0 } ?? true } ?? true
      guard isComparable, wasOurs else { continue }
      let happened = now.elapsed - (age ?? .zero)
      // What a delivery log says needs no grace: the attempt is over.
      let reason: StallState.Reason? =
        switch item.succeeded {
        case true?: .phantomSuccess
        case false?: .providerReports
        case nil: now.elapsed > happened + grace ? .missedPush : nil
        }
      if let reason {
        missed[reason, default: 0] += 1
        young.add(evidence: sequence, happened: happened)
      } else {
        young.add(sequence, happened: happened, dueAt: happened + grace)
      }
    }
    for (reason, count) in missed.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      stall.missed(count, because: reason, at: now.elapsed)
      actions.append(.note(.missed(count, reason)))
    }
  }

  /// Walks read again what earlier ones have read: each push teaches once.
  private mutating func learn(_ sequence: UInt64, happened: Duration, arrived: Duration) {
    guard sequence > lagThrough.before else { return }
    lagThrough.now = max(lagThrough.now, sequence)
    lag.learn(happened: happened, arrived: arrived)
  }

  private mutating func ended(
    _ ending: Walk.Ending,
    _ now: Moment,
    _ actions: inout [PollAction],
    _ generator: inout some RandomNumberGenerator
  ) {
    guard let walk else { return }
    self.walk = nil
    lastPoll = now.wall
    lagThrough.before = lagThrough.now
    if walk.knowsProviderNow { providerClock = (walk.providerNow, now.elapsed) }
    let report = WalkReport(
      purpose: walk.purpose,
      ending: ending,
      tally: walk.tally,
      stored: stored,
      duplicates: duplicates,
      advice: plan.advice
    )
    lastReport = report
    actions.append(.note(.walkEnded(report)))
    var outcome = PollCadence.Outcome(
      purpose: walk.purpose,
      isComplete: ending.isComplete,
      foundNew: stored > 0,
      goesOn: wasResumed,
      heldFor: walk.heldUntil.map { walk.providerNow.distance(to: $0) }
    )
    switch ending {
    case .complete:
      stall.pollSucceeded()
      if !wasResumed { stall.walkCompleted(begunAt: walkBegan.elapsed, at: now.elapsed) }
    case .incomplete:
      stall.pollSucceeded()
      outcome.goesOn = true
      if walk.attempts >= Self.backlogWalks {
        actions.append(
          .alarm(.backlog, "\(walk.attempts) walks did not reach the end of the provider's list")
        )
      }
    case .delayed(_, let isLimit, let delay):
      outcome.delay = delay
      outcome.isError = true
      if !isLimit { stall.pollFailed() }
    case .unauthorized, .rejected:
      outcome.isError = true
      stall.pollRefused()
    case .notStored: outcome.isError = true
    case .refused, .failed:
      outcome.isError = true
      stall.pollFailed()
    }
    cadence.walkEnded(outcome, wantsPolls: stall.wantsPolls, at: now.elapsed, using: &generator)
    actions.append(.persist(cadence.record(at: now)))
  }

  // MARK: Saying so

  private mutating func report(
    _ before: (StallState.State, StallState.Reason, Bool),
    _ now: Moment,
    _ actions: inout [PollAction]
  ) {
    if stall.state != before.0 {
      actions.append(.note(.state(stall.state, stall.reason)))
      if stall.state == .degraded {
        cadence.degraded(at: now.elapsed)
        actions.append(.alarm(.stall, stall.reason.words))
      } else if stall.state == .healthy, before.0 == .recovering {
        actions.append(.alarm(.recovery, stall.reason.words))
      }
    }
    if stall.isBlind != before.2 {
      actions.append(.note(.blind(stall.isBlind)))
      let detail = lastReport?.detail ?? ""
      actions.append(
        stall.isBlind
          ? .alarm(.pollBlind, "polling fails, and nothing would replace a lost push: \(detail)")
          : .alarm(.pollRestored, "polling works again")
      )
    }
  }
}

extension GapRecord {
  /// For people.
  package var words: String {
    let span =
      "between \(from?.rfc3339 ?? "an unknown time") and \(to?.rfc3339 ?? "an unknown time")"
    switch reason {
    case .cursorExpired:
      return "the provider has forgotten the cursor; events \(span) may be lost"
    case .olderThanRetention:
      return "the provider does not keep its list so long; events \(span) may be lost"
    case .planChanged:
      return "the checkpoint is of another plan; events \(span) may not have been read"
    case .tooLarge:
      return "an event \(span) is larger than a record of the journal can be"
    }
  }
}
