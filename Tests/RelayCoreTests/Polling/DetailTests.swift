import RelayCore
import Testing
import WebhookReceiver

/// Summaries whose events are asked for one by one, and logs that say how a delivery went.
@Suite struct DetailTests {
  private func plan() throws -> PollPlan {
    var plan = try PollPlan.links()
    plan.kind = .deliveryLog
    plan.detail = DetailRule(url: try ItemTemplate("https://api.example.com/events/{/id}"))
    plan.emit.body = try JSONPointer("/request/payload")
    plan.emit.headersFrom = try JSONPointer("/request/headers")
    plan.attempt = AttemptRule(status: try JSONPointer("/status"))
    return plan
  }

  private func detail(_ id: String) -> PollResponse {
    let body = #"{"request":{"headers":{"X-Event":"push","Host":"a"},"payload":{"n":"\#(id)"}}}"#
    return PollResponse(status: 200, fields: [ScriptedProvider.jsonType], body: Array(body.utf8))
  }

  private func walk(
    _ plan: PollPlan,
    _ events: [ScriptedProvider.Event],
    known: Set<String> = [],
    answers: (PollCall) -> Result<PollResponse, PollFailure>
  ) -> (batches: [PollBatch], ending: Walk.Ending?, calls: [PollCall], most: Int) {
    let provider = ScriptedProvider(style: .links)
    let now = Timestamp(seconds: PollBench.epoch)
    var checkpoint = Checkpoint()
    checkpoint.watermark = now - .seconds(600)
    checkpoint.armed = checkpoint.watermark
    var walk = Walk(plan, checkpoint: checkpoint, purpose: .sweep, wall: now, hold: .zero)
    var steps = [walk.start()]
    var batches: [PollBatch] = []
    var calls: [PollCall] = []
    var waiting: [PollCall] = []
    var most = 0
    while let step = steps.first {
      steps.removeFirst()
      switch step {
      case .send(let new), .renew(let new): waiting += new
      case .look: steps.append(walk.take(known: known, elapsed: .zero))
      case .submit(let batch):
        batches.append(batch)
        steps.append(walk.take(isStored: true, elapsed: .zero))
      case .wait: break
      case .end(let ending): return (batches, ending, calls, most)
      }
      most = max(most, waiting.count)
      guard steps.isEmpty, !waiting.isEmpty else { continue }
      let call = waiting.removeFirst()
      calls.append(call)
      let answer: Result<PollResponse, PollFailure> =
        call.purpose == .page
        ? .success(provider.json(events, now: PollBench.epoch)) : answers(call)
      steps.append(walk.take(answer, for: call, wall: now, elapsed: .zero))
    }
    return (batches, nil, calls, most)
  }

  private func event(_ id: String, status: Int? = nil) -> ScriptedProvider.Event {
    ScriptedProvider.Event(id: id, created: PollBench.epoch - 60, visible: 0, status: status)
  }

  @Test func `details are asked for a few at a time, and only of what is not known`() throws {
    let events = (0..<12).map { event("e\($0)") }
    let outcome = walk(try plan(), events, known: ["e0", "e1"]) { call in
      .success(detail(String(call.url.target.split(separator: "/").last ?? "")))
    }
    #expect(outcome.ending == .complete)
    let items = outcome.batches.flatMap(\.items)
    #expect(Set(items.map(\.id)) == Set((2..<12).map { "e\($0)" }))
    #expect(items.allSatisfy { $0.body == Array(#"{"n":"\#($0.id)"}"#.utf8) })
    #expect(items.allSatisfy { $0.headers == [PollRequest.Header(name: "X-Event", value: "push")] })
    #expect(outcome.most <= DetailRule.concurrencyMax)
    #expect(outcome.calls.count == 11)
  }

  @Test(arguments: [404, 410])
  func `a detail that is gone is known to be, and the walk goes on`(status: Int) throws {
    let outcome = walk(try plan(), [event("a"), event("b")]) { call in
      .success(call.url.target.hasSuffix("a") ? PollResponse(status: status) : detail("b"))
    }
    #expect(outcome.ending == .complete)
    #expect(outcome.batches.flatMap(\.items).map(\.id) == ["b"])
    #expect(outcome.batches.last?.checkpoint != nil)
  }

  @Test(arguments: [500, 429])
  func `a detail that is not to be had now leaves the mark where it is`(status: Int) throws {
    let outcome = walk(try plan(), [event("a"), event("b")]) { call in
      .success(call.url.target.hasSuffix("a") ? PollResponse(status: status) : detail("b"))
    }
    #expect(outcome.ending == .delayed(status: status, isLimit: status == 429, nil))
    // What was complete is stored all the same.
    #expect(outcome.batches.flatMap(\.items).map(\.id) == ["b"])
    #expect(outcome.batches.allSatisfy { $0.checkpoint == nil })
  }

  @Test func `ids are encoded where they stand in a URL`() throws {
    let outcome = walk(try plan(), [event("a/../b?c")]) { _ in .success(detail("x")) }
    #expect(outcome.calls.last?.url.target == "/events/a%2F..%2Fb%3Fc")
  }

  @Test func `a detail on an allowed host gets no credentials, and others are not asked`() throws {
    var plan = try plan()
    plan.detail = DetailRule(url: try ItemTemplate("/type"))
    var file = event("a")
    file.type = "https://files.example.net/1"
    let refused = walk(plan, [file]) { _ in .success(detail("a")) }
    #expect(refused.ending == .refused(.foreignLink))
    #expect(refused.calls.count == 1)
    let origin = OutboundURL("https://files.example.net/")?.origin
    plan.detail?.allowedOrigins = [try #require(origin)]
    let allowed = walk(plan, [file]) { _ in .success(detail("a")) }
    #expect(allowed.ending == .complete)
    #expect(allowed.calls.last?.hasCredentials == false)
    #expect(allowed.calls.first?.hasCredentials == true)
  }

  @Test func `R17: attempts of one event are one event, and one success is a success`() throws {
    let events = [event("a", status: 500), event("a", status: 200), event("b", status: 502)]
    let outcome = walk(try plan(), events) { _ in .success(detail("x")) }
    let items = outcome.batches.flatMap(\.items)
    #expect(items.map(\.id).sorted() == ["a", "b"])
    #expect(items.first { $0.id == "a" }?.succeeded == true)
    #expect(items.first { $0.id == "b" }?.succeeded == false)
  }

  @Test func `what the filter leaves out is read past, without a request`() throws {
    var plan = try plan()
    plan.filters = [ItemFilter(pointer: try JSONPointer("/type"), values: ["wanted"])]
    var wanted = event("a")
    wanted.type = "wanted"
    let outcome = walk(plan, [event("b"), wanted]) { _ in .success(detail("a")) }
    #expect(outcome.batches.flatMap(\.items).map(\.id) == ["a"])
    #expect(outcome.calls.count == 2)
  }
}
