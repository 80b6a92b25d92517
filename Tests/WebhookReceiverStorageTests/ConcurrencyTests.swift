import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: many at once") struct ConcurrencyTests {
  static let callers = 1000

  private func winners(
    of store: some IdempotencyStore,
    _ number: Int
  ) async throws -> (winners: Int, inProgress: Int) {
    try await withThrowingTaskGroup { group in
      for _ in 0..<Self.callers { group.addTask { try await store.claim(testKey(number)) } }
      return try await group.reduce(into: (winners: 0, inProgress: 0)) { counts, claim in
        if case .claimed = claim { counts.winners += 1 }
        if case .inProgress = claim { counts.inProgress += 1 }
      }
    }
  }

  @Test func `of a thousand claims of one key exactly one wins, in memory`() async throws {
    let store = InMemoryIdempotencyStore(entriesMax: 10, lifetime: .seconds(100))
    for number in 0..<5 {
      #expect(try await winners(of: store, number) == (1, Self.callers - 1))
    }
  }

  @Test func `of a thousand claims of one key exactly one wins, in a file`() async throws {
    var world = World()
    world.configuration.entriesMax = 10
    let store = try await world.open()
    for number in 0..<5 {
      #expect(try await winners(of: store, number) == (1, Self.callers - 1))
    }
  }

  @Test func `a thousand completions share few syncs, and all are there`() async throws {
    var world = World()
    world.configuration.entriesMax = Self.callers
    world.configuration.resultBytesMax = 1 << 20
    world.tuning.fenceStep = 100_000
    let store = try await world.open()
    var tokens: [ClaimToken] = []
    for number in 0..<Self.callers { tokens.append(try await store.token(number)) }
    let before = world.files.synchronizations
    // The first sync waits until all the others have come.
    let gate = world.files.holdSynchronizations()
    try await withThrowingTaskGroup { group in
      for (number, token) in tokens.enumerated() {
        group.addTask { try await store.complete(token, result: [UInt8(number % 256)]) }
        if number == 0 { await gate.waitUntilEntered() }
      }
      while store.pendingCount < Self.callers - 1 { await Task.yield() }
      world.files.release(gate)
      try await group.waitForAll()
    }
    #expect(world.files.synchronizations - before == 2)
    let next = try await world.killed().open()
    for number in 0..<Self.callers {
      #expect(try await next.claim(testKey(number)) == .done(result: [UInt8(number % 256)]))
    }
  }

  @Test func `results larger than one batch are written in several`() async throws {
    var world = World()
    world.configuration.entriesMax = 40
    world.configuration.resultBytesMax = 40_000
    world.tuning.batchBytesMax = 2500
    let store = try await world.open()
    let result = [UInt8](repeating: 0, count: 1000)
    try await withThrowingTaskGroup { group in
      for number in 0..<20 { group.addTask { try await store.finish(number, result: result) } }
      try await group.waitForAll()
    }
    let next = try await world.killed().open()
    for number in 0..<20 { #expect(try await next.claim(testKey(number)) == .done(result: result)) }
  }

  @Test func `closing waits for what is being completed, and refuses what comes after`()
    async throws
  {
    let world = World()
    let store = try await world.open()
    let token = try await store.token(1)
    let other = try await store.token(2)
    let gate = world.files.holdSynchronizations()
    async let completed: Void = store.complete(token, result: [1])
    await gate.waitUntilEntered()
    async let first: Void = store.close()
    async let second: Void = store.close()
    world.files.release(gate)
    try await completed
    _ = await (first, second)
    await store.close()
    let closed = IdempotencyError.unavailable("it was closed; open it again")
    await #expect(throws: closed) { try await store.claim(testKey(3)) }
    await #expect(throws: closed) { try await store.complete(other, result: []) }
    await #expect(throws: closed) { try await store.abandon(other) }
    let next = try await world.open()
    #expect(try await next.claim(testKey(1)) == .done(result: [1]))
  }

  @Test func `work is done once, over restarts too, and again when it failed`() async throws {
    struct WorkError: Error, Equatable {}
    let world = World()
    var store = try await world.open()
    let first = store
    await #expect(throws: WorkError()) {
      try await first.perform(testKey(1)) { _ in throw WorkError() }
    }
    var runs = 0
    for expected in [Performance.performed(result: [9]), .duplicate(result: [9])] {
      let performance = try await store.perform(testKey(1)) { [store] _ in
        let inner = try await store.perform(testKey(1)) { _ in [2] }
        #expect(inner == .inProgress)
        runs += 1
        return [9]
      }
      #expect(performance == expected)
      store = try await world.reopen(store)
    }
    #expect(runs == 1)
  }

  @Test func `a run that outlasts its claim is told that it may not be alone`() async throws {
    let world = World()
    let store = try await world.open()
    await #expect(throws: IdempotencyError.staleClaim) {
      try await store.perform(testKey(1)) { _ in
        world.clocks.pass(seconds: 11)
        return []
      }
    }
  }
}
