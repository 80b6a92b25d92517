import RelayCore
import Testing
import WebhookReceiver

/// The rules of polling §7.2, one by one; what a line of the matrix tries already is only named.
@Suite struct RuleTests {
  private func bench(
    _ style: ScriptedProvider.Style = .stripe,
    _ plan: PollPlan? = nil
  ) throws -> PollBench {
    var bench = PollBench(try plan ?? .stripe(), ScriptedProvider(style: style))
    bench.run(1)
    return bench
  }

  @Test func `R1: a checkpoint is never ahead of its events`() throws {
    var bench = try bench(.links, .links())
    for round in 0..<20 {
      for index in 0..<7 { bench.happen("r\(round)-\(index)", isPushed: false) }
      bench.run(40)
      bench.tornBatches = round.isMultiple(of: 3) ? 1 : 0
      bench.walk()
    }
    bench.run(2000)
    #expect(bench.crashes == 7)
    #expect(bench.order.count == 140)
    #expect(Set(bench.order).count == 140)
  }

  @Test func `R2: a push moves no checkpoint`() throws {
    var bench = try bench()
    bench.happen("a", isPushed: false)
    bench.run(200)
    bench.walk()
    let before = bench.durable
    for index in 0..<50 { bench.happen("p\(index)") }
    #expect(bench.durable == before)
    #expect(bench.machine.checkpoint == before)
  }

  @Test func `R3: a walk goes on behind what is known`() throws {
    // One in ten arrives; everything else lies between known ids.
    var bench = try bench(.links, .links())
    for index in 0..<100 { bench.happen("e\(index)", isPushed: index % 10 == 0) }
    bench.run(10)
    bench.walk()
    #expect(bench.order.count == 100)
  }

  @Test func `R4: forward walks commit page by page, walks down when they have arrived`() throws {
    var forward = try bench(.lastingLinks, .lastingLinks())
    var down = try bench(.links, .links())
    for index in 0..<35 {
      forward.happen("e\(index)", isPushed: false)
      down.happen("e\(index)", isPushed: false)
    }
    forward.provider.script = [
      forward.provider.answerForward(0, at: forward.now), .failure(.truncated),
    ]
    let before = (forward.durable, down.durable)
    forward.walk()
    #expect(forward.durable?.cursor != before.0?.cursor)
    let list = Array(down.provider.listed(at: down.now).reversed().prefix(10))
    let link = PollResponse.Field("Link", "</events?cursor=\(list[9].id)>; rel=next")
    down.provider.script = [
      .success(down.provider.json(list, now: down.now, [link])), .failure(.truncated),
    ]
    down.walk()
    #expect(down.durable?.watermark == before.1?.watermark)
    #expect(down.durable?.resume?.position == .url("/events?cursor=\(list[9].id)"))
    forward.run(600)
    down.run(600)
    #expect(forward.order.count == 35 && down.order.count == 35)
  }

  @Test func `R5: a cap is not the end, and a growing backlog is told`() throws {
    var plan = try PollPlan.links()
    plan.limits.pages = 1
    var bench = try bench(.links, plan)
    for index in 0..<95 { bench.happen("e\(index)", isPushed: false) }
    bench.run(600)
    #expect(bench.order.count == 95)
    #expect(bench.alarms.contains(.backlog))
  }

  @Test func `R6: the mark stays a settle behind the provider's now, and never goes back`() throws {
    var bench = try bench(.links, .links())
    var last: Timestamp?
    for index in 0..<60 {
      bench.happen("e\(index)", isPushed: false)
      bench.run(25)
      bench.walk()
      let mark = try #require(bench.durable?.watermark)
      #expect(mark <= Timestamp(seconds: bench.now - 120))
      if let last { #expect(mark >= last) }
      last = mark
    }
  }

  @Test func `R6: a cursor is held before what may still change`() throws {
    var bench = try bench()
    bench.happen("settled", isPushed: false)
    bench.run(200)
    bench.happen("young", isPushed: false)
    bench.walk()
    #expect(bench.ids == ["settled", "young"])
    #expect(bench.durable?.cursor == .id("settled"))
    // What appears before the young one later is read by the next walk that follows the cursor.
    bench.provider.add("between", at: bench.now - 30, visible: bench.now + 20)
    bench.run(600)
    #expect(bench.ids.contains("between"))
  }

  @Test func `R7: what is unsettled is delivered now, and read again`() throws {
    var bench = try bench()
    bench.happen("young", isPushed: false)
    bench.walk()
    #expect(bench.ids == ["young"])
    bench.walk()
    #expect(bench.polledTwice > 0)
    #expect(bench.order == ["young"])
  }

  @Test func `R8: windows include both of their ends`() throws {
    var bench = try bench(.windows, .windows())
    var expected: Set<String> = []
    for index in 0..<200 {
      bench.happen("e\(index)", isPushed: false)
      expected.insert("e\(index)")
      bench.run(1)
      if index % 16 == 0 { bench.walk() }
    }
    bench.run(1300)
    #expect(bench.ids == expected)
  }

  @Test func `R9: a walk does not reach back behind the retention`() throws {
    var plan = try PollPlan.stripe()
    plan.cadence.retention = .seconds(7200)
    plan.cadence.sweep = .seconds(1800)
    var bench = try bench(.stripe, plan)
    bench.set(true)
    bench.run(20_000)
    bench.provider.calls = []
    bench.set(false)
    bench.run(5)
    let since = bench.provider.calls.compactMap {
      ScriptedProvider.Query($0.url.target)["since"].flatMap { Int64($0) }
    }
    #expect(since.allSatisfy { $0 >= bench.now - 7300 })
    #expect(!since.isEmpty)
  }

  @Test func `R10: a refused cursor starts by time, and never at the newest`() throws {
    let answers = [
      (410, "{}"), (404, #"{"error":{"code":"resource_missing"}}"#),
    ]
    for (status, body) in answers {
      var bench = try bench()
      bench.happen("before", isPushed: false)
      bench.run(200)
      bench.walk()
      #expect(bench.durable?.cursor == .id("before"))
      for index in 0..<35 { bench.happen("away\(index)", isPushed: false) }
      let refusal = PollResponse(
        status: status,
        fields: [ScriptedProvider.jsonType],
        body: Array(body.utf8)
      )
      bench.provider.script = [.success(refusal)]
      bench.provider.calls = []
      bench.run(400)
      let targets = bench.provider.calls.map(\.url.target)
      #expect(targets.first?.contains("ending_before=before") == true, "\(targets)")
      #expect(targets.dropFirst().first?.contains("since=") == true, "\(targets)")
      #expect(bench.order.count == 36, "\(status)")
      // Everything since the mark was there to be read: that is no gap.
      #expect(bench.gaps.isEmpty && !bench.alarms.contains(.gap))
    }
  }

  @Test func `R11: who was away longer than the list is kept is told of it once`() throws {
    var plan = try PollPlan.links()
    plan.cadence.retention = .seconds(86400)
    var bench = try bench(.links, plan)
    bench.provider.retention = 86400
    bench.happen("before", isPushed: false)
    bench.run(200)
    bench.walk()
    let mark = try #require(bench.durable?.watermark)
    bench.set(true)
    bench.happen("lost", isPushed: false)
    bench.run(3 * 86400, step: 600)
    bench.happen("kept", isPushed: false)
    bench.crash()
    bench.run(10)
    let gap = try #require(bench.gaps.first)
    #expect(gap.reason == .olderThanRetention && gap.from == mark)
    #expect(gap.to.map { $0 > mark } == true)
    #expect(bench.ids == ["before", "kept"])
    // The next start has the mark behind the hole: it is not found again.
    bench.crash()
    bench.run(4000)
    #expect(bench.gaps.count == 1 && bench.alarms.filter { $0 == .gap }.count == 1)
  }

  @Test func `R12: the first walk invents nothing, on a full account and on an empty one`() throws {
    for style in [ScriptedProvider.Style.stripe, .localstripe, .links, .lastingLinks, .pages] {
      var provider = ScriptedProvider(style: style)
      for index in 0..<35 { provider.add("old\(index)", at: PollBench.epoch - 5000 + Int64(index)) }
      let plan =
        switch style {
        case .stripe: try PollPlan.stripe()
        case .localstripe: try PollPlan.localstripe()
        case .links: try PollPlan.links()
        case .lastingLinks: try PollPlan.lastingLinks()
        default: try PollPlan.pages(hasTime: false)
        }
      var bench = PollBench(plan, provider)
      bench.run(600)
      #expect(bench.order.isEmpty, "\(style)")
      bench.happen("new", isPushed: false)
      bench.run(4000)
      #expect(bench.order == ["new"], "\(style)")
    }
    var empty = try bench()
    #expect(empty.provider.calls.allSatisfy { !$0.url.target.contains("ending_before") })
    empty.run(600)
    #expect(empty.provider.calls.allSatisfy { !$0.url.target.contains("ending_before") })
    empty.happen("first", isPushed: false)
    empty.run(1200)
    #expect(empty.order == ["first"])
    #expect(empty.durable?.cursor == .id("first"))
  }

  @Test func `R12: initial may be the beginning, or a time`() throws {
    for initial in [
      CadenceRules.Initial.earliest, .since(Timestamp(seconds: PollBench.epoch - 4990)),
    ] {
      var provider = ScriptedProvider(style: .stripe)
      for index in 0..<35 { provider.add("old\(index)", at: PollBench.epoch - 5000 + Int64(index)) }
      var plan = try PollPlan.stripe()
      plan.cadence.initial = initial
      var bench = PollBench(plan, provider)
      bench.run(60)
      #expect(bench.order.count == (initial == .earliest ? 35 : 25))
    }
  }

  @Test func `R15: events of a page come in the order of their times`() throws {
    var bench = try bench(.links, .links())
    for index in 0..<9 {
      bench.happen("e\(index)", isPushed: false)
      bench.run(3)
    }
    bench.walk()
    #expect(bench.order == (0..<9).map { "e\($0)" })
  }
}

extension ScriptedProvider {
  func answerForward(_ start: Int, at now: Int64) -> Result<PollResponse, PollFailure> {
    let order = listed(at: now).sorted { ($0.visible, $0.id) < ($1.visible, $1.id) }
    let page = Array(order.dropFirst(start).prefix(limit))
    let next = "</events?after=\(start + page.count)>; rel=\"next\""
    return .success(json(page, now: now, [.init("Link", next)]))
  }
}
