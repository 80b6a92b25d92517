/// All that the journal's state map holds of the relay, sorted by whom it concerns.
package struct RelayState: Sendable {
  package private(set) var stored: [String: StoredDestination] = [:]
  package private(set) var lanes: [String: LaneState] = [:]
  package private(set) var jobs: [ReplayJob] = []
  /// Keys whose bytes no version wrote, or that nobody knows.
  package private(set) var unreadable: [String] = []

  package init(_ state: [String: [UInt8]]) {
    var plans: [String: DestinationPlan] = [:]
    var routes: [String: DestinationRoutes] = [:]
    for (key, value) in state where key.hasPrefix(RelayKey.prefix) {
      guard !take(key, value, &plans, &routes) else { continue }
      unreadable.append(key)
    }
    unreadable.sort()
    for (name, plan) in plans {
      stored[name] = StoredDestination(plan: plan, routes: routes[name] ?? DestinationRoutes())
    }
    jobs.sort { ($0.madeAt, $0.id) < ($1.madeAt, $1.id) }
  }

  /// The last sequence that a destination has behind it, or has in its hands.
  package var lastPassed: UInt64 {
    lanes.values.reduce(0) { last, lane in
      let frontier = lane.header.flatMap { DeliveryLane.frontier(of: $0) } ?? 0
      let held = lane.held.keys.map(\.sequence).max() ?? 0
      return max(last, frontier, held, lane.dead.keys.max() ?? 0)
    }
  }

  /// Returns whether the entry was understood.
  private mutating func take(
    _ key: String,
    _ value: [UInt8],
    _ plans: inout [String: DestinationPlan],
    _ routes: inout [String: DestinationRoutes]
  ) -> Bool {
    if let (name, _) = parts(key, RelayKey.planPrefix, 0) {
      guard let plan = DestinationPlan(decoding: value), plan.name == name else { return false }
      plans[name] = plan
    } else if let (name, _) = parts(key, RelayKey.routesPrefix, 0) {
      guard let found = DestinationRoutes(decoding: value) else { return false }
      routes[name] = found
    } else if let (name, _) = parts(key, RelayKey.lanePrefix, 0) {
      lanes[name, default: LaneState()].header = value
    } else if let (name, numbers) = parts(key, RelayKey.heldPrefix, 2) {
      lanes[name, default: LaneState()].held[DeliveryID(numbers[0], replay: numbers[1])] = value
    } else if let (name, numbers) = parts(key, RelayKey.deadPrefix, 1) {
      lanes[name, default: LaneState()].dead[numbers[0]] = value
    } else if let (name, _) = parts(key, RelayKey.replayPrefix, 0) {
      guard let id = UInt64(name), let job = ReplayJob(decoding: value, id: id) else {
        return false
      }
      jobs.append(job)
    } else {
      return false
    }
    return true
  }

  private func parts(
    _ key: String,
    _ prefix: String,
    _ count: Int
  ) -> (name: String, numbers: [UInt64])? {
    guard let parts = RelayKey.parts(of: key, after: prefix), parts.numbers.count == count else {
      return nil
    }
    return parts
  }
}

extension RelayPlanner {
  /// Goes on with what was stored, under what is configured now.
  ///
  /// Returns what must be durable before the next event is admitted: from then on it is fixed for
  /// whom an event is.
  ///
  /// A destination that the state does not know gets events from `firstForNew` on; nil: new ones
  /// alone. Where the state was lost nobody knows what such a one was owed: all that is there is
  /// delivered again, and nothing that was promised is missing.
  package static func start(
    _ state: RelayState,
    configured: [ConfiguredDestination],
    durable: UInt64,
    firstForNew: UInt64? = nil,
    at now: Duration,
    limits: DeliveryLane.Limits? = nil
  ) -> (planner: RelayPlanner, changes: [StateChange], unreadable: Int) {
    let setups = reconcile(
      stored: state.stored,
      configured: configured,
      next: durable + 1,
      firstForNew: firstForNew
    )
    let limits = limits ?? .shared(by: setups.count)
    var planner = RelayPlanner(durable: durable)
    var changes: [StateChange] = []
    var unreadable = state.unreadable.count
    for setup in setups {
      let name = setup.plan.name
      changes += setup.changes(from: state.stored[name])
      // Without a readable frontier all that was ever for it, and is still there, comes again.
      let first = setup.routes.intervals.map(\.from).min() ?? durable + 1
      let restored = DeliveryLane.restore(
        setup,
        from: state.lanes[name] ?? LaneState(),
        fallback: first - 1,
        limits: limits,
        at: now
      )
      unreadable += restored.unreadable
      planner.add(restored.lane, setup.routes)
    }
    changes += planner.drainChanges(includesPassing: true)
    return (planner, changes, unreadable)
  }
}
