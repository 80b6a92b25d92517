import RelayCore
import Testing

/// What the relay writes into the journal's state map, and how it reads what it did not write.
@Suite struct RelayStateTests {
  // MARK: Values to write

  static func held(_ generator: inout Seeded) -> HeldDelivery {
    var delivery = HeldDelivery(
      orderKey: generator.next(),
      receivedAt: Int64(truncatingIfNeeded: generator.next()),
      bodyBytes: UInt32(truncatingIfNeeded: generator.next()),
      identity: generator.happens(50) ? .same : .new,
      next: .nanoseconds(Int64(generator.next() >> 1))
    )
    delivery.attemptCount = generator.below(1 << 31)
    if generator.happens(70) { delivery.firstAttempt = .nanoseconds(Int64(generator.next() >> 2)) }
    delivery.attempts = (0..<generator.below(21)).map { number in
      let result: AttemptResult =
        generator.happens(50)
        ? .answer(status: generator.below(600)) : .noAnswer(NoAnswer.allCases[generator.below(10)])
      return AttemptRecord(
        number: number,
        wallMicroseconds: Int64(truncatingIfNeeded: generator.next()),
        took: .milliseconds(generator.below(1 << 30)),
        result: result
      )
    }
    return delivery
  }

  static func routes(_ generator: inout Seeded) -> DestinationRoutes {
    DestinationRoutes(
      (0..<generator.below(6)).map { number in
        let from = UInt64(generator.below(1000))
        return DestinationRoutes.Interval(
          source: "source\(number)é",
          filter: DeliveryFilter(types: (0..<generator.below(4)).map { "type.\($0)" }),
          from: from,
          to: generator.happens(50) ? from + 1 + UInt64(generator.below(1000)) : nil
        )
      }
    )
  }

  static func job(_ generator: inout Seeded) -> ReplayJob {
    var filter = ReplayJob.Filter()
    filter.sources = (0..<generator.below(3)).map { "s\($0)" }
    filter.types = (0..<generator.below(3)).map { "t\($0)" }
    if generator.happens(50) { filter.from = Int64(generator.below(1 << 40)) }
    if generator.happens(50) { filter.to = Int64(generator.below(1 << 40)) }
    if generator.happens(50) { filter.destination = "app" }
    let first = UInt64(1 + generator.below(1000))
    var job = ReplayJob(
      id: 1 + generator.next() >> 1,
      filter: filter,
      identity: generator.happens(50) ? .same : .new,
      madeAt: Int64(generator.below(1 << 50)),
      sequences: first...first + UInt64(generator.below(1000))
    )
    if generator.happens(60) { job.count(generator.below(50), through: job.last) }
    return job
  }

  static func plan() throws -> DestinationPlan {
    var plan = DestinationPlan(
      name: "app-1.x_y",
      urls: try ["http://127.0.0.1:3000/hooks?a=b", "https://[::1]/", "unix:/run/a.sock:/h"].map {
        try #require(OutboundURL($0))
      }
    )
    plan.timeout = .milliseconds(1500)
    plan.concurrency = 7
    plan.ordering = try #require(DeliveryOrdering("key:/data/object/id"))
    plan.retry = RetrySchedule(
      delays: [.milliseconds(50), .seconds(86_400)],
      jitter: 0.25,
      horizon: .seconds(9)
    )
    plan.breaker = CircuitBreaker.Settings(
      failures: 3,
      window: .milliseconds(200),
      cooldown: .seconds(4)
    )
    plan.secretReferences = ["env:APP", "file:/etc/app", "literal:whsec_abc"]
    plan.headers = [RelayHeader("X-Team", "billing"), RelayHeader("X-Q", "\"é\\")]
    plan.tls = DestinationTLS(authorities: "/ca.pem", certificate: nil, privateKey: "/key.pem")
    plan.filter = DeliveryFilter(types: ["push", "a,b"])
    plan.format = .cloudEventsStructured
    plan.onRemove = .deadLetter
    plan.health = HealthCheckSettings(target: "/healthz", interval: .seconds(3))
    return plan
  }

  // MARK: Round trips

  @Test func `everything is read as it was written`() {
    var generator = Seeded(3)
    for _ in 0..<3000 {
      let delivery = Self.held(&generator)
      #expect(HeldDelivery(decoding: delivery.encode()) == delivery)
      let letter = DeadLetter(
        delivery,
        replay: generator.next(),
        reason: DeathReason.allCases[generator.below(DeathReason.allCases.count)],
        diedAt: 5
      )
      #expect(DeadLetter(decoding: letter.encode()) == letter)
      let routes = Self.routes(&generator)
      #expect(DestinationRoutes(decoding: routes.encode()) == routes)
      let job = Self.job(&generator)
      #expect(ReplayJob(decoding: job.encode(), id: job.id) == job)
    }
  }

  @Test func `a destination is remembered with references, and without a secret`() throws {
    let plan = try Self.plan()
    let bytes = plan.encode()
    var expected = plan
    expected.secretReferences[2] = DestinationPlan.secretNotKept
    let read = try #require(DestinationPlan(decoding: bytes))
    #expect(read == expected)
    #expect(read.encode() == bytes)
    #expect(!String(decoding: bytes, as: UTF8.self).contains("whsec_abc"))
  }

  @Test func `the bytes of a held delivery are those of the table`() {
    var delivery = HeldDelivery(
      orderKey: 0x0102_0304_0506_0708,
      receivedAt: 9,
      bodyBytes: 10,
      identity: .new,
      next: .nanoseconds(7)
    )
    delivery.attemptCount = 3
    delivery.attempts = [
      AttemptRecord(
        number: 3,
        wallMicroseconds: 11,
        took: .milliseconds(12),
        result: .answer(status: 503)
      )
    ]
    let expected: [UInt8] =
      [1, 1, 0, 0, 3, 0, 0, 0]
      + [8, 7, 6, 5, 4, 3, 2, 1] + Array(repeating: 0xFF, count: 8)
      + [7, 0, 0, 0, 0, 0, 0, 0] + [9, 0, 0, 0, 0, 0, 0, 0] + [10, 0, 0, 0] + [1]
      + [11, 0, 0, 0, 0, 0, 0, 0] + [12, 0, 0, 0] + [0xF7, 1] + [0, 0] + [3, 0, 0, 0]
      + [0, 0, 0, 0]
    #expect(delivery.encode() == expected)
  }

  // MARK: Hostile bytes

  @Test func `37: no bytes end the process, and none are read as something else`() throws {
    var generator = Seeded(11)
    let plan = try Self.plan().encode()
    for _ in 0..<2000 {
      let job = Self.job(&generator)
      let samples = [
        Self.held(&generator).encode(), Self.routes(&generator).encode(), job.encode(), plan,
      ]
      for sample in samples {
        var bytes = sample
        switch generator.below(3) {
        case 0: bytes.removeLast(1 + generator.below(bytes.count))
        case 1: bytes[generator.below(bytes.count)] = UInt8(truncatingIfNeeded: generator.next())
        default: bytes += (0..<generator.below(40)).map { _ in UInt8(generator.below(256)) }
        }
        // Whatever is read is something that could have been written.
        if let found = HeldDelivery(decoding: bytes) { #expect(found.encode() == bytes) }
        if let found = DeadLetter(decoding: bytes) { #expect(found.encode() == bytes) }
        if let found = DestinationRoutes(decoding: bytes) { #expect(found.encode() == bytes) }
        if let found = ReplayJob(decoding: bytes, id: 5) { #expect(found.encode() == bytes) }
        _ = DestinationPlan(decoding: bytes)
      }
    }
  }

  @Test func `37: entries that cannot be read are delivered again, not lost`() throws {
    let plan = try Self.plan()
    let routes = DestinationRoutes([
      DestinationRoutes.Interval(source: "a", filter: plan.filter, from: 5)
    ])
    let state: [String: [UInt8]] = [
      "relay/plan/\(plan.name)": plan.encode(), "relay/routes/\(plan.name)": routes.encode(),
      "relay/lane/\(plan.name)": [9, 9], "relay/held/\(plan.name)/7/0": [1, 2, 3],
      "relay/dead/\(plan.name)/6": [], "relay/held/\(plan.name)/07/0": [], "relay/what": [],
      "relay/held/../7/0": [], "relay/replay/12": [1], "other": [1],
    ]
    let read = RelayState(state)
    #expect(
      read.unreadable == [
        "relay/held/../7/0", "relay/held/\(plan.name)/07/0", "relay/replay/12", "relay/what",
      ]
    )
    let begun = RelayPlanner.start(read, configured: [], durable: 20, at: .zero)
    let lane = try #require(begun.planner.lanes.first)
    #expect(begun.unreadable == 4 + 3)
    #expect(begun.planner.passed(0) == 4, "from its first event on")
    #expect(lane.standings(of: 7).map(\.standing) == [.queued])
    #expect(lane.dead[6]?.reason == .recordDamaged)
  }
}
