import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: claims") struct BehaviourTests {
  let world = World()

  @Test func `absent, in progress and done are told apart`() async throws {
    let store = try await world.open()
    let token = try await store.token(1)
    #expect(try await store.claim(testKey(1)) == .inProgress)
    try await store.complete(token, result: [7])
    #expect(try await store.claim(testKey(1)) == .done(result: [7]))
    #expect(token.key == testKey(1))
    _ = try await store.token(2)
  }

  @Test func `an abandoned key is free at once`() async throws {
    let store = try await world.open()
    let first = try await store.token(1)
    try await store.abandon(first)
    #expect(try await store.token(1).fence > first.fence)
  }

  @Test func `an overtaken holder can neither complete nor abandon`() async throws {
    let store = try await world.open()
    let late = try await store.token(1)
    world.clocks.pass(seconds: 10)
    let current = try await store.token(1)
    #expect(current.fence > late.fence)
    await #expect(throws: IdempotencyError.staleClaim) {
      try await store.complete(late, result: [])
    }
    try await store.abandon(late)
    #expect(try await store.claim(testKey(1)) == .inProgress)
    try await store.complete(current, result: [1])
    await #expect(throws: IdempotencyError.staleClaim) {
      try await store.complete(current, result: [2])
    }
    try await store.abandon(current)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
  }

  @Test func `a done key is remembered for its lifetime, counted from completion`() async throws {
    let store = try await world.open()
    let token = try await store.token(1)
    world.clocks.pass(seconds: 9)
    try await store.complete(token, result: [1])
    world.clocks.pass(seconds: 99)
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
    world.clocks.pass(seconds: 1)
    _ = try await store.token(1)
  }

  @Test func `a full store refuses, and forgets no living key over a restart`() async throws {
    var store = try await world.open()
    for number in 1...3 { try await store.finish(number, result: [UInt8(number)]) }
    for _ in 0..<2 {
      let full = store
      await #expect(throws: IdempotencyError.full(entriesMax: 3)) { try await full.token(4) }
      for number in 1...3 {
        #expect(try await full.claim(testKey(number)) == .done(result: [UInt8(number)]))
      }
      store = try await world.reopen(store)
    }
    world.clocks.pass(seconds: 100)
    _ = try await store.token(4)
  }

  @Test func `a lower bound than the last process had forgets nothing`() async throws {
    var world = world
    var store = try await world.open()
    for number in 1...3 { try await store.finish(number, result: [1, 2, 3]) }
    world.configuration.entriesMax = 1
    world.configuration.resultBytesMax = 1
    store = try await world.reopen(store)
    let lower = store
    for number in 1...3 {
      #expect(try await lower.claim(testKey(number)) == .done(result: [1, 2, 3]))
    }
    await #expect(throws: IdempotencyError.full(entriesMax: 1)) { try await lower.token(4) }
  }

  @Test func `a result that does not fit leaves the claim, and space comes back`() async throws {
    let store = try await world.open()
    let first = try await store.token(1)
    let second = try await store.token(2)
    try await store.complete(first, result: [UInt8](repeating: 1, count: 6))
    await #expect(throws: IdempotencyError.resultTooLarge(bytesMax: 10)) {
      try await store.complete(second, result: [UInt8](repeating: 2, count: 5))
    }
    #expect(try await store.claim(testKey(2)) == .inProgress)
    try await store.complete(second, result: [UInt8](repeating: 2, count: 4))
    world.clocks.pass(seconds: 100)
    try await store.finish(3, result: [UInt8](repeating: 3, count: 10))
  }

  @Test(arguments: [0, -1, Int.min])
  func `a store without room holds nothing`(max: Int) async throws {
    var world = world
    world.configuration.entriesMax = max
    world.configuration.lifetime = .seconds(Int64.min / 2)
    world.configuration.claimLifetime = .seconds(Int64.max / 2)
    let store = try await world.open()
    await #expect(throws: IdempotencyError.full(entriesMax: max)) { try await store.token(1) }
  }

  @Test func `what is being completed is in progress until it is durable`() async throws {
    let store = try await world.open()
    let token = try await store.token(1)
    let gate = world.files.holdSynchronizations()
    async let completed: Void = store.complete(token, result: [1])
    await gate.waitUntilEntered()
    // Longer than the claim: it must not end now.
    world.clocks.pass(seconds: 50)
    #expect(try await store.claim(testKey(1)) == .inProgress)
    await #expect(throws: IdempotencyError.staleClaim) {
      try await store.complete(token, result: [2])
    }
    try await store.abandon(token)
    #expect(try await store.claim(testKey(1)) == .inProgress)
    world.files.release(gate)
    try await completed
    #expect(try await store.claim(testKey(1)) == .done(result: [1]))
  }

  @Test(arguments: 0..<10)
  func `any order of moves and restarts leaves what a plain dictionary would`(
    seed: UInt64
  ) async throws {
    var generator = SeededGenerator(seed: seed)
    var world = world
    world.tuning.fileBytesMin = 500
    var store = try await world.open()
    var model: [IdempotencyKey: (token: ClaimToken, end: Int64, isDone: Bool)] = [:]
    var tokens: [ClaimToken] = []
    var now: Int64 = 0
    for _ in 0..<600 {
      let seconds = Int64.random(in: 0...3, using: &generator)
      now += seconds
      world.clocks.pass(seconds: seconds)
      model = model.filter { $0.value.end > now }
      let key = testKey(Int.random(in: 0...5, using: &generator))
      switch Int.random(in: 0...8, using: &generator) {
      case 0...3:
        let current = store
        if let held = model[key] {
          let expected = held.isDone ? Claim.done(result: [3]) : .inProgress
          #expect(try await current.claim(key) == expected)
        } else if model.count == 3 {
          await #expect(throws: IdempotencyError.full(entriesMax: 3)) {
            try await current.claim(key)
          }
        } else if case .claimed(let token) = try await current.claim(key) {
          #expect(token.fence > tokens.last?.fence ?? 0)
          model[key] = (token, now + 10, false)
          tokens.append(token)
        } else {
          Issue.record("a free key was not given")
        }
      case 4...6:
        guard let token = tokens.suffix(4).randomElement(using: &generator) else { continue }
        let isHeld = model[token.key].map { $0.token == token && !$0.isDone } ?? false
        let isDone = (try? await store.complete(token, result: [3])) != nil
        #expect(isDone == isHeld)
        if isHeld { model[token.key] = (token, now + 100, true) }
      case 7:
        guard let token = tokens.randomElement(using: &generator) else { continue }
        try await store.abandon(token)
        if let held = model[token.key], held.token == token, !held.isDone { model[token.key] = nil }
      default:
        store = try await world.reopen(store)
        model = model.filter(\.value.isDone)
      }
    }
    #expect(tokens.count > 20)
    #expect(world.files.contents(of: World.path)?.count ?? .max < 1500)
  }
}
