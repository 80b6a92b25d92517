import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: disks that fail") struct FailureTests {
  /// What a store was asked and what it said.
  private struct Story {
    var completed: Set<Int> = []
    /// `complete` was called, and did not say that it is done.
    var tried: Set<Int> = []
    var fences: [UInt64] = []
    var sawFailure = false
  }

  private func world() -> World {
    var world = World()
    world.configuration.entriesMax = 100
    world.configuration.resultBytesMax = 100_000
    world.configuration.lifetime = .seconds(200)
    // So that the file is made anew on the way.
    world.tuning.fileBytesMin = 4000
    world.tuning.fenceStep = 6
    return world
  }

  private static func result(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(number), count: number * 17)
  }

  /// Until the first failure; the same calls every time.
  private func run(_ world: World, _ story: inout Story) async throws(IdempotencyError) {
    guard let store = try? await world.open() else {
      story.sawFailure = true
      return
    }
    do throws(IdempotencyError) {
      for number in 0..<30 {
        let claim = try await store.claim(testKey(number))
        guard case .claimed(let token) = claim else { continue }
        story.fences.append(token.fence)
        if number % 5 == 4 {
          try await store.abandon(token)
          continue
        }
        story.tried.insert(number)
        try await store.complete(token, result: Self.result(number))
        story.tried.remove(number)
        story.completed.insert(number)
        world.clocks.pass(seconds: number < 12 ? 20 : 1)
      }
    } catch {
      story.sawFailure = true
      // From then on it says so, of everything.
      for number in [0, 99] {
        await #expect(throws: error) { try await store.claim(testKey(number)) }
      }
      guard case .unavailable(let reason) = error else { throw error }
      #expect(reason.contains("open it again"))
    }
    await store.close()
  }

  private func check(_ story: Story, _ world: World, alive: Range<Int>) async throws {
    let store = try await world.open()
    for number in 0..<30 {
      switch try await store.claim(testKey(number)) {
      case .done(let result):
        #expect(story.completed.contains(number) || story.tried.contains(number))
        #expect(result == Self.result(number))
      case .claimed(let token):
        #expect(!story.completed.contains(number) || !alive.contains(number))
        #expect(token.fence > story.fences.max() ?? 0)
      case .inProgress: Issue.record("\(number) is stuck")
      }
    }
    await store.close()
  }

  @Test(arguments: SimulatedFiles.Fault.allCases)
  func `whichever call fails, what was completed is there and nothing else`(
    fault: SimulatedFiles.Fault
  ) async throws {
    var sound = Story()
    let unharmed = world()
    try await run(unharmed, &sound)
    #expect(!sound.sawFailure)
    let calls = unharmed.files.calls
    // How many marks there are depends on how the two threads take turns.
    #expect(calls > 50)
    var operations: Set<Substring> = []
    for call in 1...calls {
      let world = world()
      world.files.fail(call: call, fault)
      var story = Story()
      try await run(world, &story)
      if story.sawFailure, let operation = world.files.failedOperation {
        operations.insert(operation)
      }
      world.files.fail(call: nil)
      // What was done in the last hundred and fifty seconds of the story is alive.
      let alive = max(0, (story.completed.max() ?? 0) - 5)..<30
      var generator = SeededGenerator(seed: UInt64(call))
      for cut in 0..<4 {
        var after = world
        after.files = cut == 0 ? world.files.afterKill() : world.files.afterPowerCut(&generator)
        try await check(story, after, alive: alive)
      }
      // Without a restart, in the same process.
      try await check(story, world, alive: alive)
    }
    #expect(
      operations == ["lock", "read", "remove", "create", "write", "fdatasync", "rename", "fsync"]
    )
  }

  @Test func `power cuts at any call lose nothing that was completed`() async throws {
    var generator = SeededGenerator(seed: 7)
    let total = 60
    for cut in 1...total {
      // The call fails and everything stops there.
      let world = world()
      world.files.fail(call: cut)
      var story = Story()
      try await run(world, &story)
      let alive = max(0, (story.completed.max() ?? 0) - 5)..<30
      for _ in 0..<8 {
        var after = world
        after.files = world.files.afterPowerCut(&generator)
        // Another failure while the store recovers, and another cut.
        after.files.fail(call: Int.random(in: 1...12, using: &generator))
        _ = try? await after.open()
        after.files = after.files.afterPowerCut(&generator)
        try await check(story, after, alive: alive)
      }
    }
  }

  @Test func `a claim that waits for fences is told of the failure`() async throws {
    var world = world()
    world.tuning.fenceStep = 2
    let store = try await world.open()
    world.files.fail(call: 1)
    await #expect(throws: IdempotencyError.self) {
      for number in 0..<10 { _ = try await store.token(number) }
    }
    guard case .unavailable(let reason)? = await error({ try await store.token(50) }) else {
      Issue.record("it must be unavailable")
      return
    }
    #expect(reason.contains("Input/output error"))
  }

  private func error(_ body: () async throws -> ClaimToken) async -> IdempotencyError? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? IdempotencyError
    }
  }
}
