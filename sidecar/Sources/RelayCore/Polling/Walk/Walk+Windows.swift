internal import WebhookReceiver

/// Walks over windows of time: those that are full are halved, those that are read move the mark.
extension Walk {
  mutating func nextWindow(
    _ page: Page,
    _ from: Timestamp,
    _ to: Timestamp
  ) throws(PageRefusal) -> Continuation {
    guard case .timeAdvance(let paging) = plan.paging else {
      preconditionFailure("only time_advance has windows")
    }
    guard plan.request.until != nil else { return try nextBeginning(page, from, paging) }
    guard page.items.count < paging.fullAt else {
      let length = from.distance(to: to)
      guard length > TimePaging.windowMin else { throw .windowFull }
      let half = max(TimePaging.windowMin, length / 2)
      return .next(.window(from: from, to: from + half))
    }
    windowEnd = to
    guard to < providerNow else { return .end }
    // Where it is crowded the next one is as short at first: each halving costs a request.
    let length = min(paging.window, max(TimePaging.windowMin, from.distance(to: to) * 2))
    return .next(.window(from: to, to: min(to + length, providerNow)))
  }

  /// Lists that have a beginning and no end: on from the last item, which is read again (rule R8).
  private mutating func nextBeginning(
    _ page: Page,
    _ from: Timestamp,
    _ paging: TimePaging
  ) throws(PageRefusal) -> Continuation {
    guard page.items.count >= paging.fullAt else { return .end }
    guard let last = page.items.compactMap(\.item.time).max(), last > from else {
      throw .windowFull
    }
    return .next(.window(from: last, to: providerNow))
  }
}
