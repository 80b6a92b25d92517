import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: restarts and time") struct RestartTests {
  let world = World()

  @Test func `failure 24: done keys come back with their results`() async throws {
    var world = world
    world.configuration.resultBytesMax = 10_000
    let results: [[UInt8]] = [[], [7], [UInt8](repeating: 0, count: 5000)]
    var store = try await world.open()
    for (number, result) in results.enumerated() { try await store.finish(number, result: result) }
    for _ in 0..<3 {
      store = try await world.reopen(store)
      for (number, result) in results.enumerated() {
        #expect(try await store.claim(testKey(number)) == .done(result: result))
      }
    }
  }

  @Test func `a claim and an abandoned key are free again`() async throws {
    let store = try await world.open()
    let held = try await store.token(1)
    try await store.abandon(try await store.token(2))
    let killed = world.killed()
    let next = try await killed.open()
    #expect(try await next.token(1).fence > held.fence)
    _ = try await next.token(2)
    await #expect(throws: IdempotencyError.staleClaim) { try await next.complete(held, result: []) }
  }

  @Test func `fences grow over restarts, whether closed or killed`() async throws {
    var world = world
    var last: UInt64 = 0
    for round in 0..<40 {
      let store = try await world.open()
      for _ in 0..<(round * 7 % 23) {
        let token = try await store.token(1)
        #expect(token.fence > last)
        last = token.fence
        try await store.abandon(token)
      }
      if round % 2 == 0 { await store.close() } else { world = world.killed() }
    }
    #expect(last > 300)
  }

  @Test func `many claims at once get more fences than one mark allows`() async throws {
    var world = world
    world.configuration.entriesMax = 1000
    let store = try await world.open()
    let fences = try await withThrowingTaskGroup { group in
      for number in 0..<1000 { group.addTask { try await store.token(number).fence } }
      return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
    }
    #expect(fences.count == 1000)
    let next = try await world.killed().open()
    #expect(try await next.token(0).fence > fences.max() ?? .max)
  }

  @Test func `a lifetime goes on over a restart`() async throws {
    var store = try await world.open()
    try await store.finish(1, result: [1])
    world.clocks.pass(seconds: 60)
    store = try await world.reopen(store)
    world.clocks.pass(seconds: 39)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
    world.clocks.pass(seconds: 1)
    _ = try await store.token(1)
  }

  @Test func `time while no process runs counts`() async throws {
    var store = try await world.open()
    try await store.finish(1, result: [1])
    await store.close()
    world.clocks.pass(seconds: 20)
    store = try await world.open()
    world.clocks.pass(seconds: 79)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
    world.clocks.pass(seconds: 1)
    _ = try await store.token(1)
  }

  /// A lifetime is a hundred seconds here, and a quarter of it twenty-five.
  @Test(
    arguments: [
      (step: 3_000_000_000, remaining: 75), (step: 26, remaining: 75), (step: -1, remaining: 100),
      (step: -1_700_000_000, remaining: 100), (step: -9_000_000_000, remaining: 100),
    ] as [(step: Int64, remaining: Int64)]
  )
  func `a wall clock that steps between two processes neither forgets nor keeps`(
    step: Int64,
    remaining: Int64
  ) async throws {
    var store = try await world.open()
    try await store.finish(1, result: [1])
    await store.close()
    world.clocks.stepWall(seconds: step)
    store = try await world.open()
    world.clocks.pass(seconds: remaining - 1)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
    world.clocks.pass(seconds: 1)
    _ = try await store.token(1)
  }

  @Test(arguments: [-1_700_000_000, -400, 400, 3_000_000_000] as [Int64])
  func `a wall clock that steps while the process runs changes nothing`(step: Int64) async throws {
    let store = try await world.open()
    try await store.finish(1, result: [1])
    world.clocks.stepWall(seconds: step)
    world.clocks.pass(seconds: 50)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
    // Done after the step, so that the two clocks are on the disk when the process is killed.
    try await store.finish(2, result: [2])
    let next = try await world.killed().open()
    world.clocks.pass(seconds: 49)
    #expect(try await next.claim(testKey(1)) == .done(result: [1]))
    world.clocks.pass(seconds: 1)
    _ = try await next.token(1)
    #expect(try await next.claim(testKey(2)) == .done(result: [2]))
  }

  @Test func `a step is written down without a completion`() async throws {
    let store = try await world.open()
    try await store.finish(1, result: [1])
    let synchronizations = world.files.synchronizations
    world.clocks.stepWall(seconds: 3_000_000_000)
    _ = try await store.claim(testKey(1))
    // Nobody waits for it, so it need not have happened yet.
    while world.files.synchronizations == synchronizations { await Task.yield() }
    let bytes = try #require(world.files.contents(of: World.path))
    let recovery = try Recovery(bytes)
    #expect(recovery.time.wall > 4_000_000_000_000_000)
    #expect(recovery.time.age == 0)
  }

  @Test func `clocks at the ends of time trap nothing`() async throws {
    for wall in [Int64.min, .max, 0] {
      for elapsed in [Duration.zero, .seconds(Int64.max), .seconds(Int64.min)] {
        var clock = StoreClock(
          after: StoreTime(age: StoreTime.microsecondsMax, wall: -StoreTime.microsecondsMax),
          wall: wall,
          elapsed: elapsed,
          downtimeMax: .seconds(Int64.max)
        )
        _ = clock.hasStepped(wall: .max, elapsed: .seconds(Int64.max))
        let time = clock.time(wall: .min, elapsed: .seconds(Int64.max))
        #expect(time.age == StoreTime.microsecondsMax)
      }
    }
  }
}

@Suite("File store: the size of the file") struct CompactionTests {
  @Test func `it stays below twice what is alive, and what is alive stays`() async throws {
    var world = World()
    world.configuration.entriesMax = 100
    world.configuration.resultBytesMax = 10_000
    world.tuning.fileBytesMin = 4096
    let store = try await world.open()
    var longest = 0
    for number in 0..<1000 {
      try await store.finish(number, result: [UInt8](repeating: UInt8(number % 256), count: 90))
      world.clocks.pass(seconds: 2)
      longest = max(longest, world.files.contents(of: World.path)?.count ?? 0)
    }
    // Fifty keys of some 190 bytes live at a time.
    #expect(longest < 25_000)
    let next = try await world.killed().open()
    for number in 951..<1000 {
      let result = [UInt8](repeating: UInt8(number % 256), count: 90)
      #expect(try await next.claim(testKey(number)) == .done(result: result))
    }
    _ = try await next.token(940)
  }

  @Test func `marks alone do not make it grow, and no key is left behind`() async throws {
    var world = World()
    world.tuning.fileBytesMin = 4096
    let store = try await world.open()
    for number in 1...2 { try await store.finish(number, result: [UInt8(number)]) }
    for _ in 0..<2000 { try await store.abandon(try await store.token(3)) }
    await store.close()
    #expect(world.files.contents(of: World.path)?.count ?? .max < 5000)
    #expect(world.files.synchronizations > 100)
    let next = try await world.open()
    for number in 1...2 {
      #expect(try await next.claim(testKey(number)) == .done(result: [UInt8(number)]))
    }
  }

  @Test func `keys that are looked at in several pieces are all there`() async throws {
    var world = World()
    world.configuration.entriesMax = 10_000
    world.tuning.fileBytesMin = 4096
    world.tuning.fenceStep = 10_000
    let store = try await world.open()
    for number in 0..<3500 {
      try await store.finish(number, result: [])
      if number == 1999 { world.clocks.pass(seconds: 60) }
    }
    let before = try #require(world.files.contents(of: World.path)?.count)
    world.clocks.pass(seconds: 41)
    try await store.finish(3500, result: [])
    await store.close()
    #expect(world.files.contents(of: World.path)?.count ?? .max < before * 2 / 3)
    let next = try await world.open()
    for number in 2000...3500 {
      #expect(try await next.claim(testKey(number)) == .done(result: []))
    }
    _ = try await next.token(1999)
  }
}
