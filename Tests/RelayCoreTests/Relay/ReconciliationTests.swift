import RelayCore
import Testing

@Suite struct ReconciliationTests {
  private static func plan(
    _ name: String,
    types: [String] = [],
    onRemove: RemovalPolicy = .retire
  ) throws -> DestinationPlan {
    var plan = DestinationPlan(name: name, urls: [try #require(OutboundURL("http://127.0.0.1:1"))])
    plan.filter = DeliveryFilter(types: types)
    plan.onRemove = onRemove
    return plan
  }

  private static func interval(
    _ source: String,
    _ from: UInt64,
    _ to: UInt64? = nil,
    types: [String] = []
  ) -> DestinationRoutes.Interval {
    DestinationRoutes.Interval(
      source: source,
      filter: DeliveryFilter(types: types),
      from: from,
      to: to
    )
  }

  private static func stored(
    _ plan: DestinationPlan,
    _ intervals: DestinationRoutes.Interval...
  ) -> [String: StoredDestination] {
    [plan.name: StoredDestination(plan: plan, routes: DestinationRoutes(intervals))]
  }

  @Test func `a new destination begins with the next event`() throws {
    let plan = try Self.plan("app")
    let setups = reconcile(
      stored: [:],
      configured: [ConfiguredDestination(plan: plan, sources: ["b", "a"])],
      next: 50
    )
    #expect(setups.map(\.mode) == [.active])
    #expect(setups[0].isNew)
    #expect(setups[0].routes.intervals == [Self.interval("a", 50), Self.interval("b", 50)])
    #expect(setups[0].changes(from: nil).count == 2)
  }

  @Test func `what stays as it was changes nothing`() throws {
    let plan = try Self.plan("app", types: ["x"])
    let known = Self.stored(plan, Self.interval("a", 5, types: ["x"]))
    let setups = reconcile(
      stored: known,
      configured: [ConfiguredDestination(plan: plan, sources: ["a"])],
      next: 50
    )
    #expect(setups[0].routes.intervals == [Self.interval("a", 5, types: ["x"])])
    #expect(!setups[0].isNew)
    #expect(setups[0].changes(from: known["app"]).isEmpty)
  }

  @Test func `sources and filters hold from the next event on`() throws {
    let known = Self.stored(try Self.plan("app"), Self.interval("a", 5), Self.interval("b", 5))
    let setups = reconcile(
      stored: known,
      configured: [
        ConfiguredDestination(plan: try Self.plan("app", types: ["x"]), sources: ["b", "c"])
      ],
      next: 50
    )
    #expect(
      setups[0].routes.intervals == [
        Self.interval("a", 5, 50), Self.interval("b", 5, 50),
        Self.interval("b", 50, types: ["x"]), Self.interval("c", 50, types: ["x"]),
      ]
    )
  }

  @Test(arguments: [RemovalPolicy.retire, .deadLetter])
  func `one that is gone is retired or buried, as it was told last`(policy: RemovalPolicy) throws {
    let known = Self.stored(try Self.plan("app", onRemove: policy), Self.interval("a", 5))
    let setups = reconcile(stored: known, configured: [], next: 50)
    #expect(setups.map(\.mode) == [policy == .retire ? .retiring : .burying])
    #expect(setups[0].routes.intervals == [Self.interval("a", 5, 50)])
    #expect(setups[0].routes.lastSequence == 49)
  }

  @Test func `an interval in which nothing was admitted is no interval`() throws {
    let known = Self.stored(try Self.plan("app"), Self.interval("a", 50))
    let setups = reconcile(stored: known, configured: [], next: 50)
    #expect(setups[0].routes.intervals.isEmpty)
  }

  @Test func `what lies behind the frontier is forgotten`() {
    var routes = DestinationRoutes([
      Self.interval("a", 1, 10), Self.interval("b", 1, 20), Self.interval("a", 10),
    ])
    let some = routes.forget(through: 9)
    #expect(some && routes.intervals.count == 2)
    let none = routes.forget(through: 18)
    #expect(!none)
    let more = routes.forget(through: 19)
    #expect(more && routes.intervals == [Self.interval("a", 10)])
  }

  /// Whatever is configured when, each event is for exactly the destinations of its moment.
  @Test(arguments: UInt64(1)...60)
  func `38: routes say for each event what was configured when it was admitted`(
    seed: UInt64
  ) throws {
    var generator = Seeded(seed)
    var known: [String: StoredDestination] = [:]
    var truth: [UInt64: Set<String>] = [:]
    var next: UInt64 = 1
    for _ in 0..<12 {
      var configured: [ConfiguredDestination] = []
      for name in ["x", "y", "z"] where generator.happens(70) {
        let types = generator.happens(30) ? ["t"] : []
        let sources = ["a", "b"].filter { _ in generator.happens(70) }
        configured.append(
          ConfiguredDestination(plan: try Self.plan(name, types: types), sources: sources)
        )
      }
      for setup in reconcile(stored: known, configured: configured, next: next) {
        known[setup.plan.name] = StoredDestination(plan: setup.plan, routes: setup.routes)
      }
      for _ in 0..<generator.below(8) {
        let (source, type) = Self.kind(of: next)
        truth[next] = Set(
          configured.filter {
            $0.sources.contains(source) && $0.plan.filter.matches(type: Array(type.utf8))
          }.map(\.plan.name)
        )
        next += 1
      }
    }
    for (sequence, names) in truth {
      let (source, type) = Self.kind(of: sequence)
      let found = known.filter {
        $0.value.routes.contains(sequence, source: source, type: Array(type.utf8))
      }
      #expect(Set(found.keys) == names, "seed \(seed), event \(sequence)")
    }
  }

  private static func kind(of sequence: UInt64) -> (source: String, type: String) {
    (sequence.isMultiple(of: 2) ? "a" : "b", sequence.isMultiple(of: 3) ? "t" : "u")
  }
}
