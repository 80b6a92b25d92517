internal import WebhookReceiver

/// What a page gives the journal, and how far it brings the source.
extension Walk {
  /// Submits what is pending; goes on at once where there is nothing to make durable.
  mutating func submit(elapsed: Duration = .zero) -> Step {
    guard var page = pending else { preconditionFailure("nothing was read") }
    let items = page.items.filter { $0.isWanted && $0.detail == nil }.map(\.item)
    var batch = PollBatch(items: items, checkpoint: nil)
    if page.hasFailed == nil {
      let moved = moved(page.continuation)
      if moved != checkpoint || isFirst { batch.checkpoint = moved }
      batch.gaps = gaps(page.continuation)
    }
    page.checkpoint = batch.checkpoint
    pending = page
    tally.submitted += items.count
    if !batch.isEmpty { return .submit(batch) }
    if let failed = page.hasFailed { return .end(failed) }
    return proceed(elapsed)
  }

  /// The checkpoint after this page (rules R4, R5, R6).
  private mutating func moved(_ continuation: Continuation) -> Checkpoint {
    var moved = checkpoint
    if isBackward {
      switch continuation {
      case .next(let next):
        // Nothing is done before the walk has arrived; a crash or a cap goes on from here.
        moved.resume = resume(next)
      case .end:
        moved.resume = nil
        moved.watermark = mark
        if !anchors.isEmpty, plan.time == nil { moved.anchors = anchors }
        if let newestCursor, isIDForward { moved.cursor = .id(newestCursor) }
        if isPriming { moved.floorIDs = primedIDs }
        let isOnePage = tally.pages == 1 && !isResumed && held == nil
        moved.etag = isOnePage ? etag : nil
      }
      return moved
    }
    moved.watermark = mark
    if let cursor = forwardCursor { moved.cursor = cursor }
    // Where the cursor is the position, it is where to go on.
    guard settles else { return moved }
    if case .next(let next) = continuation {
      moved.resume = resume(next)
    } else {
      moved.resume = nil
    }
    return moved
  }

  private func resume(_ next: Position) -> Checkpoint.Resume {
    Checkpoint.Resume(
      position: next,
      target: target,
      newest: newest,
      held: held,
      anchors: anchors,
      isDown: isBackward,
      isBlocked: isBlocked,
      attempts: isResumed ? resumedAttempts + 1 : 1
    )
  }

  private var isIDForward: Bool {
    if case .idCursor(let paging) = plan.paging { paging.walk == .forward } else { false }
  }

  private var mark: Timestamp? {
    Watermark.advanced(
      from: checkpoint.watermark,
      newest: windowEnd ?? newest,
      providerNow: providerNow,
      rules: plan.cadence,
      settles: settles,
      held: held,
      granularity: granularity
    )
  }

  /// Positions that the provider orders by persistence never have anything inserted before them.
  private var settles: Bool {
    switch plan.paging {
    case .linkHeader(let paging): !paging.isPersistent
    case .nextURL(let paging): !paging.isPersistent
    case .token(let paging): !paging.isPersistent
    case .none, .idCursor, .pageNumber, .offset, .timeAdvance: true
    }
  }

  /// Where a reader stands after this page; nil leaves the cursor where it is.
  private var forwardCursor: Checkpoint.Cursor? {
    switch (plan.paging, pending?.following) {
    // What waits for its push must be read again, and a position cannot point between items.
    case (.linkHeader(let paging), .url(let url)) where paging.isPersistent && held == nil:
      return .url(url)
    case (.nextURL(let paging), .url(let url)) where paging.isPersistent && held == nil:
      return .url(url)
    case (.token(let paging), .cursor(let text)) where paging.isPersistent && held == nil:
      return .token(text)
    case (.idCursor, _): return newestCursor.map { .id($0) }
    default: return nil
    }
  }

  // MARK: Holes

  /// What could not be read, once that is known.
  private func gaps(_ continuation: Continuation) -> [GapRecord] {
    guard continuation == .end else { return [] }
    var gaps: [GapRecord] = []
    if let lostCheckpoint, startMark == nil {
      gaps.append(
        GapRecord(reason: lostCheckpoint, from: nil, to: providerNow, notedAt: providerNow)
      )
    }
    guard let startMark else { return gaps }
    let edge = plan.cadence.retention.map { providerNow - $0 }
    if let edge, startMark < edge {
      let to = oldest.map { max(edge, min($0, providerNow)) } ?? edge
      gaps.append(
        GapRecord(reason: .olderThanRetention, from: startMark, to: to, notedAt: providerNow)
      )
    } else if wasReset, !isProven(startMark, edge) {
      gaps.append(
        GapRecord(
          reason: .cursorExpired,
          from: startMark,
          to: oldest ?? providerNow,
          notedAt: providerNow
        )
      )
    }
    return gaps
  }

  /// Whether everything since the mark is known to have been readable.
  private func isProven(_ mark: Timestamp, _ edge: Timestamp?) -> Bool {
    if let oldest, oldest <= mark { return true }
    guard let edge else { return false }
    return since != nil && mark >= edge
  }
}
