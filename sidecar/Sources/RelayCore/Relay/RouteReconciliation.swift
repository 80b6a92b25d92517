/// A destination as the journal remembers it.
package struct StoredDestination: Equatable, Sendable {
  package let plan: DestinationPlan
  package let routes: DestinationRoutes

  package init(plan: DestinationPlan, routes: DestinationRoutes) {
    self.plan = plan
    self.routes = routes
  }
}

/// A destination as the configuration has it now.
package struct ConfiguredDestination: Equatable, Sendable {
  package let plan: DestinationPlan
  /// The sources that name it.
  package let sources: [String]

  package init(plan: DestinationPlan, sources: [String]) {
    self.plan = plan
    self.sources = sources
  }
}

/// What is done with a destination from now on.
package struct DestinationSetup: Equatable, Sendable {
  package enum Mode: Equatable, Sendable {
    /// The configuration has it.
    case active
    /// It is gone: what was admitted for it is still delivered.
    case retiring
    /// It is gone: what was admitted for it becomes dead letters.
    case burying

    package var word: String { "\(self)" }
  }

  package let plan: DestinationPlan
  package let mode: Mode
  package let routes: DestinationRoutes
  /// Whether it begins with what is admitted next.
  package let isNew: Bool

  package init(plan: DestinationPlan, mode: Mode, routes: DestinationRoutes, isNew: Bool) {
    self.plan = plan
    self.mode = mode
    self.routes = routes
    self.isNew = isNew
  }
}

/// Brings what was stored and what is configured together: the one place where that is decided, at
/// a start and at a change of the configuration.
///
///     stored  configured  then
///     no      yes         new: begins with the next event
///     yes     yes         goes on; sources and filter hold from the next event on
///     yes     no          by its last `on_remove`: retired, or its backlog made dead letters
///
/// `next` is the sequence that the next admitted event gets; a new destination begins at
/// `firstForNew`, which is the same but where the state was lost.
package func reconcile(
  stored: [String: StoredDestination],
  configured: [ConfiguredDestination],
  next: UInt64,
  firstForNew: UInt64? = nil
) -> [DestinationSetup] {
  var setups: [DestinationSetup] = []
  for destination in configured {
    let known = stored[destination.plan.name]
    var routes = known?.routes ?? DestinationRoutes()
    let from = known == nil ? firstForNew ?? next : next
    routes.change(to: destination.sources, filter: destination.plan.filter, next: from)
    setups.append(
      DestinationSetup(
        plan: destination.plan,
        mode: .active,
        routes: routes,
        isNew: known == nil
      )
    )
  }
  let names = Set(configured.map(\.plan.name))
  for (name, known) in stored.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
    var routes = known.routes
    routes.change(to: [], filter: known.plan.filter, next: next)
    setups.append(
      DestinationSetup(
        plan: known.plan,
        mode: known.plan.onRemove == .retire ? .retiring : .burying,
        routes: routes,
        isNew: false
      )
    )
  }
  return setups
}

extension DestinationSetup {
  /// What makes this setup the stored one.
  package func changes(from stored: StoredDestination?) -> [StateChange] {
    var changes: [StateChange] = []
    let bytes = plan.encode()
    if stored?.plan.encode() != bytes {
      changes.append(StateChange(key: RelayKey.plan(plan.name), value: bytes))
    }
    if stored?.routes != routes {
      changes.append(StateChange(key: RelayKey.routes(plan.name), value: routes.encode()))
    }
    return changes
  }
}
