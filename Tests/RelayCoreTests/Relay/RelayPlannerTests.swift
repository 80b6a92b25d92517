import RelayCore
import Testing

@Suite struct RelayPlannerTests {
  private static func planner(
    _ count: Int,
    durable: UInt64,
    frontiers: (Int) -> UInt64,
    sources: (Int) -> String = { _ in "a" }
  ) throws -> RelayPlanner {
    var planner = RelayPlanner(durable: durable)
    let url = try #require(OutboundURL("http://127.0.0.1:1"))
    for index in 0..<count {
      let plan = DestinationPlan(name: "d\(index)", urls: [url])
      let routes = DestinationRoutes([
        DestinationRoutes.Interval(source: sources(index), filter: DeliveryFilter(), from: 1)
      ])
      let setup = DestinationSetup(plan: plan, mode: .active, routes: routes, isNew: false)
      planner.add(DeliveryLane(setup, frontier: frontiers(index)), routes)
    }
    return planner
  }

  private static func time(_ seconds: Int) -> RelayTime {
    RelayTime(elapsed: .seconds(seconds), wallMicroseconds: 0)
  }

  private static func page(_ range: ClosedRange<UInt64>, source: (UInt64) -> String)
    -> [RoutedEvent]
  {
    range.map { RoutedEvent(sequence: $0, source: source($0), receivedAt: 0, bodyBytes: 1) }
  }

  /// Reads and delivers until nothing is left; returns how many events were read.
  private static func run(
    _ planner: inout RelayPlanner,
    durable: UInt64,
    pageMax: UInt64 = 100,
    source: (UInt64) -> String = { _ in "a" },
    delivered: (Int, UInt64) -> Void
  ) -> UInt64 {
    var generator = Seeded(1)
    var read: UInt64 = 0
    var turns = 0
    while turns < 1_000_000 {
      turns += 1
      var isIdle = true
      if let range = planner.nextRead(durable: durable) {
        let last = min(range.upperBound, range.lowerBound + pageMax - 1)
        read += last - range.lowerBound + 1
        let page = page(range.lowerBound...last, source: source)
        planner.take(page, of: range.lowerBound...last, at: time(0)) { _, _ in 0 }
        isIdle = false
      }
      while let (lane, attempt) = planner.nextAttempt(at: time(0), bodyBudget: .max) {
        _ = planner.finished(
          lane,
          attempt.id,
          .answer(status: 200),
          at: time(0),
          using: &generator
        )
        delivered(lane, attempt.id.sequence)
        isIdle = false
      }
      if isIdle { break }
    }
    return read
  }

  @Test func `a thousand destinations behind the tail read the journal once, not a thousand times`()
    throws
  {
    var planner = try Self.planner(1000, durable: 500, frontiers: { _ in 0 })
    var counts = Array(repeating: 0, count: 1000)
    let read = Self.run(&planner, durable: 500) { lane, _ in counts[lane] += 1 }
    #expect(counts.allSatisfy { $0 == 500 })
    // They fill up at different places, and share what lies between those.
    #expect(read < 500 * 2, "\(read) events were read")
  }

  @Test(arguments: [0, 3000] as [UInt64])
  func `slots that come free one by one do not have the journal read again`(tail: UInt64) throws {
    var planner = try Self.planner(1, durable: tail, frontiers: { _ in 0 })
    var generator = Seeded(1)
    var out: [DeliveryID] = []
    var (read, delivered): (UInt64, [UInt64]) = (0, [])
    while delivered.count < 3000 {
      if let range = planner.nextRead(durable: 3000) {
        let last = min(range.upperBound, range.lowerBound + 99)
        read += last - range.lowerBound + 1
        let page = Self.page(range.lowerBound...last) { _ in "a" }
        planner.take(page, of: range.lowerBound...last, at: Self.time(0)) { _, _ in 0 }
      }
      while let (_, attempt) = planner.nextAttempt(at: Self.time(0), bodyBudget: .max) {
        out.append(attempt.id)
      }
      let id = try #require(out.first)
      out.removeFirst()
      delivered.append(id.sequence)
      _ = planner.finished(0, id, .answer(status: 200), at: Self.time(0), using: &generator)
    }
    #expect(delivered == Array(1...3000))
    #expect(read == 3000)
  }

  @Test(arguments: [0, 10] as [UInt64])
  func `dead letters that are full end a page in the middle, and it goes on from there`(
    tail: UInt64
  ) throws {
    var planner = RelayPlanner(durable: tail)
    let plan = DestinationPlan(name: "d", urls: [try #require(OutboundURL("http://127.0.0.1:1"))])
    let routes = DestinationRoutes([
      DestinationRoutes.Interval(source: "a", filter: DeliveryFilter(), from: 1)
    ])
    let setup = DestinationSetup(plan: plan, mode: .burying, routes: routes, isNew: false)
    var limits = DeliveryLane.Limits()
    limits.dead = 4
    planner.add(DeliveryLane(setup, frontier: 0, limits: limits), routes)
    _ = Self.run(&planner, durable: 10) { _, _ in }
    #expect(planner.lanes[0].dead.keys.sorted() == [1, 2, 3, 4])
    #expect(planner.passed(0) == 4)
    planner.change(0) { lane in
      for letter in UInt64(1)...4 { _ = lane.deleteDeadLetter(letter) }
      _ = lane.resume()
    }
    _ = Self.run(&planner, durable: 10) { _, _ in }
    #expect(planner.lanes[0].dead.keys.sorted() == [5, 6, 7, 8])
    #expect(planner.passed(0) == 8)
  }

  @Test func `each destination gets its own events and nobody else's`() throws {
    let sources = { (index: Int) in "s\(index)" }
    var planner = try Self.planner(
      300,
      durable: 0,
      frontiers: { _ in 0 },
      sources: sources
    )
    var got: [Int: [UInt64]] = [:]
    let read = Self.run(
      &planner,
      durable: 3000,
      source: { "s\($0 % 300)" },
      delivered: { lane, sequence in got[lane, default: []].append(sequence) }
    )
    #expect(read == 3000)
    for (lane, sequences) in got {
      #expect(sequences.allSatisfy { $0 % 300 == UInt64(lane) })
    }
    #expect(got.values.reduce(0) { $0 + $1.count } == 3000)
  }

  @Test func `idle destinations have no changes, but for how far they have looked`() throws {
    var planner = try Self.planner(
      1000,
      durable: 0,
      frontiers: { _ in 0 },
      sources: { $0 == 7 ? "a" : "quiet" }
    )
    _ = planner.drainChanges(includesPassing: true)
    _ = Self.run(&planner, durable: 500) { _, _ in }
    let active = planner.drainChanges(includesPassing: false)
    #expect(active.map(\.key) == ["relay/lane/d7"])
    let made1 = planner.drainChanges(includesPassing: true)
    #expect(made1.count == 999)
    let made2 = planner.drainChanges(includesPassing: true)
    #expect(made2.isEmpty)
    #expect(planner.lowestNeeded == 501)
  }

  @Test func `one that is full leaves the others at the tail, and its backlog is counted`() throws {
    var planner = try Self.planner(2, durable: 0, frontiers: { _ in 0 })
    planner.change(0) { _ = $0.pause(.requested) }
    var counts = [0, 0]
    _ = Self.run(&planner, durable: 5000) { lane, _ in counts[lane] += 1 }
    #expect(counts == [0, 5000])
    let behind = planner.unread(0, durable: 5000)
    #expect(behind.count == 5000 && behind.isExact)
    planner.change(0) { _ = $0.resume() }
    _ = Self.run(&planner, durable: 5000) { lane, _ in counts[lane] += 1 }
    #expect(counts == [5000, 5000])
    #expect(planner.unread(0, durable: 5000).count == 0)
  }

  @Test func `while nobody follows, what nobody looked at is counted as an upper bound`() throws {
    var planner = try Self.planner(2, durable: 0, frontiers: { _ in 0 })
    _ = Self.run(&planner, durable: 100) { _, _ in }
    for lane in 0..<2 { planner.change(lane) { _ = $0.pause(.requested) } }
    let read = Self.run(&planner, durable: 700) { _, _ in }
    #expect(read == 0)
    for lane in 0..<2 {
      let behind = planner.unread(lane, durable: 700)
      #expect(behind.count == 600 && !behind.isExact)
    }
    planner.change(0) { _ = $0.resume() }
    _ = Self.run(&planner, durable: 700) { _, _ in }
    #expect(planner.unread(0, durable: 700) == (0, true))
    // By now somebody has looked, and counted.
    #expect(planner.unread(1, durable: 700) == (600, true))
  }

  @Test func `lanes take turns, so that one with much to do does not hold up one with little`()
    throws
  {
    var planner = try Self.planner(2, durable: 0, frontiers: { _ in 0 }, sources: { "s\($0)" })
    let page = Self.page(1...50, source: { $0 == 50 ? "s1" : "s0" })
    planner.take(page, of: 1...50, at: Self.time(0)) { _, _ in 0 }
    var first: [Int] = []
    for _ in 0..<2 {
      if let next = planner.nextAttempt(at: Self.time(0), bodyBudget: .max) {
        first.append(next.lane)
      }
    }
    #expect(Set(first) == [0, 1])
  }
}
