import Testing
import WebhookReceiver
import WebhookReceiverTesting

func idempotencyKey(_ number: Int) -> IdempotencyKey {
  var digest = [UInt8](repeating: 0, count: IdempotencyKey.byteCount)
  digest[0] = UInt8(truncatingIfNeeded: number)
  digest[1] = UInt8(truncatingIfNeeded: number >> 8)
  digest[2] = UInt8(truncatingIfNeeded: number >> 16)
  return IdempotencyKey(digest: digest)
}

@Suite struct InMemoryIdempotencyStoreTests {
  let time = ManualClock()
  let store: InMemoryIdempotencyStore

  init() {
    var configuration = InMemoryIdempotencyStore.Configuration()
    configuration.entriesMax = 3
    configuration.resultBytesMax = 10
    configuration.lifetime = .seconds(100)
    configuration.claimLifetime = .seconds(10)
    store = InMemoryIdempotencyStore(configuration: configuration) { [time] in time.elapsed }
  }

  private func token(_ number: Int) throws -> ClaimToken {
    guard case .claimed(let token) = try store.claim(idempotencyKey(number)) else {
      throw IdempotencyError.unavailable("the key is not free")
    }
    return token
  }

  @Test func `absent, in progress and done are told apart`() throws {
    let token = try token(1)
    #expect(try store.claim(idempotencyKey(1)) == .inProgress)
    try store.complete(token, result: [7])
    #expect(try store.claim(idempotencyKey(1)) == .done(result: [7]))
    #expect(token.key == idempotencyKey(1))
    #expect(throws: Never.self) { try self.token(2) }
  }

  @Test func `an abandoned key is free at once`() throws {
    let first = try token(1)
    store.abandon(first)
    #expect(store.count == 0)
    let second = try token(1)
    #expect(second.fence > first.fence)
  }

  @Test func `an overtaken holder can neither complete nor abandon`() throws {
    let late = try token(1)
    time.advance(by: .seconds(10))
    let current = try token(1)
    #expect(current.fence > late.fence)
    #expect(throws: IdempotencyError.staleClaim) { try store.complete(late, result: []) }
    store.abandon(late)
    #expect(try store.claim(idempotencyKey(1)) == .inProgress)
    try store.complete(current, result: [1])
    #expect(throws: IdempotencyError.staleClaim) { try store.complete(current, result: [2]) }
    store.abandon(current)
    #expect(try store.claim(idempotencyKey(1)) == .done(result: [1]))
  }

  @Test func `an ended claim cannot complete even when nobody has taken the key`() throws {
    let token = try token(1)
    time.advance(by: .seconds(10))
    #expect(throws: IdempotencyError.staleClaim) { try store.complete(token, result: []) }
  }

  @Test func `a claim holds until its end and not longer`() throws {
    _ = try token(1)
    time.advance(by: .nanoseconds(9_999_999_999))
    #expect(try store.claim(idempotencyKey(1)) == .inProgress)
    time.advance(by: .nanoseconds(1))
    _ = try token(1)
  }

  @Test func `a done key is remembered for its lifetime, counted from completion`() throws {
    let token = try token(1)
    time.advance(by: .seconds(9))
    try store.complete(token, result: [1])
    time.advance(by: .seconds(99))
    #expect(try store.claim(idempotencyKey(1)) == .done(result: [1]))
    time.advance(by: .seconds(1))
    _ = try self.token(1)
  }

  @Test func `a full store refuses and forgets no living key`() throws {
    let tokens = try (1...3).map { number in try token(number) }
    try store.complete(tokens[0], result: [1])
    #expect(throws: IdempotencyError.full(entriesMax: 3)) { try token(4) }
    #expect(try store.claim(idempotencyKey(1)) == .done(result: [1]))
    #expect(try store.claim(idempotencyKey(2)) == .inProgress)
    // Abandoned and expired keys make room.
    store.abandon(tokens[1])
    let fourth = try token(4)
    #expect(throws: IdempotencyError.full(entriesMax: 3)) { try token(5) }
    try store.complete(fourth, result: [])
    time.advance(by: .seconds(10))
    _ = try token(5)
    #expect(store.count == 3)
    #expect(try store.claim(idempotencyKey(1)) == .done(result: [1]))
    #expect(try store.claim(idempotencyKey(4)) == .done(result: []))
  }

  @Test func `a result that does not fit leaves the claim, and space comes back`() throws {
    let first = try token(1)
    let second = try token(2)
    try store.complete(first, result: [UInt8](repeating: 1, count: 6))
    let tooLarge = [UInt8](repeating: 2, count: 5)
    #expect(throws: IdempotencyError.resultTooLarge(bytesMax: 10)) {
      try store.complete(second, result: tooLarge)
    }
    #expect(try store.claim(idempotencyKey(2)) == .inProgress)
    try store.complete(second, result: [UInt8](repeating: 2, count: 4))
    time.advance(by: .seconds(100))
    let third = try token(3)
    try store.complete(third, result: [UInt8](repeating: 3, count: 10))
  }

  @Test(arguments: 0..<20)
  func `any order of moves leaves what a plain dictionary would`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var model: [IdempotencyKey: (token: ClaimToken, deadline: Duration, result: [UInt8]?)] = [:]
    var tokens: [ClaimToken] = []
    for _ in 0..<2000 {
      time.advance(by: .seconds(Int.random(in: 0...3, using: &generator)))
      model = model.filter { $0.value.deadline > time.elapsed }
      let key = idempotencyKey(Int.random(in: 0...5, using: &generator))
      switch Int.random(in: 0...3, using: &generator) {
      case 0, 1:
        let claim = Result { try store.claim(key) }
        if let held = model[key] {
          #expect(try claim.get() == held.result.map { .done(result: $0) } ?? .inProgress)
        } else if model.count == 3 {
          #expect(throws: IdempotencyError.full(entriesMax: 3)) { try claim.get() }
        } else if case .claimed(let token) = try claim.get() {
          model[key] = (token, time.elapsed + .seconds(10), nil)
          tokens.append(token)
        } else {
          Issue.record("a free key was not given")
        }
      case 2:
        guard let token = tokens.randomElement(using: &generator) else { continue }
        let isHeld = model[token.key].map { $0.token == token && $0.result == nil } ?? false
        let isDone = (try? store.complete(token, result: [3])) != nil
        #expect(isDone == isHeld)
        if isHeld { model[token.key] = (token, time.elapsed + .seconds(100), [3]) }
      default:
        guard let token = tokens.randomElement(using: &generator) else { continue }
        store.abandon(token)
        if let held = model[token.key], held.token == token, held.result == nil {
          model[token.key] = nil
        }
      }
    }
    #expect(tokens.count > 20)
  }

  @Test func `of a thousand concurrent claims exactly one wins`() async throws {
    for number in 0..<5 {
      let shared = InMemoryIdempotencyStore(entriesMax: 10, lifetime: .seconds(100))
      let winners = try await withThrowingTaskGroup { group in
        for _ in 0..<1000 {
          group.addTask {
            if case .claimed = try shared.claim(idempotencyKey(number)) { 1 } else { 0 }
          }
        }
        return try await group.reduce(0, +)
      }
      #expect(winners == 1)
    }
  }
}
