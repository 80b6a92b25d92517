internal import WebhookReceiver

/// From a page to what is submitted of it, and to the page after it.
extension Walk {
  mutating func accept(
    _ page: Page,
    _ wall: Timestamp,
    _ elapsed: Duration
  ) throws(PageRefusal) -> Step {
    tally.items += page.items.count
    let ids = page.items.map(\.item.id)
    if firstPage.isEmpty { firstPage = ids }
    if anchors.isEmpty, !isResumed { anchors = Array(ids.prefix(Checkpoint.anchorsMax)) }
    let continuation = try continuation(after: page, ids)
    noteCursors(page)
    let items = choose(page)
    pending = Pending(
      items: items,
      continuation: continuation,
      following: Self.following(page)
    )
    let summaries = items.filter { $0.detail != nil }.map(\.item.id)
    if !summaries.isEmpty { return .look(summaries) }
    return submit(elapsed: elapsed)
  }

  // MARK: What is submitted

  /// What of the page the journal is asked to take: wanted, ours, and once.
  private mutating func choose(_ page: Page) -> [PageItem] {
    var chosen: [PageItem] = []
    for entry in chronological(page) {
      note(entry)
      guard entry.isWanted, isOurs(entry.item) else { continue }
      if let index = chosen.firstIndex(where: { $0.item.id == entry.item.id }) {
        // Attempts of one event are one event (rule R17): a success of any is one.
        if entry.item.succeeded == true { chosen[index].item.succeeded = true }
        continue
      }
      guard seen.insert(entry.item.id).inserted else { continue }
      if isHeld(entry.item) {
        tally.held += 1
        // It is to be seen again by the walk that takes it.
        seen.remove(entry.item.id)
        continue
      }
      chosen.append(entry)
    }
    // Rule R15, as far as one page goes.
    return chosen.sorted { left, right in
      guard let a = left.item.time, let b = right.item.time, a != b else { return false }
      return a < b
    }
  }

  /// Oldest first, whatever the page's order is.
  private func chronological(_ page: Page) -> [PageItem] {
    pageOrder == .newestFirst ? page.items.reversed() : page.items
  }

  var pageOrder: PollPaging.ItemOrder {
    switch plan.paging {
    case .none(let order): order
    case .linkHeader(let paging): paging.order
    case .nextURL(let paging): paging.order
    case .token(let paging): paging.order
    case .idCursor(let paging):
      position == .prime ? paging.prime?.order ?? paging.pageOrder : paging.pageOrder
    case .pageNumber(let paging): paging.order
    case .offset(let paging): paging.order
    case .timeAdvance: .oldestFirst
    }
  }

  private mutating func note(_ entry: PageItem) {
    let time = entry.item.time
    if let time {
      newest = newest.map { max($0, time) } ?? time
      oldest = oldest.map { min($0, time) } ?? time
    }
    if isPriming, primedIDs.count < Checkpoint.floorIDsMax {
      primedIDs.append(Self.hash(entry.item.id))
    }
    let waits = isHeld(entry.item) && entry.isWanted && isOurs(entry.item)
    if waits, let time {
      held = held.map { min($0, time) } ?? time
      let until = time + hold
      heldUntil = heldUntil.map { min($0, until) } ?? until
    }
  }

  /// The cursor that the next walk may begin with: nothing unsettled or waiting is older.
  private mutating func noteCursors(_ page: Page) {
    var fixed: String?
    var isBlockedHere = false
    for entry in chronological(page) {
      let isSettled =
        entry.item.time.map { $0 <= providerNow - plan.cadence.settle } ?? true
      let waits = isHeld(entry.item) && entry.isWanted && isOurs(entry.item)
      guard isSettled, !waits else {
        isBlockedHere = true
        break
      }
      fixed = entry.cursor
    }
    guard isBackward else {
      if !isBlocked, let fixed { newestCursor = fixed }
      isBlocked = isBlocked || isBlockedHere
      return
    }
    // Pages come from the newest down: what is unfixed here is older than all that was before.
    if isBlockedHere || newestCursor == nil { newestCursor = fixed }
  }

  private func isHeld(_ item: PolledItem) -> Bool {
    guard hold > .zero, let time = item.time else { return false }
    // An event dated beyond the provider's own clock has no age by it: it would wait for as long as
    // the two differ.
    return time > providerNow - hold && time <= providerNow + hold
  }

  private func isOurs(_ item: PolledItem) -> Bool {
    if isPriming { return false }
    if let floor = checkpoint.floor, let time = item.time, time < floor - granularity {
      return false
    }
    return checkpoint.floorIDs.isEmpty || !checkpoint.floorIDs.contains(Self.hash(item.id))
  }

  /// FNV-1a: only ever compared with hashes of the same source's ids.
  static func hash(_ id: String) -> UInt64 {
    id.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  // MARK: What comes next

  private mutating func continuation(
    after page: Page,
    _ ids: [String]
  ) throws(PageRefusal) -> Continuation {
    if case .window(let from, let to) = position {
      return try nextWindow(page, from, to)
    }
    if pass > 1, position == topPosition {
      // Nothing has moved while the rest was read.
      if ids == firstPage { return .end }
      firstPage = ids
    }
    if isBackward, hasArrived(page, ids) { return again }
    guard let next = nextPosition(page) else { return again }
    let call = plan.call(for: next, since: since, until: providerNow)
    if visited.contains(call.key) {
      // A list that is read to its end may show the same position for ever (Auth0).
      guard page.items.isEmpty else { throw .loop }
      return .end
    }
    return .next(next)
  }

  private func nextPosition(_ page: Page) -> Position? {
    switch plan.paging {
    case .none, .timeAdvance: return nil
    case .linkHeader(let paging): return link(page, paging.endsWhenEmpty)
    case .nextURL(let paging): return link(page, paging.endsWhenEmpty)
    case .token(let paging):
      guard page.isDone != true, case .token(let text) = page.next else { return nil }
      // A reader's position without anything behind it, and nothing that says more.
      if page.items.isEmpty, paging.isPersistent, page.isDone == nil { return nil }
      return .cursor(text)
    case .idCursor(let paging): return cursor(page, paging)
    case .pageNumber:
      guard case .page(let number) = position, !page.items.isEmpty else { return nil }
      return .page(number + 1)
    case .offset(let paging):
      guard case .offset(let number) = position, !page.items.isEmpty else { return nil }
      let count = page.items.count
      return .offset(number + (count > paging.overlapItems ? count - paging.overlapItems : count))
    }
  }

  /// Where a lasting position goes on, which the end of a walk does not change.
  private static func following(_ page: Page) -> Position? {
    switch page.next {
    case .url(let url): .url(url.target)
    case .token(let text): .cursor(text)
    case .none: nil
    }
  }

  private func link(_ page: Page, _ endsWhenEmpty: Bool) -> Position? {
    guard case .url(let url) = page.next else { return nil }
    return page.items.isEmpty && endsWhenEmpty ? nil : .url(url.target)
  }

  private func cursor(_ page: Page, _ paging: IDPaging) -> Position? {
    guard position != .prime, page.isDone != true, !page.items.isEmpty else { return nil }
    let isDown = isBackward && paging.walk == .forward
    let end = isDown ? paging.from.other : paging.from
    guard let item = end == .firstItem ? page.items.first : page.items.last else { return nil }
    return isDown ? .older(item.cursor) : .cursor(item.cursor)
  }

  /// Whether a walk down has everything that it came for.
  private mutating func hasArrived(_ page: Page, _ ids: [String]) -> Bool {
    guard pageOrder == .newestFirst else { return false }
    if plan.time != nil {
      guard let target, let last = page.items.last?.item.time else { return false }
      return last < target
    }
    if isPriming { return tally.pages >= 2 }
    guard !checkpoint.anchors.isEmpty else { return false }
    // One page more than the one that has the anchor: the overlap of lists without times.
    if hasMetAnchor { return true }
    hasMetAnchor = ids.contains { checkpoint.anchors.contains($0) }
    return false
  }

  /// Pages that shift may have skipped an item: the first page is looked at once more, and all of
  /// them are read again if it is another now.
  private var again: Continuation {
    mutating get {
      guard let top = topPosition, isBackward, !isResumed, position != top,
        pass < Self.passesMax
      else { return .end }
      pass += 1
      hasMetAnchor = false
      visited = []
      return .next(top)
    }
  }

  private var topPosition: Position? {
    switch plan.paging {
    case .pageNumber(let paging): .page(paging.first)
    case .offset: .offset(0)
    default: nil
    }
  }
}

extension IDPaging.End {
  var other: Self { self == .firstItem ? .lastItem : .firstItem }
}
