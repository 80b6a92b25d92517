import RelayCore
import Testing
import WebhookReceiver

@Suite struct PollPlanTests {
  private func plan(_ url: String = "https://api.example.com/events") throws -> PollPlan {
    PollPlan(
      kind: .eventLog,
      request: PollRequest(url: try #require(OutboundURL(url))),
      paging: .none(.newestFirst),
      items: [try JSONPointer("/data")],
      id: try ItemTemplate("/id")
    )
  }

  private func keys(_ plan: PollPlan) -> [String] { plan.mistakes.map(\.key) }

  @Test func `a plain plan has no mistakes, and http is for loopback`() throws {
    #expect(keys(try plan()).isEmpty)
    #expect(keys(try plan("http://127.0.0.1:8420/v1/events")).isEmpty)
    #expect(keys(try plan("http://api.example.com/events")) == ["request.url"])
  }

  @Test func `P18: a cursor that leads to older events is refused in a forward walk`() throws {
    var plan = try plan()
    var stripe = IDPaging(slot: .query("ending_before"), from: .firstItem, pageOrder: .newestFirst)
    stripe.olderSlot = .query("starting_after")
    plan.paging = .idCursor(stripe)
    #expect(keys(plan).isEmpty)
    stripe.slot = .query("starting_after")
    stripe.from = .lastItem
    plan.paging = .idCursor(stripe)
    #expect(keys(plan) == ["paging.from"])
    #expect(plan.mistakes.first?.message.contains("ending_before") == true)
    stripe.walk = .backward
    plan.paging = .idCursor(stripe)
    #expect(keys(plan).isEmpty)
    stripe.pageOrder = .oldestFirst
    plan.paging = .idCursor(stripe)
    #expect(keys(plan) == ["paging.from"])
  }

  @Test func `a forward walk over newest-first pages says how it begins`() throws {
    var plan = try plan()
    let ids = IDPaging(slot: .query("ending_before"), from: .firstItem, pageOrder: .newestFirst)
    plan.paging = .idCursor(ids)
    #expect(keys(plan) == ["paging.older"])
  }

  @Test func `a sweep that could miss the retention is refused`() throws {
    var plan = try plan()
    plan.cadence.retention = .seconds(3 * 86400)
    plan.cadence.sweep = .seconds(86400)
    #expect(keys(plan).isEmpty)
    plan.cadence.sweep = .seconds(86401)
    #expect(keys(plan) == ["sweep"])
  }

  @Test func `templates are pointers, or text around them`() throws {
    #expect(try ItemTemplate("/id").parts == [.pointer(JSONPointer("/id"))])
    #expect(try ItemTemplate("").pointers == [JSONPointer("")])
    let url = try ItemTemplate("https://a.example/x/{/id}?v={/v}")
    #expect(url.pointers == [try JSONPointer("/id"), try JSONPointer("/v")])
    #expect(url.parts.count == 4)
    for text in ["plain", "{/id", "}{", "{id}", "x{/a}{", String(repeating: "{/a}", count: 9)] {
      #expect(throws: ItemTemplateError.self, "\(text)") { try ItemTemplate(text) }
    }
  }

  @Test func `each kind says what polling can do and for how long`() throws {
    var plan = try plan()
    plan.cadence.retention = .seconds(30 * 86400)
    let stripe = PollGuarantee(plan: plan, pushHorizon: .seconds(3 * 86400))
    #expect(stripe.lossHorizon == .seconds(30 * 86400))
    #expect(stripe.words.contains("delivered or not"))
    #expect(stripe.horizonText == "30d")

    plan.kind = .deliveryLog
    plan.cadence.retention = .seconds(3 * 86400)
    let github = PollGuarantee(plan: plan, pushHorizon: .zero)
    #expect(github.lossHorizon == .seconds(3 * 86400))
    #expect(github.words.contains("tried to deliver"))
    #expect(github.words.contains("lost at once"))

    plan.kind = .resourceState
    let shopify = PollGuarantee(plan: plan, pushHorizon: .seconds(4 * 3600))
    #expect(shopify.lossHorizon == .seconds(4 * 3600))
    #expect(shopify.words.contains("not the events between"))

    #expect(PollGuarantee(plan: nil, pushHorizon: .zero).horizonText == "none: at once")
    #expect(PollGuarantee(plan: nil, pushHorizon: nil).horizonText == "not known")
    let adyen = PollGuarantee(plan: nil, pushHorizon: .seconds(30 * 86400))
    #expect(adyen.words.contains("30d"))
  }

  @Test func `an event waits for its push as long as the grace, where it has a time`() throws {
    var plan = try plan()
    #expect(plan.pushPreference == .zero)
    plan.time = TimeRule(pointer: try JSONPointer("/created"), format: .unixSeconds)
    #expect(plan.pushPreference == plan.cadence.deliveryGrace)
    plan.kind = .resourceState
    #expect(plan.pushPreference == .zero)
    plan.preferPush = .seconds(5)
    #expect(plan.pushPreference == .seconds(5))
  }
}
