import RelayCore
import Testing
import WebhookReceiver

/// Polling §10, stall detection, by a clock that the test moves.
@Suite struct StallTests {
  private func bench(_ change: (inout PollPlan) -> Void = { _ in }) throws -> PollBench {
    var plan = try PollPlan.stripe()
    plan.preferPush = nil
    change(&plan)
    var bench = PollBench(plan, ScriptedProvider(style: .stripe))
    bench.run(1)
    return bench
  }

  /// Events at a steady pace; those that `isLost` names are not pushed.
  private func flow(
    _ bench: inout PollBench,
    _ count: Int,
    every seconds: Int64 = 30,
    isLost: (Int) -> Bool = { _ in false }
  ) {
    for index in 0..<count {
      bench.happen("f\(bench.seconds)-\(index)", isPushed: !isLost(index))
      bench.run(seconds)
    }
  }

  @Test func `S1: after a total stop the first poll comes with the silence, give or take`() throws {
    var bench = try bench { $0.cadence.sweep = .seconds(21600) }
    flow(&bench, 40)
    let last = bench.seconds - 30
    let calls = bench.provider.calls.count
    while bench.provider.calls.count == calls { bench.run(1, step: 1) }
    let waited = bench.seconds - last
    #expect((270...332).contains(waited), "\(waited)")
    #expect(bench.machine.stall.state == .healthy)
  }

  @Test func `S2: a quiet night costs few polls, and is no stall`() throws {
    var bench = try bench()
    flow(&bench, 20)
    let calls = bench.provider.calls.count
    bench.run(8 * 3600)
    let polls = bench.provider.calls.count - calls
    #expect((25...60).contains(polls), "\(polls)")
    #expect(!bench.states.contains(.degraded))
    #expect(bench.alarms.isEmpty)
  }

  @Test func `S3: a partial loss without any silence is found by the sweep`() throws {
    var bench = try bench()
    flow(&bench, 300) { $0 % 20 == 7 }
    #expect(bench.states.contains(.degraded))
    #expect(bench.alarms.contains(.stall))
    bench.run(4000)
    #expect(bench.order.count == 300)
  }

  @Test func `S4: a push that is late within the grace is no evidence`() throws {
    var bench = try bench()
    for index in 0..<60 {
      bench.provider.add("l\(index)", at: bench.now)
      bench.run(90)
      bench.push("l\(index)")
      bench.run(30)
    }
    #expect(bench.polled.isEmpty)
    #expect(!bench.states.contains(.degraded))
  }

  @Test func `S4: where pushes take longer than the grace, that is learnt`() throws {
    var bench = try bench()
    // Each is pushed five minutes later; the grace is two.
    func flow(_ bench: inout PollBench, _ range: Range<Int>) {
      for index in range {
        bench.provider.add("l\(index)", at: bench.now)
        if index >= 10 { bench.push("l\(index - 10)") }
        bench.run(30)
      }
    }
    flow(&bench, 0..<240)
    // An hour of them is what a sweep needs to see that they are no loss.
    #expect(bench.machine.lag.usual.map { $0 >= .seconds(295) && $0 <= .seconds(305) } == true)
    #expect(bench.machine.grace >= .seconds(590))
    let changes = bench.states.count
    flow(&bench, 240..<960)
    #expect(!bench.states.dropFirst(changes).contains(.degraded), "\(bench.states)")
    // It is patience, and no blindness: what never comes is evidence all the same.
    for index in 0..<60 {
      bench.happen("lost\(index)", isPushed: false)
      bench.run(60)
    }
    #expect(bench.machine.stall.state == .degraded)
  }

  @Test func `S10: pushes that come after an outage teach no patience`() throws {
    var bench = try bench()
    flow(&bench, 150)
    // Nothing is delivered for twenty minutes, and then all of it.
    for index in 0..<120 {
      bench.provider.add("held\(index)", at: bench.now)
      bench.run(10)
    }
    for index in 0..<120 { bench.push("held\(index)") }
    flow(&bench, 300)
    #expect(bench.machine.grace == bench.plan.cadence.deliveryGrace)
    #expect(bench.machine.lag.usual.map { $0 <= .seconds(1) } == true)
    #expect(bench.order.count == 570)
  }

  @Test func `S5: pushes that come again are believed after a while and a clean walk`() throws {
    var bench = try bench()
    flow(&bench, 20)
    flow(&bench, 40) { _ in true }
    #expect(bench.machine.stall.state == .degraded)
    flow(&bench, 60)
    #expect(bench.machine.stall.state == .healthy)
    let tail = bench.states.suffix(3)
    #expect(Array(tail) == [.degraded, .recovering, .healthy])
    #expect(bench.alarms.contains(.recovery))
    #expect(bench.order.count == 120)
  }

  @Test func `S6: pushes that come and go do not flap`() throws {
    var bench = try bench()
    for round in 0..<24 {
      flow(&bench, 10, every: 30) { _ in round.isMultiple(of: 2) }
    }
    let changes = bench.states.count { $0 == .degraded }
    #expect((1...8).contains(changes), "\(changes)")
    bench.run(3600)
    #expect(bench.order.count == 240)
  }

  @Test func `S7: when both ways are dead somebody is told`() throws {
    var bench = try bench()
    flow(&bench, 5)
    for _ in 0..<400 { bench.provider.script.append(.failure(.unreachable)) }
    bench.run(7200)
    #expect(bench.machine.stall.isBlind)
    #expect(bench.alarms.count { $0 == .pollBlind } == 1)
  }

  @Test(arguments: [3600, -3600, 86400 * 365])
  func `S8: a wall clock that is set changes no timer and no mark`(step: Int64) throws {
    var bench = try bench()
    flow(&bench, 20)
    let mark = bench.durable?.watermark
    let calls = bench.provider.calls.count
    bench.wallStep = step
    bench.run(200)
    #expect(bench.provider.calls.count - calls < 5)
    flow(&bench, 60) { $0 == 3 }
    bench.run(4000)
    #expect(bench.order.count == 80)
    if let mark, let now = bench.durable?.watermark { #expect(now >= mark) }
    #expect(bench.gaps.isEmpty)
  }

  @Test(arguments: [600, -600])
  func `S8: the provider's clock may be wrong by ten minutes`(skew: Int64) throws {
    var plan = try PollPlan.stripe()
    plan.preferPush = nil
    var provider = ScriptedProvider(style: .stripe)
    provider.skew = skew
    var bench = PollBench(plan, provider)
    bench.run(1)
    flow(&bench, 200) { $0 % 10 == 1 }
    bench.run(4000)
    #expect(bench.order.count == 200)
    #expect(Set(bench.order).count == 200)
  }

  @Test(arguments: [600, -600])
  func `S8: the Date of answers may be wrong beside the times of events`(skew: Int64) throws {
    var plan = try PollPlan.stripe()
    plan.preferPush = .seconds(5)
    var provider = ScriptedProvider(style: .stripe)
    provider.dateSkew = skew
    var bench = PollBench(plan, provider)
    bench.run(1)
    flow(&bench, 200) { $0 % 10 == 1 }
    // The sweep after the last: nothing waits for the clocks to meet.
    bench.run(400)
    #expect(bench.order.count == 200)
    #expect(Set(bench.order).count == 200)
  }

  @Test func `S9: without a first event the silence counts from the start`() throws {
    var bench = try bench { $0.cadence.sweep = .seconds(21600) }
    let calls = bench.provider.calls.count
    bench.run(260)
    #expect(bench.provider.calls.count == calls)
    bench.run(80)
    #expect(bench.provider.calls.count > calls)
  }

  @Test func `S10: an outage does not teach it to be patient`() throws {
    var bench = try bench { $0.cadence.sweep = .seconds(21600) }
    flow(&bench, 20)
    bench.run(8 * 3600)
    flow(&bench, 20)
    let last = bench.seconds - 30
    let calls = bench.provider.calls.count
    while bench.provider.calls.count == calls { bench.run(1, step: 1) }
    #expect(bench.seconds - last <= 332)
  }

  @Test func `S11: when the budget is spent sweeps still come`() throws {
    var bench = try bench {
      $0.cadence.dailyBudget = 20
      $0.cadence.silence = .seconds(30)
      $0.cadence.cap = .seconds(30)
    }
    bench.run(6 * 3600)
    let purposes = Dictionary(grouping: bench.reports, by: \.purpose).mapValues(\.count)
    #expect((5...8).contains(purposes[.sweep] ?? 0), "\(purposes)")
    #expect(purposes[.verification] ?? 0 < 40, "\(purposes)")
    #expect(bench.machine.cadence.isBudgetLimited)
  }

  @Test func `S12: what the provider reports counts, while events flow`() throws {
    var plan = try PollPlan.links()
    plan.kind = .deliveryLog
    plan.attempt = AttemptRule(status: try JSONPointer("/status"))
    var bench = PollBench(plan, ScriptedProvider(style: .links))
    bench.run(1)
    for index in 0..<30 {
      let isFailed = index == 11
      let event = ScriptedProvider.Event(
        id: "d\(index)",
        created: bench.now,
        visible: bench.now,
        status: isFailed ? 502 : 200
      )
      bench.provider.events.append(event)
      if !isFailed { bench.push("d\(index)") }
      bench.run(20)
    }
    bench.run(3700)
    #expect(bench.states.contains(.degraded))
    #expect(bench.order.count == 30)
  }

  @Test func `S13: a success that is not ours is an alarm (rule R17)`() throws {
    var plan = try PollPlan.links()
    plan.kind = .deliveryLog
    plan.attempt = AttemptRule(status: try JSONPointer("/status"))
    var bench = PollBench(plan, ScriptedProvider(style: .links))
    bench.run(20)
    bench.provider.events.append(
      ScriptedProvider.Event(id: "x", created: bench.now, visible: bench.now, status: 200)
    )
    bench.walk()
    #expect(bench.ids == ["x"])
    #expect(bench.machine.stall.state == .degraded)
    #expect(bench.machine.stall.reason == .phantomSuccess)
    #expect(bench.alarms == [.stall])
  }

  @Test func `S14: where nothing can be polled nothing is claimed`() {
    let guarantee = PollGuarantee(plan: nil, pushHorizon: .zero)
    #expect(guarantee.words.contains("nothing is polled"))
    #expect(guarantee.lossHorizon == .zero)
  }

  @Test func `one missed event asks again, a second poll confirms it`() throws {
    var bench = try bench()
    flow(&bench, 10)
    bench.happen("lost", isPushed: false)
    bench.run(130)
    flow(&bench, 2)
    bench.walk()
    #expect(bench.states.last == .suspect)
    bench.run(60)
    #expect(bench.states.last == .degraded)
  }

  @Test func `one missed event whose push comes after all clears the source`() throws {
    var bench = try bench()
    flow(&bench, 10)
    bench.happen("late", isPushed: false)
    bench.run(125)
    bench.walk()
    #expect(bench.states.last == .suspect)
    bench.push("late")
    bench.run(60)
    #expect(bench.machine.stall.state == .healthy)
    #expect(!bench.states.contains(.degraded))
  }

  @Test func `what was there before the start is no evidence`() throws {
    var provider = ScriptedProvider(style: .stripe)
    for index in 0..<50 { provider.add("old\(index)", at: PollBench.epoch - 86400 + Int64(index)) }
    var plan = try PollPlan.stripe()
    plan.cadence.initial = .earliest
    var bench = PollBench(plan, provider)
    bench.run(100)
    #expect(bench.order.count == 50)
    #expect(bench.machine.stall.state == .healthy)
    #expect(bench.alarms.isEmpty)
  }

  @Test func `a crash loop does not hammer the provider`() throws {
    var bench = try bench()
    let calls = bench.provider.calls.count
    for _ in 0..<100 {
      bench.crash()
      bench.run(1, step: 1)
    }
    let asked = bench.provider.calls.count - calls
    #expect(asked <= 8, "\(asked)")
  }
}
