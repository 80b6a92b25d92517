import Foundation
import Testing
import WebhookRelayClient

@Suite struct RelayEntriesTests {
  private func entries(
    _ transport: ScriptedTransport,
    retry: RelayRetry = RelayRetry()
  ) throws -> RelayEntries {
    let base = try #require(URL(string: "http://127.0.0.1:8081"))
    var configuration = RelayClient.Configuration(baseURL: base)
    configuration.retry = retry
    return try RelayClient(configuration, transport: transport).events(of: "b")
  }

  private let read = "GET /v1/consumers/b/events?limit=100&wait=20000ms"
  private let commit = "POST /v1/consumers/b/commit"

  private func sequence(_ entry: RelayEntry?) -> UInt64? {
    if case .event(let event) = entry { event.sequence } else { nil }
  }

  @Test func `a page is committed when the loop asks for what is behind it, not before`()
    async throws
  {
    let transport = ScriptedTransport([
      .answer(200, Sample.page([Sample.event(1), Sample.event(2)], next: "c2")),
      .answer(200, "{}"),
      .answer(200, Sample.page([Sample.event(3)], next: "c3")),
    ])
    var iterator = try entries(transport).makeAsyncIterator()
    #expect(sequence(try await iterator.next()) == 1)
    #expect(sequence(try await iterator.next()) == 2)
    #expect(transport.targets == [read])
    #expect(sequence(try await iterator.next()) == 3)
    #expect(transport.targets == [read, commit, read])
    #expect(transport.bodies[1] == #"{"cursor":"c2","generation":7}"#)
  }

  @Test func `empty pages are committed when more lies behind them, else now and then`()
    async throws
  {
    let empty = ScriptedTransport.Step.answer(200, Sample.page([], next: "c0"))
    let filtered = Sample.page([], next: "c0").replacing("false", with: "true")
    var steps: [ScriptedTransport.Step] = [.answer(200, filtered), .answer(200, "{}")]
    steps += [ScriptedTransport.Step](repeating: empty, count: 30)
    steps += [.answer(200, "{}"), .answer(200, Sample.page([Sample.event(1)], next: "c1"))]
    let transport = ScriptedTransport(steps)
    var iterator = try entries(transport).makeAsyncIterator()
    #expect(sequence(try await iterator.next()) == 1)
    let reads = [String](repeating: read, count: 30)
    #expect(transport.targets == [read, commit] + reads + [commit, read])
  }

  @Test func `an outage is waited out with growing pauses`() async throws {
    let down = ScriptedTransport.Step.failure(.unavailable(reason: "refused"))
    let transport = ScriptedTransport([
      down, down, .answer(503, ""), .answer(200, Sample.page([Sample.event(1)], next: "c1")),
    ])
    var iterator = try entries(transport).makeAsyncIterator()
    #expect(sequence(try await iterator.next()) == 1)
    #expect(
      transport.pauses == [.milliseconds(250), .milliseconds(500), .milliseconds(1000)]
    )
  }

  @Test func `a commit that got no answer is sent again before anything is read`() async throws {
    let transport = ScriptedTransport([
      .answer(200, Sample.page([Sample.event(1)], next: "c1")),
      .failure(.unavailable(reason: "reset")),
      .answer(200, "{}"),
      .answer(200, Sample.page([Sample.event(2)], next: "c2")),
    ])
    var iterator = try entries(transport).makeAsyncIterator()
    _ = try await iterator.next()
    #expect(sequence(try await iterator.next()) == 2)
    #expect(transport.targets == [read, commit, commit, read])
  }

  @Test func `after the last attempt the loop ends with the reason`() async throws {
    let down = ScriptedTransport.Step.failure(.unavailable(reason: "refused"))
    let transport = ScriptedTransport([down, down, down, down])
    var iterator = try entries(transport, retry: RelayRetry(attemptsMax: 3)).makeAsyncIterator()
    await #expect(throws: RelayClientError.unavailable(reason: "refused")) {
      try await iterator.next()
    }
    #expect(transport.calls.count == 3)
  }

  @Test(arguments: [
    RelayClientError.notAuthorized, .notFound("b"), .conflict("x"), .cancelled,
    .cursorExpired(lostFrom: 1, lostTo: 2, oldest: "c"),
  ])
  func `what no waiting mends is not tried again`(error: RelayClientError) async throws {
    let transport = ScriptedTransport([.failure(error), .failure(error)])
    var iterator = try entries(transport).makeAsyncIterator()
    await #expect(throws: error) { try await iterator.next() }
    #expect(transport.calls.count == 1)
    #expect(transport.pauses.isEmpty)
  }

  @Test func `a cancelled task reads nothing more`() async throws {
    let transport = ScriptedTransport([.answer(200, Sample.page([Sample.event(1)], next: "c"))])
    let entries = try entries(transport)
    let task = Task { () async throws(RelayClientError) -> RelayEntry? in
      while !Task.isCancelled { await Task.yield() }
      var iterator = entries.makeAsyncIterator()
      return try await iterator.next()
    }
    task.cancel()
    await #expect(throws: RelayClientError.cancelled) { try await task.value }
    #expect(transport.calls.isEmpty)
  }

  @Test(arguments: [
    (1, 250), (2, 500), (3, 1000), (7, 16_000), (8, 20_000), (19, 20_000),
  ])
  func `the pause doubles up to its maximum`(failures: Int, milliseconds: Int) {
    let pause = RelayRetry().pause(afterFailures: failures)
    #expect(pause == .milliseconds(milliseconds))
  }

  @Test func `the attempts end where they should, or never`() {
    #expect(RelayRetry().pause(afterFailures: 20) == nil)
    let endless = RelayRetry(attemptsMax: nil)
    #expect(endless.pause(afterFailures: .max) == endless.delayMax)
  }
}
