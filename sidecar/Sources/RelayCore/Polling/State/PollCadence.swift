package import WebhookReceiver

/// When a source is polled next, and why (polling §6.2, §6.4).
///
/// Reads no clock and throws no dice: both are handed in.
package struct PollCadence: Sendable {
  private let rules: CadenceRules
  private static let wideEvery = Duration.seconds(86400)

  /// The gap before the next verification: doubles while nothing is found.
  private var gap: Duration
  private var verifyAt: Duration
  private var sweepAt: Duration
  private var wideAt: Duration
  /// While pushes are not trusted: the gap between walks, and when the next one is due.
  private var fastGap: Duration
  private var fastAt: Duration?
  /// What waits for its push has waited enough.
  private var heldAt: Duration?
  /// An unfinished walk goes on.
  private var resumeAt: Duration?
  private var isAsked = false
  private var errors = 0
  /// Nothing is sent before: the provider's wish, or our own patience.
  package private(set) var notBefore: Duration
  package private(set) var budget: PollBudget
  /// Verification polls wait because the day's requests are nearly spent.
  package private(set) var isBudgetLimited = false

  /// What must outlive a crash: a process that restarts in a loop must not hammer the provider.
  package struct Record: Equatable, Sendable {
    package var notBefore: Timestamp
    package var lastWide: Timestamp?

    package init(notBefore: Timestamp, lastWide: Timestamp?) {
      self.notBefore = notBefore
      self.lastWide = lastWide
    }
  }

  private var lastWide: Timestamp?

  package init(_ rules: CadenceRules, record: Record?, at now: Moment) {
    self.rules = rules
    gap = rules.silence
    verifyAt = now.elapsed + rules.silence
    // A start is always a reason to look: nobody knows what was missed.
    sweepAt = now.elapsed
    wideAt = now.elapsed + Self.wideEvery
    fastGap = rules.intervalMin
    // A wall clock that was set must not silence a source: no wish is longer than an hour.
    let wait = record.map { now.wall.distance(to: $0.notBefore) } ?? .zero
    notBefore = now.elapsed + min(max(wait, .zero), RetryDelay.longest)
    budget = PollBudget(daily: rules.dailyBudget, at: now.elapsed)
    lastWide = record?.lastWide
    if let lastWide = record?.lastWide {
      let passed = min(max(lastWide.distance(to: now.wall), .zero), Self.wideEvery)
      wideAt = now.elapsed + Self.wideEvery - passed
    }
  }

  package func record(at now: Moment) -> Record {
    Record(notBefore: now.wall + max(.zero, notBefore - now.elapsed), lastWide: lastWide)
  }

  // MARK: What happens

  package mutating func pushArrived(
    at now: Duration,
    using generator: inout some RandomNumberGenerator
  ) {
    gap = rules.silence
    verifyAt = now + Self.jittered(gap, &generator)
  }

  package mutating func askedFor() { isAsked = true }

  /// A walk begins; the next one keeps its distance whatever becomes of this one.
  package mutating func walkBegan(_ purpose: Walk.Purpose, at now: Moment) {
    isAsked = false
    heldAt = nil
    resumeAt = nil
    if purpose == .wide { lastWide = now.wall }
    notBefore = max(notBefore, now.elapsed + rules.intervalMin)
  }

  package mutating func requestSent(at now: Duration) { budget.spend(1, at: now) }

  /// What a walk has come to.
  package struct Outcome: Sendable {
    package var purpose: Walk.Purpose
    package var isComplete: Bool
    /// It brought something that was not known.
    package var foundNew: Bool
    /// It was unfinished, or finished what an earlier one had left.
    package var goesOn: Bool
    /// By the provider's wish.
    package var delay: Duration?
    package var isError: Bool
    /// When what waits for its push has waited enough, from now on.
    package var heldFor: Duration?

    package init(
      purpose: Walk.Purpose,
      isComplete: Bool,
      foundNew: Bool,
      goesOn: Bool = false,
      delay: Duration? = nil,
      isError: Bool = false,
      heldFor: Duration? = nil
    ) {
      self.purpose = purpose
      self.isComplete = isComplete
      self.foundNew = foundNew
      self.goesOn = goesOn
      self.delay = delay
      self.isError = isError
      self.heldFor = heldFor
    }
  }

  package mutating func walkEnded(
    _ outcome: Outcome,
    wantsPolls: Bool,
    at now: Duration,
    using generator: inout some RandomNumberGenerator
  ) {
    if let delay = outcome.delay {
      notBefore = max(notBefore, now + RetryDelay.clamp(delay))
    }
    if outcome.isError {
      errors += 1
      if outcome.delay == nil { notBefore = max(notBefore, now + backoff(&generator)) }
      fastGap = min(fastGap * 2, rules.cap)
      fastAt = now + fastGap
      return
    }
    errors = 0
    if outcome.isComplete {
      if outcome.purpose != .verification { sweepAt = now + Self.jittered(rules.sweep, &generator) }
      if outcome.purpose == .wide { wideAt = now + Self.wideEvery }
    }
    // Only a question that was asked because of silence, and answered with nothing, is asked less
    // often; a sweep answers another one.
    if outcome.foundNew || outcome.purpose == .verification {
      gap = outcome.foundNew ? rules.silence : min(gap * 2, rules.cap)
      verifyAt = now + Self.jittered(gap, &generator)
    }
    // Data makes it fast again, which Svix' bridge forgets.
    fastGap = outcome.foundNew ? rules.intervalMin : min(fastGap * 2, rules.cap)
    let spread = Int64.random(in: 0...1000, using: &generator)
    fastAt = now + (outcome.foundNew ? fastGap + fastGap * spread / 1000 : fastGap)
    if outcome.goesOn { resumeAt = now + rules.intervalMin }
    heldAt = outcome.heldFor.map { now + max($0, .zero) }
  }

  /// The source is not trusted any more: it is walked over now.
  package mutating func degraded(at now: Duration) {
    fastGap = rules.intervalMin
    fastAt = now
  }

  // MARK: What is due

  /// The walk that is due, and nil while none is.
  package mutating func due(_ stall: StallState, at now: Duration) -> Walk.Purpose? {
    guard now >= notBefore else { return nil }
    let hasRoom = budget.hasRoom(at: now)
    isBudgetLimited = !hasRoom
    if isAsked { return .command }
    if now >= wideAt { return .wide }
    if now >= sweepAt { return .sweep }
    // From here on requests are a matter of speed, not of loss.
    guard hasRoom else { return nil }
    if let resumeAt, now >= resumeAt { return .verification }
    if stall.wantsPolls { return now >= fastAt ?? now ? .verification : nil }
    if stall.hasQuestion, now >= fastAt ?? now { return .verification }
    if let heldAt, now >= heldAt { return .verification }
    return now >= verifyAt ? .verification : nil
  }

  /// When to look again.
  package func next(_ stall: StallState) -> Duration {
    var times = [sweepAt, wideAt]
    if !isBudgetLimited {
      if stall.wantsPolls || stall.hasQuestion { times.append(fastAt ?? .zero) }
      if !stall.wantsPolls { times.append(verifyAt) }
      times += [resumeAt, heldAt].compactMap(\.self)
    }
    if isAsked { return notBefore }
    return max(notBefore, times.min() ?? sweepAt)
  }

  /// Whether the verification that is due is one because of silence.
  package func isSilent(at now: Duration) -> Bool { now >= verifyAt }

  /// Doubles up to the cap; anywhere between its half and all of it, so that sources that failed
  /// together do not come back together.
  private func backoff(_ generator: inout some RandomNumberGenerator) -> Duration {
    var most = rules.intervalMin
    for _ in 0..<min(errors, 32) where most < rules.cap { most *= 2 }
    most = min(most, rules.cap)
    return most / 2 + most / 2 * Int64.random(in: 0...1000, using: &generator) / 1000
  }

  /// Ten per cent more or less: sources that start together spread out.
  private static func jittered(
    _ gap: Duration,
    _ generator: inout some RandomNumberGenerator
  ) -> Duration {
    gap * Int64.random(in: 900...1100, using: &generator) / 1000
  }
}
