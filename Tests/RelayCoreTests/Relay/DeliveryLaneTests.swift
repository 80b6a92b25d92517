import RelayCore
import Testing

@Suite struct DeliveryLaneTests {
  private var generator = Seeded(5)

  private static func lane(
    concurrency: Int = 4,
    ordering: DeliveryOrdering = .none,
    failures: Int = 1000,
    limits: DeliveryLane.Limits = DeliveryLane.Limits()
  ) throws -> DeliveryLane {
    var plan = DestinationPlan(name: "app", urls: [try #require(OutboundURL("http://127.0.0.1:1"))])
    plan.concurrency = concurrency
    plan.ordering = ordering
    plan.retry = RetrySchedule(delays: [.seconds(10)], jitter: 0, horizon: .seconds(100))
    plan.breaker = CircuitBreaker.Settings(
      failures: failures,
      window: .seconds(30),
      cooldown: .seconds(15)
    )
    let routes = DestinationRoutes([
      DestinationRoutes.Interval(source: "a", filter: DeliveryFilter(), from: 1)
    ])
    return DeliveryLane(
      DestinationSetup(plan: plan, mode: .active, routes: routes, isNew: true),
      frontier: 0,
      limits: limits
    )
  }

  private static func time(_ seconds: Int) -> RelayTime {
    RelayTime(elapsed: .seconds(seconds), wallMicroseconds: Int64(seconds) * 1_000_000)
  }

  private static func event(_ sequence: UInt64, key: UInt64 = 0, bytes: UInt32 = 10) -> LaneEvent {
    LaneEvent(sequence: sequence, orderKey: key, receivedAt: 1, bodyBytes: bytes)
  }

  private func next(
    _ lane: inout DeliveryLane,
    at second: Int,
    budget: Int = .max
  ) -> Attempt? {
    if case .attempt(let attempt) = lane.next(at: Self.time(second), bodyBudget: budget) {
      return attempt
    }
    return nil
  }

  private mutating func finish(
    _ lane: inout DeliveryLane,
    _ id: DeliveryID,
    _ status: Int,
    at second: Int
  ) -> DeliveryLane.Settlement {
    lane.finished(id, .answer(status: status), at: Self.time(second), using: &generator)
  }

  @Test mutating func `no more is out than the concurrency`() throws {
    var lane = try Self.lane(concurrency: 3)
    for sequence in UInt64(1)...10 { lane.offer(Self.event(sequence), at: Self.time(0)) }
    let out = (0..<5).map { _ in next(&lane, at: 0) }
    #expect(out.map { $0?.id.sequence } == [1, 2, 3, nil, nil])
    _ = finish(&lane, DeliveryID(2), 204, at: 0)
    let made1 = next(&lane, at: 0)
    #expect(made1?.id.sequence == 4)
  }

  @Test mutating func `35: what waits for its time takes no slot`() throws {
    var lane = try Self.lane(concurrency: 1)
    for sequence in UInt64(1)...3 { lane.offer(Self.event(sequence), at: Self.time(0)) }
    for sequence in UInt64(1)...3 {
      let made2 = next(&lane, at: 0)
      #expect(made2?.id.sequence == sequence)
      let made3 = finish(&lane, DeliveryID(sequence), 503, at: 0)
      #expect(made3 == .retry(at: .seconds(10)))
    }
    let made4 = next(&lane, at: 9)
    #expect(made4 == nil)
    #expect(lane.nextWake(at: .seconds(1)) == .seconds(10))
    let made5 = next(&lane, at: 10)
    #expect(made5?.number == 2)
  }

  @Test mutating func `the frontier stays below what is out, and passes what is listed`() throws {
    var lane = try Self.lane()
    for sequence in UInt64(1)...4 { lane.offer(Self.event(sequence), at: Self.time(0)) }
    for _ in 1...4 { _ = next(&lane, at: 0) }
    _ = finish(&lane, DeliveryID(2), 204, at: 0)
    #expect(lane.frontier(passed: 9) == 0)
    _ = finish(&lane, DeliveryID(1), 503, at: 0)
    #expect(lane.frontier(passed: 9) == 2)
    _ = finish(&lane, DeliveryID(3), 422, at: 0)
    #expect(lane.frontier(passed: 9) == 3)
    _ = finish(&lane, DeliveryID(4), 200, at: 0)
    #expect(lane.frontier(passed: 9) == 9)
    #expect(lane.heldCount == 1 && lane.dead.count == 1)
    #expect(lane.lowestNeeded == 1)
  }

  @Test mutating func `a slow first attempt is listed, so that others need not wait`() throws {
    var limits = DeliveryLane.Limits()
    limits.window = 8
    var lane = try Self.lane(limits: limits)
    var sequence: UInt64 = 0
    var isSlowOut = false
    for _ in 0..<100 {
      while lane.wantsMore {
        sequence += 1
        lane.offer(Self.event(sequence), at: Self.time(0))
      }
      while let attempt = next(&lane, at: 0) {
        guard attempt.id.sequence != 1 else {
          isSlowOut = true
          continue
        }
        _ = finish(&lane, attempt.id, 200, at: 0)
      }
    }
    #expect(isSlowOut && sequence > 100)
    #expect(lane.heldCount == 1 && lane.frontier(passed: sequence) > 90)
    let made6 = finish(&lane, DeliveryID(1), 200, at: 1)
    #expect(made6 == .delivered)
    #expect(lane.heldCount == 0)
  }

  @Test mutating func `a key waits for its first, and other keys do not`() throws {
    var lane = try Self.lane(ordering: .source)
    for sequence in UInt64(1)...6 {
      lane.offer(Self.event(sequence, key: 1 + sequence % 2), at: Self.time(0))
    }
    let made7 = next(&lane, at: 0)
    #expect(made7?.id.sequence == 1)
    let made8 = next(&lane, at: 0)
    #expect(made8?.id.sequence == 2)
    let made9 = next(&lane, at: 0)
    #expect(made9 == nil)
    _ = finish(&lane, DeliveryID(1), 503, at: 0)
    _ = finish(&lane, DeliveryID(2), 204, at: 0)
    let made10 = next(&lane, at: 0)
    #expect(made10?.id.sequence == 4)
    let made11 = next(&lane, at: 9)
    #expect(made11 == nil)
    #expect(lane.standings(of: 3).map(\.standing) == [.blocked])
    let made12 = next(&lane, at: 10)
    #expect(made12?.id.sequence == 1)
    _ = finish(&lane, DeliveryID(1), 422, at: 10)
    let made13 = next(&lane, at: 10)
    #expect(made13?.id.sequence == 3, "the first is dead, its key goes on")
  }

  @Test mutating func `46: a replay has a fresh budget, however old its event is`() throws {
    var lane = try Self.lane()
    lane.offer(Self.event(1), at: Self.time(0))
    _ = next(&lane, at: 0)
    var dead = finish(&lane, DeliveryID(1), 503, at: 0)
    for second in stride(from: 10, through: 200, by: 10) {
      guard let attempt = next(&lane, at: second) else { break }
      dead = finish(&lane, attempt.id, 503, at: second)
    }
    #expect(dead == .dead(.exhausted))
    let refusal = lane.replay(deadLetter: 1, as: 77, .new, at: Self.time(500))
    #expect(refusal == nil && lane.dead.isEmpty)
    let attempt = next(&lane, at: 500)
    #expect(attempt?.number == 1 && attempt?.identity == .new)
    #expect(attempt?.id == DeliveryID(1, replay: 77))
    let made14 = finish(&lane, DeliveryID(1, replay: 77), 503, at: 500)
    #expect(made14 == .retry(at: .seconds(510)))
  }

  @Test mutating func `48: a replay waits neither for its key nor for an earlier replay`() throws {
    var lane = try Self.lane(ordering: .source)
    for sequence in UInt64(1)...2 {
      lane.offer(Self.event(sequence, key: 5), at: Self.time(0))
    }
    _ = next(&lane, at: 0)
    for replay in UInt64(1)...2 {
      let refusal = lane.replay(Self.event(2), as: replay, .same, at: Self.time(0))
      #expect(refusal == nil)
    }
    let made15 = next(&lane, at: 0)
    #expect(made15?.id == DeliveryID(2, replay: 1))
    let made16 = next(&lane, at: 0)
    #expect(made16?.id == DeliveryID(2, replay: 2))
    let made17 = next(&lane, at: 0)
    #expect(made17 == nil, "the event itself does wait")
  }

  @Test mutating func `a dead service does not use up the backlog`() throws {
    var limits = DeliveryLane.Limits()
    limits.probes = 5
    var lane = try Self.lane(failures: 3, limits: limits)
    var sequence: UInt64 = 0
    var tried: Set<DeliveryID> = []
    for second in 0..<80 {
      while lane.wantsMore {
        sequence += 1
        lane.offer(Self.event(sequence), at: Self.time(second))
      }
      while let attempt = next(&lane, at: second) {
        tried.insert(attempt.id)
        _ = finish(&lane, attempt.id, 503, at: second)
      }
    }
    #expect(tried.count <= 8, "\(tried.count) events were tried")
    #expect(lane.dead.isEmpty)
  }

  @Test mutating func `one event that always fails does not keep the breaker open`() throws {
    var lane = try Self.lane(concurrency: 1, failures: 1)
    for sequence in UInt64(1)...5 { lane.offer(Self.event(sequence), at: Self.time(0)) }
    var delivered: Set<UInt64> = []
    for second in 0..<100 {
      while let attempt = next(&lane, at: second) {
        let status = attempt.id.sequence == 1 ? 503 : 200
        if finish(&lane, attempt.id, status, at: second) == .delivered {
          delivered.insert(attempt.id.sequence)
        }
      }
    }
    #expect(delivered == [2, 3, 4, 5])
  }

  @Test mutating func `dead letters that are full pause the lane, and drop nothing`() throws {
    var limits = DeliveryLane.Limits()
    limits.dead = 3
    var lane = try Self.lane(limits: limits)
    for sequence in UInt64(1)...9 { lane.offer(Self.event(sequence), at: Self.time(0)) }
    var out: [Attempt] = []
    while let attempt = next(&lane, at: 0) { out.append(attempt) }
    for attempt in out { _ = finish(&lane, attempt.id, 400, at: 0) }
    #expect(lane.pause == .deadLettersFull && lane.dead.count == 4)
    let made18 = next(&lane, at: 0)
    #expect(made18 == nil && !lane.wantsMore)
    let made19 = lane.resume()
    #expect(made19 == .deadLettersFull)
    for sequence in UInt64(1)...2 {
      let isDeleted = lane.deleteDeadLetter(sequence)
      #expect(isDeleted)
    }
    let made20 = lane.resume()
    #expect(made20 == .resumed)
    let made21 = next(&lane, at: 0)
    #expect(made21?.id.sequence == 5)
  }

  @Test mutating func `a large body waits for memory, a small one does not`() throws {
    var lane = try Self.lane()
    lane.offer(Self.event(1, bytes: 1 << 20), at: Self.time(0))
    lane.offer(Self.event(2, bytes: 64 << 10), at: Self.time(0))
    let made22 = lane.next(at: Self.time(0), bodyBudget: 1 << 19)
    #expect(made22 == .waitForBytes)
    let made23 = next(&lane, at: 0, budget: 1 << 20)
    #expect(made23?.id.sequence == 1)
    let made24 = next(&lane, at: 0, budget: 0)
    #expect(made24?.id.sequence == 2)
  }

  @Test mutating func `what is our own want says nothing about the service`() throws {
    var lane = try Self.lane(failures: 1)
    lane.offer(Self.event(1), at: Self.time(0))
    _ = next(&lane, at: 0)
    let settlement = lane.finished(
      DeliveryID(1),
      .noAnswer(.unavailable),
      at: Self.time(0),
      using: &generator
    )
    #expect(settlement == .retry(at: .seconds(10)) && lane.breaker.state == .closed)
  }
}
