/// Whether a source's pushes come (polling §6.3).
///
/// Silence only asks a question; what degrades a source is evidence: events that were not pushed.
///
///     healthy    -- silence, the provider's word ------------> suspect
///     suspect    -- a complete walk finds nothing missed ----> healthy
///     suspect    -- evidence, twice -------------------------> degraded
///     healthy    -- evidence, twice -------------------------> degraded
///     degraded   -- pushes come again, for a while ----------> recovering
///     recovering -- a complete walk finds nothing missed ----> healthy
///     recovering -- evidence --------------------------------> degraded
///
/// Whether polling itself works is another question: `isBlind`.
package struct StallState: Equatable, Sendable {
  package enum State: String, CaseIterable, Sendable {
    case healthy
    case suspect
    case degraded
    case recovering
  }

  package enum Reason: String, CaseIterable, Sendable {
    case none
    case silence
    /// An event was found that should have been pushed by now.
    case missedPush = "missed_push"
    /// The provider says that deliveries fail.
    case providerReports = "provider_reports"
    /// The provider says that somebody took a delivery that we do not have.
    case phantomSuccess = "phantom_success"

    /// For people.
    package var words: String {
      switch self {
      case .none: "pushes arrive, and polling finds nothing that they missed"
      case .silence: "nothing has been pushed for a while; polling verifies that nothing is missed"
      case .missedPush: "polling found events that were never pushed"
      case .providerReports: "the provider reports deliveries that failed"
      case .phantomSuccess:
        "the provider reports deliveries as successful that never arrived here: "
          + "is its URL still ours?"
      }
    }
  }

  package struct Rules: Equatable, Sendable {
    /// One event may be late; two are lost.
    package var evidenceMax = 2
    /// Pushes in a row before a degraded source is believed again.
    package var pushesToRecover = 3
    /// How long it stays degraded at least; doubled with each relapse, up to the most.
    package var degradedMin = Duration.seconds(120)
    package var degradedMost = Duration.seconds(1800)
    /// A relapse is one within this time.
    package var relapseWithin = Duration.seconds(3600)
    /// Failed polls in a row before the source counts as blind.
    package var failuresMax = 3
    /// What is newer than this when pushes recover may still be missing.
    package var settle: Duration

    package init(settle: Duration) {
      self.settle = settle
    }
  }

  package private(set) var state = State.healthy
  package private(set) var reason = Reason.none
  /// Since when, in elapsed time.
  package private(set) var since: Duration
  /// Neither path can be trusted: polls fail.
  package private(set) var isBlind = false

  private let rules: Rules
  /// Missed events since the last complete walk without one; a late push takes one back.
  private var evidence = 0
  /// What of it was there when the walk that runs began.
  private var evidenceAtStart = 0
  private var pushes = 0
  private var relapses = 0
  private var leftDegraded: Duration?
  private var failures = 0

  package init(_ rules: Rules, at now: Duration) {
    self.rules = rules
    since = now
  }

  // MARK: What happens

  package mutating func pushArrived(at now: Duration) {
    guard state == .degraded else { return }
    pushes += 1
    recoverIfDue(at: now)
  }

  /// Time passes: a degraded source whose pushes came in its first minutes may recover now.
  package mutating func look(at now: Duration) { recoverIfDue(at: now) }

  /// An event that polling had found was pushed after all.
  package mutating func latePush(wasEvidence: Bool, at now: Duration) {
    if wasEvidence, evidence > 0 {
      evidence -= 1
      // The question is answered: it was late, and not lost.
      if evidence == 0, state == .suspect, reason == .missedPush { enter(.healthy, .none, at: now) }
    }
    pushArrived(at: now)
  }

  package mutating func silence(at now: Duration) {
    guard state == .healthy else { return }
    enter(.suspect, .silence, at: now)
  }

  package mutating func missed(_ count: Int, because reason: Reason, at now: Duration) {
    guard count > 0 else { return }
    evidence += count
    pushes = 0
    switch state {
    case .healthy, .suspect:
      if evidence >= rules.evidenceMax || reason != .missedPush {
        degrade(reason, at: now)
      } else {
        enter(.suspect, reason, at: now)
      }
    case .recovering: degrade(reason, at: now)
    case .degraded: self.reason = reason
    }
  }

  package mutating func walkBegan() { evidenceAtStart = evidence }

  /// A walk has read everything from its beginning to now.
  package mutating func walkCompleted(begunAt: Duration, at now: Duration) {
    let isClean = evidence <= evidenceAtStart
    switch state {
    case .healthy, .degraded: break
    case .suspect:
      if evidence == 0 {
        enter(.healthy, .none, at: now)
      } else if isClean, evidenceAtStart > 0 {
        // Confirmed by a second poll: its push has not come meanwhile.
        degrade(reason, at: now)
        return
      }
    case .recovering:
      // What was pushed badly just before pushes came back lies before this.
      guard isClean, begunAt >= since + rules.settle else { return }
      enter(.healthy, .none, at: now)
    }
    if state == .healthy { evidence = 0 }
  }

  package mutating func pollFailed() {
    failures += 1
    if failures >= rules.failuresMax { isBlind = true }
  }

  /// Without credentials the next poll fails as well: no need to count.
  package mutating func pollRefused() {
    failures = rules.failuresMax
    isBlind = true
  }

  package mutating func pollSucceeded() {
    failures = 0
    isBlind = false
  }

  /// Whether walks are to follow each other closely.
  package var wantsPolls: Bool { state == .degraded || state == .recovering }

  /// Whether there is something that the next walk confirms or refutes.
  package var hasQuestion: Bool { state == .suspect && evidence > 0 }

  // MARK: Moving

  private mutating func degrade(_ reason: Reason, at now: Duration) {
    if let leftDegraded, now - leftDegraded < rules.relapseWithin {
      relapses += 1
    } else {
      relapses = 0
    }
    pushes = 0
    enter(.degraded, reason, at: now)
  }

  private mutating func recoverIfDue(at now: Duration) {
    guard state == .degraded, pushes >= rules.pushesToRecover, now - since >= patience else {
      return
    }
    leftDegraded = now
    evidence = 0
    evidenceAtStart = 0
    enter(.recovering, reason, at: now)
  }

  /// Doubled with each relapse, so that pushes that come and go change nothing often (S6).
  private var patience: Duration {
    var patience = rules.degradedMin
    for _ in 0..<min(relapses, 16) where patience < rules.degradedMost { patience *= 2 }
    return min(patience, rules.degradedMost)
  }

  private mutating func enter(_ state: State, _ reason: Reason, at now: Duration) {
    if self.state != state { since = now }
    self.state = state
    self.reason = reason
  }
}
