import RelayCore
import Testing
import WebhookReceiver

/// Polling §10, cursor and retention: G means that a gap is recorded.
@Suite struct CheckpointTests {
  private func bench(_ plan: PollPlan, _ style: ScriptedProvider.Style) -> PollBench {
    var bench = PollBench(plan, ScriptedProvider(style: style))
    bench.run(1)
    return bench
  }

  /// Some events are read, and settled.
  private func settle(_ bench: inout PollBench, _ count: Int = 3) {
    for index in 0..<count {
      bench.happen("s\(index)-\(bench.seconds)", isPushed: false)
      bench.run(10)
    }
    bench.run(200)
    bench.walk()
  }

  @Test func `C1: a link that is gone starts by time, and the hole is recorded`() throws {
    var plan = try PollPlan.lastingLinks()
    plan.cadence.retention = nil
    var bench = bench(plan, .lastingLinks)
    settle(&bench)
    #expect(bench.durable?.cursor != nil)
    // The provider has forgotten all of that; what it lists now is newer.
    bench.provider.events = []
    bench.happen("after", isPushed: false)
    bench.provider.script = [.success(PollResponse(status: 410))]
    bench.walk()
    #expect(bench.ids.contains("after"))
    #expect(bench.gaps.map(\.reason) == [.cursorExpired])
    #expect(bench.alarms.contains(.gap))
    bench.walk()
    #expect(bench.gaps.count == 1)
  }

  @Test func `C2: resource_missing starts by time; nothing is lost within the retention`() throws {
    var bench = bench(try .stripe(), .stripe)
    settle(&bench)
    guard case .id(let cursor)? = bench.durable?.cursor else {
      Issue.record("there is no cursor")
      return
    }
    bench.provider.events.removeAll { $0.id == cursor }
    var expected = bench.ids
    for index in 0..<25 { bench.happen("n\(index)", isPushed: false) }
    expected.formUnion((0..<25).map { "n\($0)" })
    bench.run(700)
    bench.walk()
    #expect(bench.ids == expected)
    #expect(bench.gaps.isEmpty)
    #expect(bench.reports.allSatisfy { $0.ending == .complete })
  }

  @Test func `C2: beyond the retention it is a gap`() throws {
    var plan = try PollPlan.stripe()
    plan.cadence.retention = .seconds(3600)
    plan.cadence.sweep = .seconds(1200)
    var provider = ScriptedProvider(style: .stripe)
    provider.retention = 3600
    var bench = PollBench(plan, provider)
    bench.run(1)
    settle(&bench)
    bench.set(true)
    for index in 0..<20 {
      bench.happen("m\(index)", isPushed: false)
      bench.run(500)
    }
    bench.set(false)
    bench.run(10)
    #expect(bench.gaps.map(\.reason) == [.olderThanRetention])
    #expect(bench.ids.contains("m19"))
    #expect(!bench.ids.contains("m0"))
    if let gap = bench.gaps.first, let from = gap.from, let to = gap.to { #expect(from < to) }
  }

  @Test func `C3: an invalid iterator is dropped, and the hole is recorded`() throws {
    var bench = bench(try .iterator(), .iterator)
    settle(&bench)
    bench.happen("in-between", isPushed: false)
    let refusal = PollResponse(
      status: 400,
      fields: [ScriptedProvider.jsonType],
      body: Array(#"{"code":"invalid_iterator"}"#.utf8)
    )
    bench.provider.script = [.success(refusal)]
    bench.walk()
    #expect(bench.gaps.map(\.reason) == [.cursorExpired])
    bench.happen("after", isPushed: false)
    bench.walk()
    #expect(bench.ids.contains("after"))
  }

  @Test func `C4: a cursor that is refused for the last row asks by time again`() throws {
    var plan = try PollPlan.localstripe()
    plan.cadence.retention = .seconds(86400)
    plan.errorRules = [
      ErrorRule(
        status: 400,
        codeAt: try JSONPointer("/code"),
        code: "INVALID_TRANSACTION_KEY",
        action: .resetCursor
      )
    ]
    var bench = bench(plan, .localstripe)
    settle(&bench)
    var expected = bench.ids
    bench.happen("next", isPushed: false)
    expected.insert("next")
    let refusal = PollResponse(
      status: 400,
      fields: [ScriptedProvider.jsonType],
      body: Array(#"{"code":"INVALID_TRANSACTION_KEY"}"#.utf8)
    )
    bench.provider.script = [.success(refusal)]
    bench.run(1000)
    #expect(bench.provider.script.isEmpty)
    #expect(bench.ids == expected)
    #expect(bench.gaps.isEmpty)
  }

  @Test func `C5: a checkpoint older than the retention is a gap and an alarm`() throws {
    var plan = try PollPlan.links()
    plan.cadence.retention = .seconds(3 * 86400)
    var provider = ScriptedProvider(style: .links)
    provider.retention = 3 * 86400
    var bench = PollBench(plan, provider)
    bench.run(1)
    settle(&bench)
    bench.set(true)
    bench.run(5 * 86400, step: 600)
    bench.happen("now", isPushed: false)
    bench.crash()
    bench.run(10)
    #expect(bench.gaps.map(\.reason) == [.olderThanRetention])
    #expect(bench.alarms.contains(.gap))
    #expect(bench.ids.contains("now"))
  }

  @Test func `C6: a reset that an error names restarts`() throws {
    var plan = try PollPlan.iterator()
    plan.errorRules = [
      ErrorRule(
        status: 409,
        codeAt: try JSONPointer("/error/.tag"),
        code: "reset",
        action: .resetCursor
      )
    ]
    var bench = bench(plan, .iterator)
    settle(&bench)
    let reset = PollResponse(
      status: 409,
      fields: [ScriptedProvider.jsonType],
      body: Array(#"{"error":{".tag":"reset"}}"#.utf8)
    )
    bench.provider.script = [.success(reset)]
    bench.walk()
    #expect(bench.reports.last?.ending == .complete)
    #expect(bench.gaps.count == 1)
  }

  @Test func `C7: a first call that is empty keeps its iterator and invents nothing`() throws {
    var provider = ScriptedProvider(style: .iterator)
    for index in 0..<5 { provider.add("old\(index)", at: PollBench.epoch - 1000) }
    var bench = PollBench(try .iterator(), provider)
    bench.run(1)
    #expect(bench.ids.isEmpty)
    #expect(bench.durable?.cursor == .token("5"))
    bench.happen("new", isPushed: false)
    bench.walk()
    #expect(bench.ids == ["new"])
  }

  @Test func `C8: a list that is not enabled is told at the start, with what to call`() throws {
    var plan = try PollPlan.stripe()
    plan.advice = "call PUT /v2/events/enable"
    var provider = ScriptedProvider(style: .stripe)
    let refusal = PollResponse(
      status: 400,
      fields: [ScriptedProvider.jsonType],
      body: Array(#"{"errors":[{"category":"INVALID_REQUEST_ERROR"}]}"#.utf8)
    )
    provider.script = [.success(refusal)]
    var bench = PollBench(plan, provider)
    bench.run(1)
    // Not when the first push is missed: nobody would be looking then.
    #expect(bench.alarms == [.pollBlind])
    #expect(bench.reports.first?.detail.hasSuffix("call PUT /v2/events/enable") == true)
    #expect(bench.durable == nil)
    bench.run(1200)
    #expect(bench.alarms == [.pollBlind, .pollRestored])
    #expect(bench.reports.last?.detail == "everything was read")
  }

  @Test func `C9: a crash between events and cursor reads again, and stores nothing twice`() throws
  {
    for style in [ScriptedProvider.Style.stripe, .links, .lastingLinks] {
      let plan =
        switch style {
        case .stripe: try PollPlan.stripe()
        case .links: try PollPlan.links()
        default: try PollPlan.lastingLinks()
        }
      var bench = bench(plan, style)
      settle(&bench)
      let expected = bench.ids.union(["x", "y"])
      bench.happen("x", isPushed: false)
      bench.happen("y", isPushed: false)
      bench.tornBatches = 1
      bench.walk()
      #expect(bench.crashes == 1)
      #expect(bench.ids == expected)
      bench.run(60)
      #expect(bench.ids == expected)
      #expect(bench.order.count == expected.count)
      #expect(bench.polledTwice > 0)
    }
  }

  @Test func `C10: a crash in the middle of a walk down goes on from its page`() throws {
    var bench = bench(try .links(), .links)
    settle(&bench)
    var expected = bench.ids
    for index in 0..<60 {
      bench.happen("x\(index)", isPushed: false)
      expected.insert("x\(index)")
    }
    // The third page never comes: what runs then is killed.
    let list = Array(bench.provider.listed(at: bench.now).reversed())
    for start in [0, 10] {
      let page = Array(list.dropFirst(start).prefix(10))
      let link = "</events?cursor=\(page[9].id)>; rel=next"
      bench.provider.script.append(
        .success(bench.provider.json(page, now: bench.now, [.init("Link", link)]))
      )
    }
    bench.provider.script.append(.failure(.truncated))
    bench.walk()
    #expect(bench.durable?.resume != nil)
    bench.crash()
    bench.provider.calls = []
    bench.run(60)
    #expect(bench.provider.calls.first?.url.target.contains("cursor=") == true)
    bench.run(120)
    #expect(bench.ids == expected)
  }

  @Test func `C11: a checkpoint that is torn off is the one before it`() throws {
    // The journal proves its own tail; here only that older is safe.
    var bench = bench(try .stripe(), .stripe)
    settle(&bench)
    let older = bench.durable
    for index in 0..<5 { bench.happen("x\(index)", isPushed: false) }
    bench.run(200)
    bench.walk()
    let expected = bench.ids
    var again = PollBench(try .stripe(), bench.provider, checkpoint: older)
    for _ in 0..<Int(bench.seconds / 600 + 1) { again.run(600) }
    again.walk()
    #expect(again.ids.isSuperset(of: expected.filter { $0.hasPrefix("x") }))
  }

  @Test func `C12: a checkpoint of another source or plan is refused`() throws {
    var checkpoint = Checkpoint()
    checkpoint.watermark = Timestamp(seconds: 1000)
    checkpoint.cursor = .id("evt_1")
    let plan = try PollPlan.stripe()
    let bytes = checkpoint.encode(source: "a", planHash: plan.hash)
    #expect(throws: Checkpoint.Refusal.foreign) {
      try Checkpoint.decode(bytes, source: "b", planHash: plan.hash)
    }
    var other = plan
    other.id = try ItemTemplate("/event_id")
    #expect(other.hash != plan.hash)
    let refusal = Checkpoint.Refusal.otherPlan(watermark: Timestamp(seconds: 1000), floor: nil)
    #expect(throws: refusal) {
      try Checkpoint.decode(bytes, source: "a", planHash: other.hash)
    }
    for end in 0..<bytes.count {
      #expect(throws: Checkpoint.Refusal.foreign) {
        try Checkpoint.decode(Array(bytes[..<end]), source: "a", planHash: plan.hash)
      }
    }
    // A cadence is not what a cursor depends on.
    var faster = plan
    faster.cadence.sweep = .seconds(600)
    #expect(faster.hash == plan.hash)
  }

  @Test func `a checkpoint is read back as it was written`() throws {
    var checkpoint = Checkpoint()
    checkpoint.watermark = Timestamp(microseconds: 1_700_000_000_123_456)
    checkpoint.floor = Timestamp(microseconds: -5)
    checkpoint.armed = Timestamp(microseconds: 12)
    checkpoint.floorIDs = [0, .max, 42]
    checkpoint.anchors = ["a\"b", "ü"]
    checkpoint.etag = "W/\"x\""
    let positions: [Position] = [
      .start, .prime, .url("/a?b=c"), .cursor("c"), .older("o"), .page(3), .offset(40),
      .window(from: Timestamp(microseconds: 1), to: Timestamp(microseconds: 2)),
    ]
    let cursors: [Checkpoint.Cursor] = [.id("i"), .token("t"), .url("/u")]
    for (index, position) in positions.enumerated() {
      checkpoint.cursor = cursors[index % cursors.count]
      checkpoint.resume = Checkpoint.Resume(
        position: position,
        target: Timestamp(microseconds: 9),
        newest: nil,
        held: Timestamp(microseconds: 8),
        anchors: ["z"],
        isDown: index.isMultiple(of: 2),
        isBlocked: !index.isMultiple(of: 2),
        attempts: index
      )
      let bytes = checkpoint.encode(source: "s", planHash: "h")
      #expect(try Checkpoint.decode(bytes, source: "s", planHash: "h") == checkpoint)
      #expect(bytes.count < Checkpoint.bytesMax)
    }
  }
}
