package import WebhookReceiver

/// One walk over a provider's list: from where the checkpoint is to what is there now.
///
/// A value that decides and does nothing (polling §7): answers go in, and what is to be done comes
/// out. Everything that the pages hold is submitted, known or not (rule R3); what may move the
/// checkpoint is decided by `Walk+Checkpoint`.
package struct Walk: Sendable {
  package enum Purpose: String, CaseIterable, Sendable {
    /// Silence: is there anything that was not pushed?
    case verification
    /// Everything since the checkpoint and an overlap before it.
    case sweep
    /// A day and more, for what became visible later than any overlap.
    case wide
    /// An operator asked.
    case command
  }

  package enum Step: Equatable, Sendable {
    case send([PollCall])
    /// The credentials were refused: take new ones, and send these again.
    case renew([PollCall])
    /// Which of these ids does the journal know? Their details need not be asked for.
    case look([String])
    /// The journal is to take these, and then the checkpoint.
    case submit(PollBatch)
    /// Answers are missing.
    case wait
    case end(Ending)
  }

  package enum Ending: Equatable, Sendable {
    case complete
    /// More is there: the checkpoint says where to go on.
    case incomplete(Shortfall)
    case refused(PageRefusal)
    case failed(PollFailure)
    /// The provider asks for patience, or has trouble.
    case delayed(status: Int, isLimit: Bool, Duration?)
    case unauthorized(status: Int)
    case rejected(status: Int)
    /// The journal has no room; the cursor stays (M14).
    case notStored

    package var isComplete: Bool { self == .complete }
  }

  package enum Shortfall: String, Sendable {
    case pages
    case time
    case details
  }

  /// What a walk has done so far.
  package struct Tally: Equatable, Sendable {
    package var requests = 0
    package var pages = 0
    /// Items read, wanted or not.
    package var items = 0
    package var submitted = 0
    /// Left for a later walk, so that their pushes may come first.
    package var held = 0
    /// Known to the provider's log, but their bodies are gone.
    package var gone = 0
  }

  /// Bodies of providers that shift pages while they are read: more passes than this find nothing.
  static let passesMax = 3
  /// How far back a wide sweep reads.
  package static let wideReach = Duration.seconds(26 * 3600)
  /// A first request must name a time before the provider's is known; clocks differ by less.
  static let skewMax = Duration.seconds(900)

  let reader: PageReader
  package let purpose: Purpose
  /// How long events wait for their push.
  let hold: Duration
  package internal(set) var checkpoint: Checkpoint
  /// The watermark at the begin: what a gap begins at.
  let startMark: Timestamp?
  let isFirst: Bool
  var lostCheckpoint: GapRecord.Reason?

  var position = Position.start
  /// Reads from the newest down, and commits when it has arrived.
  var isBackward = false
  /// Where a walk by time begins to ask.
  var since: Timestamp?
  /// Older than this nothing needs to be read.
  var target: Timestamp?
  var isResumed = false
  /// Walks before this one that did not arrive.
  var resumedAttempts = 0
  var wasReset = false
  var hasRenewed = false
  var visited: Set<PollCall.Key> = []
  var seen: Set<String> = []
  var pass = 1
  /// The ids of the first page of this pass, for lists that shift.
  var firstPage: [String] = []

  package internal(set) var providerNow: Timestamp
  /// Whether the provider has told its time; ours may be wrong by years.
  var knowsProviderNow: Bool
  var newest: Timestamp?
  var oldest: Timestamp?
  var held: Timestamp?
  /// The end of the last window that was read whole.
  var windowEnd: Timestamp?
  /// The newest item that nothing unsettled is older than.
  var newestCursor: String?
  /// An item that may still change its neighbours has been met: the cursor stays before it.
  var isBlocked = false
  var anchors: [String] = []
  var hasMetAnchor = false
  var primedIDs: [UInt64] = []
  var etag: String?

  var pending: Pending?
  package internal(set) var tally = Tally()
  /// When the first event that waits has waited enough, by the provider's clock.
  package internal(set) var heldUntil: Timestamp?

  /// What one page is on its way to.
  struct Pending: Sendable {
    var items: [PageItem]
    var continuation: Continuation
    /// What the page says comes next, even where this walk ends here.
    var following: Position?
    /// Numbers of items whose details are still to be asked for.
    var details: [Int] = []
    var inFlight = 0
    var hasFailed: Ending?
    /// Of the batch that the journal has.
    var checkpoint: Checkpoint?
  }

  enum Continuation: Equatable, Sendable {
    case next(Position)
    case end
  }

  package init(
    _ plan: PollPlan,
    checkpoint: Checkpoint?,
    purpose: Purpose,
    wall: Timestamp,
    providerNow: Timestamp? = nil,
    hold: Duration,
    lostCheckpoint: GapRecord.Reason? = nil
  ) {
    self.init(
      reader: PageReader(plan),
      checkpoint: checkpoint,
      purpose: purpose,
      wall: wall,
      providerNow: providerNow,
      hold: hold,
      lostCheckpoint: lostCheckpoint
    )
  }

  init(
    reader: PageReader,
    checkpoint: Checkpoint?,
    purpose: Purpose,
    wall: Timestamp,
    providerNow: Timestamp?,
    hold: Duration,
    lostCheckpoint: GapRecord.Reason? = nil
  ) {
    self.reader = reader
    self.purpose = purpose
    self.hold = reader.plan.time == nil ? .zero : hold
    self.checkpoint = checkpoint ?? Checkpoint()
    isFirst = checkpoint == nil
    startMark = checkpoint?.watermark
    self.providerNow = providerNow ?? wall
    knowsProviderNow = providerNow != nil
    self.lostCheckpoint = lostCheckpoint
  }

  var plan: PollPlan { reader.plan }

  var granularity: Duration { plan.time?.granularity ?? .zero }

  /// The first request.
  package mutating func start() -> Step {
    begin(byTime: false)
    return .send([visit(position)])
  }

  /// Whether this walk goes on with what an earlier one left: the newest items are not in it.
  package var leavesNewest: Bool { isResumed }

  /// How many walks a walk from the newest down has taken already.
  package var attempts: Int { checkpoint.resume?.attempts ?? 0 }

  // MARK: Answers

  package mutating func take(
    _ result: Result<PollResponse, PollFailure>,
    for call: PollCall,
    wall: Timestamp,
    elapsed: Duration
  ) -> Step {
    tally.requests += 1
    switch (result, call.purpose) {
    case (.failure(let failure), .page): return .end(.failed(failure))
    case (.failure(let failure), .detail): return endDetail(.failed(failure))
    case (.success(let response), .page): return takePage(response, call, wall, elapsed)
    case (.success(let response), .detail(let index)): return takeDetail(response, call, index)
    }
  }

  private mutating func takePage(
    _ response: PollResponse,
    _ call: PollCall,
    _ wall: Timestamp,
    _ elapsed: Duration
  ) -> Step {
    let date = RetryDelay.date(of: response)
    if date != nil { knowsProviderNow = true }
    providerNow = date ?? (knowsProviderNow ? providerNow : wall)
    switch ResponseVerdict(response, rules: plan.errorRules) {
    case .failed(let action, let status): return fail(action, status, response, call, wall)
    case .unchanged: return .end(.complete)
    case .empty: return finishEmpty(response, wall)
    case .page: break
    }
    do throws(PageRefusal) {
      let page = try reader.read(response, from: call.url)
      tally.pages += 1
      settleTarget(wall)
      if tally.pages == 1, !isResumed { etag = response.first("ETag") }
      return try accept(page, wall, elapsed)
    } catch {
      return refuse(error)
    }
  }

  private mutating func fail(
    _ action: ErrorRule.Action,
    _ status: Int,
    _ response: PollResponse,
    _ call: PollCall,
    _ wall: Timestamp
  ) -> Step {
    let delay = RetryDelay.read(response, now: providerNow)
    switch action {
    case .retry: return .end(.delayed(status: status, isLimit: false, delay))
    case .rateLimited: return .end(.delayed(status: status, isLimit: true, delay))
    case .refreshAuth:
      guard plan.request.auth.canRenew, !hasRenewed else {
        return .end(.unauthorized(status: status))
      }
      hasRenewed = true
      return .renew([call])
    case .endOfFeed: return finishEmpty(response, wall)
    case .resetCursor: return reset(status)
    case .ignoreItem, .fatal:
      if isResumed { return restart(byTime: false) }
      if (300...399).contains(status) { return .end(.refused(.redirected(status: status))) }
      let isAuth = status == 401 || status == 403
      return .end(isAuth ? .unauthorized(status: status) : .rejected(status: status))
    }
  }

  /// A link of an unfinished walk may have died meanwhile: from the top, known items cost little.
  private mutating func refuse(_ refusal: PageRefusal) -> Step {
    if isResumed { return restart(byTime: false) }
    return .end(.refused(refusal))
  }

  /// Rule R10: by time, never by a jump to the newest.
  private mutating func reset(_ status: Int) -> Step {
    if isResumed { return restart(byTime: false) }
    guard !wasReset, position != .start else { return .end(.rejected(status: status)) }
    wasReset = true
    return restart(byTime: true)
  }

  private mutating func restart(byTime: Bool) -> Step {
    isResumed = false
    if byTime { checkpoint.cursor = nil }
    checkpoint.resume = nil
    visited = []
    begin(byTime: byTime)
    return .send([visit(position)])
  }

  /// An answer without a page ends the walk: there is nothing behind it.
  private mutating func finishEmpty(_ response: PollResponse, _ wall: Timestamp) -> Step {
    settleTarget(wall)
    pending = Pending(items: [], continuation: .end)
    return submit()
  }

  mutating func visit(_ position: Position) -> PollCall {
    self.position = position
    let isTop = position == .start && !isFirst && !wasReset
    let call = plan.call(
      for: position,
      since: since,
      until: providerNow,
      etag: isTop && isBackward ? checkpoint.etag : nil
    )
    visited.insert(call.key)
    return call
  }

  // MARK: The journal's word

  /// The journal has the batch, or has no room for it.
  package mutating func take(isStored: Bool, elapsed: Duration) -> Step {
    guard let pending else { preconditionFailure("nothing was submitted") }
    guard isStored else { return .end(.notStored) }
    if let moved = pending.checkpoint { checkpoint = moved }
    if let failed = pending.hasFailed { return .end(failed) }
    return proceed(elapsed)
  }

  mutating func proceed(_ elapsed: Duration) -> Step {
    guard let pending else { preconditionFailure("nothing was read") }
    self.pending = nil
    guard case .next(let next) = pending.continuation else { return .end(.complete) }
    if tally.pages >= plan.limits.pages { return .end(.incomplete(.pages)) }
    if elapsed >= plan.limits.walk { return .end(.incomplete(.time)) }
    return .send([visit(next)])
  }
}

/// What a walk gives the journal: events, and then how far they bring the source.
package struct PollBatch: Equatable, Sendable {
  package var items: [PolledItem]
  /// Nil: it stays where it is.
  package var checkpoint: Checkpoint?
  package var gaps: [GapRecord]

  package init(items: [PolledItem], checkpoint: Checkpoint?, gaps: [GapRecord] = []) {
    self.items = items
    self.checkpoint = checkpoint
    self.gaps = gaps
  }

  var isEmpty: Bool { items.isEmpty && checkpoint == nil && gaps.isEmpty }
}

extension PollCall {
  /// What makes two requests the same page.
  struct Key: Hashable, Sendable {
    let target: String
    let body: [UInt8]?
    let fields: [PollRequest.Header]
  }

  var key: Key { Key(target: url.target, body: body, fields: fields) }
}
