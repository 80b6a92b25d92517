internal import WebhookReceiver

/// Where a walk begins, and how far back it has to go.
extension Walk {
  mutating func begin(byTime: Bool) {
    isBackward = false
    since = nil
    if let resume = checkpoint.resume {
      goOn(resume)
      return
    }
    target = reach
    position = start(byTime: byTime)
    guard plan.request.since != nil, isTimed else { return }
    since = target.map { clampedToRetention($0) }
    // The provider's clock is not known before its first answer.
    if isFirst, since == nil, plan.cadence.initial == .now {
      since = providerNow - plan.cadence.settle - Self.skewMax
    }
  }

  private mutating func goOn(_ resume: Checkpoint.Resume) {
    isResumed = true
    resumedAttempts = resume.attempts
    isBackward = resume.isDown
    isBlocked = resume.isBlocked
    target = resume.target
    newest = resume.newest
    held = resume.held
    anchors = resume.anchors
    position = resume.position
    since = plan.request.since == nil ? nil : resume.target.map { clampedToRetention($0) }
  }

  /// Whether the position that was chosen asks by time.
  private var isTimed: Bool {
    switch position {
    case .start, .page, .offset, .older, .window: true
    case .url, .cursor, .prime: false
    }
  }

  /// Before this nothing has to be read (rule R8: one granule more than the overlap).
  private var reach: Timestamp? {
    guard !isFirst || checkpoint.watermark != nil else { return initialTarget }
    guard let mark = checkpoint.watermark ?? checkpoint.floor else { return nil }
    var reach = mark - plan.cadence.overlap - granularity
    if purpose == .wide { reach = min(reach, providerNow - Self.wideReach) }
    // What was there before us is none of our business, however far a walk reaches.
    return checkpoint.floor.map { max(reach, $0 - granularity) } ?? reach
  }

  private var initialTarget: Timestamp? {
    switch plan.cadence.initial {
    case .now, .earliest: nil
    case .since(let time): time
    }
  }

  private func clampedToRetention(_ time: Timestamp) -> Timestamp {
    // By a clock of ours that is wrong a window could lie in the future, and nothing be in it.
    guard knowsProviderNow, let retention = plan.cadence.retention else { return time }
    return max(time, providerNow - retention)
  }

  private mutating func start(byTime: Bool) -> Position {
    switch plan.paging {
    case .none:
      isBackward = true
      return .start
    case .linkHeader(let paging):
      return start(isPersistent: paging.isPersistent, paging.order)
    case .nextURL(let paging):
      return start(isPersistent: paging.isPersistent, paging.order)
    case .token(let paging):
      return start(isPersistent: paging.isPersistent, paging.order)
    case .idCursor(let paging): return start(paging, byTime: byTime)
    case .pageNumber(let paging):
      isBackward = !isAscending(paging.order)
      return .page(paging.first)
    case .offset(let paging):
      isBackward = !isAscending(paging.order)
      return .offset(0)
    case .timeAdvance(let paging):
      let from = target ?? firstWindow
      return .window(from: from, to: min(from + paging.window, providerNow))
    }
  }

  /// A list in the order of time that can be asked from a time on commits page by page.
  private func isAscending(_ order: PollPaging.ItemOrder) -> Bool {
    order == .oldestFirst && plan.time != nil && plan.request.since != nil
  }

  private mutating func start(isPersistent: Bool, _ order: PollPaging.ItemOrder) -> Position {
    isBackward = !isPersistent && !isAscending(order)
    switch checkpoint.cursor {
    case .url(let target) where isPersistent: return .url(target)
    case .token(let text) where isPersistent: return .cursor(text)
    default: return .start
    }
  }

  private mutating func start(_ paging: IDPaging, byTime: Bool) -> Position {
    guard paging.walk == .forward else {
      isBackward = true
      return .start
    }
    let reachesByTime =
      plan.request.since != nil && plan.time != nil
      && (paging.pageOrder == .oldestFirst || paging.olderSlot != nil)
    let wantsOverlap = purpose != .verification && reachesByTime && !isFirst
    if case .id(let id) = checkpoint.cursor, !byTime, !wantsOverlap { return .cursor(id) }
    if paging.pageOrder == .oldestFirst {
      let isPrimed = paging.prime != nil && isFirst && plan.cadence.initial == .now
      guard
        isPrimed
          || (checkpoint.cursor == nil && paging.prime != nil && !byTime && !reachesByTime
            && plan.cadence.initial == .now)
      else { return .start }
      isBackward = true
      return .prime
    }
    isBackward = true
    return paging.olderSlot == nil && paging.prime != nil ? .prime : .start
  }

  private var firstWindow: Timestamp {
    switch plan.cadence.initial {
    case .now: providerNow - plan.cadence.settle - Self.skewMax
    case .since(let time): time
    case .earliest: providerNow - (plan.cadence.retention ?? Self.wideReach)
    }
  }

  /// With the first answer the provider's time is known, and with it where "now" is (rule R12).
  mutating func settleTarget(_ wall: Timestamp) {
    let begun = begun(wall)
    if checkpoint.armed == nil { checkpoint.armed = begun }
    guard isFirst, checkpoint.floor == nil, !isResumed else { return }
    switch plan.cadence.initial {
    case .earliest: return
    case .since(let time):
      checkpoint.floor = time
    case .now:
      let now = begun - plan.cadence.settle
      checkpoint.floor = now
      if target == nil { target = now - granularity }
    }
    if checkpoint.watermark == nil, plan.time != nil { checkpoint.watermark = checkpoint.floor }
  }

  /// Clocks that are set by a time server are nearer to each other than this.
  private static let agreement = Duration.seconds(60)

  /// The time from which events are new.
  ///
  /// A provider may date its events by another clock than its answers. Where the answers' is ahead
  /// of ours nobody can tell which one dates them, and what is new by either is taken.
  private func begun(_ wall: Timestamp) -> Timestamp {
    guard wall.distance(to: providerNow) > Self.agreement else { return providerNow }
    // To the second, as a Date is: events of this very second count, too.
    return max(Timestamp(seconds: wall.seconds), providerNow - Self.skewMax)
  }

  /// The first walk over a list without times only learns what is there.
  var isPriming: Bool {
    isFirst && plan.time == nil && plan.cadence.initial == .now && isBackward
  }
}
