internal import WebhookReceiver

/// Summaries: the events themselves are asked for one by one, a few at a time.
extension Walk {
  /// The ids of the last `look` that the journal knows: their details need not be asked for.
  package mutating func take(known: Set<String>, elapsed: Duration) -> Step {
    guard var page = pending else { preconditionFailure("nothing was looked up") }
    page.items.removeAll { $0.detail != nil && known.contains($0.item.id) }
    page.details = page.items.indices.filter { page.items[$0].detail != nil }.reversed()
    pending = page
    let calls = nextDetails()
    return calls.isEmpty ? submit(elapsed: elapsed) : .send(calls)
  }

  private mutating func nextDetails() -> [PollCall] {
    guard var page = pending, page.hasFailed == nil else { return [] }
    var calls: [PollCall] = []
    while page.inFlight < DetailRule.concurrencyMax, let index = page.details.popLast() {
      guard let detail = page.items[index].detail else { continue }
      calls.append(plan.call(for: detail, index: index))
      page.inFlight += 1
    }
    pending = page
    return calls
  }

  mutating func takeDetail(_ response: PollResponse, _ call: PollCall, _ index: Int) -> Step {
    providerNow = RetryDelay.date(of: response) ?? providerNow
    switch ResponseVerdict(response, rules: plan.errorRules) {
    case .page:
      do throws(PageRefusal) {
        try complete(index, response)
        return finishDetail(index, isThere: true)
      } catch {
        return endDetail(.refused(error))
      }
    case .unchanged, .empty: return endDetail(.refused(.badDetail(index: index)))
    case .failed(let action, let status):
      let delay = RetryDelay.read(response, now: providerNow)
      switch action {
      // The provider has the attempt, and no longer what was in it.
      case .ignoreItem: return finishDetail(index, isThere: false)
      case .fatal where status == 404, .resetCursor where status == 410:
        return finishDetail(index, isThere: false)
      case .refreshAuth:
        guard plan.request.auth.canRenew, !hasRenewed else {
          return endDetail(.unauthorized(status: status))
        }
        hasRenewed = true
        return .renew([call])
      case .rateLimited: return endDetail(.delayed(status: status, isLimit: true, delay))
      case .retry: return endDetail(.delayed(status: status, isLimit: false, delay))
      case .fatal, .resetCursor, .endOfFeed:
        if (300...399).contains(status) { return endDetail(.refused(.redirected(status: status))) }
        return endDetail(.rejected(status: status))
      }
    }
  }

  private mutating func complete(_ index: Int, _ response: PollResponse) throws(PageRefusal) {
    guard var page = pending else { return }
    try reader.items.complete(&page.items[index].item, from: response, plan, index: index)
    pending = page
  }

  /// A detail is there, or is known to be gone: then nothing is stored, and the walk goes on.
  private mutating func finishDetail(_ index: Int, isThere: Bool) -> Step {
    guard var page = pending else { return .wait }
    page.inFlight -= 1
    if isThere {
      page.items[index].detail = nil
    } else {
      tally.gone += 1
      page.items[index].isWanted = false
    }
    pending = page
    return afterDetail()
  }

  /// No more are asked for; what is complete is stored, and the checkpoint stays.
  mutating func endDetail(_ ending: Ending) -> Step {
    guard var page = pending else { return .end(ending) }
    page.inFlight -= 1
    page.hasFailed = page.hasFailed ?? ending
    pending = page
    return afterDetail()
  }

  private mutating func afterDetail() -> Step {
    let calls = nextDetails()
    if !calls.isEmpty { return .send(calls) }
    guard let page = pending, page.inFlight == 0 else { return .wait }
    return submit()
  }
}
