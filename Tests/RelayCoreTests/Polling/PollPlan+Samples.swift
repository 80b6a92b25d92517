import RelayCore
import WebhookReceiver

/// The plans that the scripted provider understands.
extension PollPlan {
  private static func base(_ paging: PollPaging, kind: PollKind = .eventLog) throws -> PollPlan {
    guard let url = OutboundURL("https://api.example.com/events") else {
      throw SampleError.badURL
    }
    var plan = PollPlan(
      kind: kind,
      request: PollRequest(url: url),
      paging: paging,
      items: [try JSONPointer("/data")],
      id: try ItemTemplate("/id")
    )
    plan.type = try ItemTemplate("/type")
    plan.time = TimeRule(pointer: try JSONPointer("/created"), format: .unixSeconds)
    // Tests of walks look at once; those of waiting say so.
    plan.preferPush = .zero
    return plan
  }

  enum SampleError: Error { case badURL }

  private static var since: TimeParameter {
    TimeParameter(slot: .query("since"), format: .unixSeconds)
  }

  static func stripe() throws -> PollPlan {
    var ids = IDPaging(slot: .query("ending_before"), from: .firstItem, pageOrder: .newestFirst)
    ids.olderSlot = .query("starting_after")
    ids.more = DoneRule(pointer: try JSONPointer("/has_more"), atEnd: false)
    var plan = try base(.idCursor(ids))
    plan.request.since = since
    plan.cadence.retention = .seconds(30 * 86400)
    plan.errorRules = [
      ErrorRule(
        status: 404,
        codeAt: try JSONPointer("/error/code"),
        code: "resource_missing",
        action: .resetCursor
      )
    ]
    return plan
  }

  static func localstripe() throws -> PollPlan {
    var ids = IDPaging(slot: .query("starting_after"), from: .lastItem, pageOrder: .oldestFirst)
    ids.more = DoneRule(pointer: try JSONPointer("/has_more"), atEnd: false)
    var plan = try base(.idCursor(ids))
    plan.request.since = since
    return plan
  }

  static func links() throws -> PollPlan { try base(.linkHeader(LinkPaging())) }

  static func lastingLinks() throws -> PollPlan {
    var paging = LinkPaging()
    paging.isPersistent = true
    paging.endsWhenEmpty = true
    paging.order = .oldestFirst
    return try base(.linkHeader(paging))
  }

  static func iterator() throws -> PollPlan {
    var token = TokenPaging(
      place: .pointer(try JSONPointer("/iterator")),
      slot: .query("iterator"),
      isPersistent: true
    )
    token.done = DoneRule(pointer: try JSONPointer("/done"), atEnd: true)
    var plan = try base(.token(token))
    plan.errorRules = [
      ErrorRule(
        status: 400,
        codeAt: try JSONPointer("/code"),
        code: "invalid_iterator",
        action: .resetCursor
      )
    ]
    return plan
  }

  static func pages(hasTime: Bool = true) throws -> PollPlan {
    var plan = try base(.pageNumber(PagePaging(slot: .query("page"))))
    if !hasTime { plan.time = nil }
    return plan
  }

  static func offsets() throws -> PollPlan {
    var paging = OffsetPaging(slot: .query("offset"))
    paging.overlapItems = 3
    return try base(.offset(paging))
  }

  static func windows(fullAt: Int = 10) throws -> PollPlan {
    var plan = try base(.timeAdvance(TimePaging(window: .seconds(3600), fullAt: fullAt)))
    plan.request.since = TimeParameter(slot: .query("from"), format: .unixSeconds)
    plan.request.until = TimeParameter(slot: .query("to"), format: .unixSeconds)
    return plan
  }
}
