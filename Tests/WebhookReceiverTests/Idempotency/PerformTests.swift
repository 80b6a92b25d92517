import Synchronization
import Testing
import WebhookReceiver
import WebhookReceiverTesting

@Suite struct PerformTests {
  private struct WorkError: Error, Equatable {}

  let store = InMemoryIdempotencyStore(entriesMax: 1000, lifetime: .seconds(100))

  @Test func `work is done once and its result kept`() async throws {
    var runs = 0
    for expected in [Performance.performed(result: [9]), .duplicate(result: [9])] {
      let performance = try await store.perform(idempotencyKey(1)) { _ in
        runs += 1
        return [9]
      }
      #expect(performance == expected)
    }
    #expect(runs == 1)
  }

  @Test func `work that throws is thrown on and may be tried again`() async throws {
    await #expect(throws: WorkError()) {
      try await store.perform(idempotencyKey(1)) { _ in throw WorkError() }
    }
    #expect(store.count == 0)
    #expect(try await store.perform(idempotencyKey(1)) { _ in [1] } == .performed(result: [1]))
  }

  @Test func `while one works another is told so`() async throws {
    let performance = try await store.perform(idempotencyKey(1)) { [store] token in
      let inner = try await store.perform(idempotencyKey(1)) { _ in [2] }
      #expect(inner == .inProgress)
      let other = try await store.perform(idempotencyKey(2)) { _ in [3] }
      #expect(other == .performed(result: [3]))
      #expect(token.key == idempotencyKey(1))
      return [1]
    }
    #expect(performance == .performed(result: [1]))
  }

  @Test func `a run that outlasts its claim is told that it may not be alone`() async throws {
    let time = ManualClock()
    let store = InMemoryIdempotencyStore { time.elapsed }
    await #expect(throws: IdempotencyError.staleClaim) {
      try await store.perform(idempotencyKey(1)) { _ in
        time.advance(by: .seconds(301))
        return []
      }
    }
  }

  /// Which keys somebody is working on, and how often work was finished.
  private final class Workshop: Sendable {
    private let state = Mutex((busy: Set<Int>(), finished: 0))

    /// False when somebody is there already.
    func enter(_ number: Int) -> Bool {
      state.withLock { $0.busy.insert(number).inserted }
    }

    func leave(_ number: Int, finished: Bool) {
      state.withLock { state in
        state.busy.remove(number)
        if finished { state.finished += 1 }
      }
    }

    var finished: Int { state.withLock { $0.finished } }
  }

  @Test func `never do two run at a time, whatever fails`() async throws {
    let workshop = Workshop()
    await withTaskGroup { group in
      for attempt in 0..<200 {
        group.addTask { [store] in
          let number = attempt % 4
          _ = try? await store.perform(idempotencyKey(number)) { _ in
            #expect(workshop.enter(number))
            await Task.yield()
            workshop.leave(number, finished: attempt >= 100)
            if attempt < 100 { throw WorkError() }
            return []
          }
        }
      }
    }
    for number in 0..<4 { #expect(workshop.enter(number)) }
    #expect(workshop.finished <= 4)
  }
}
