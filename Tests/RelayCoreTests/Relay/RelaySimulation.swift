import RelayCore

/// A journal, services and a process that crashes, around the relay's real policy.
///
/// What is durable is a map and the events; everything else is lost in a crash.
struct RelaySimulation {
  struct Event {
    let source: String
    let type: String
    let key: UInt64
  }

  struct Delivery: Hashable {
    let destination: String
    let sequence: UInt64
  }

  var configured: [ConfiguredDestination]
  let limits: DeliveryLane.Limits
  var generator: Seeded
  private(set) var planner: RelayPlanner
  private(set) var durable: [String: [UInt8]] = [:]
  private var unsaved: [StateChange] = []
  private(set) var events: [Event] = []
  private(set) var now: Duration = .seconds(1)
  private var out: [(lane: Int, attempt: Attempt)] = []
  /// What each destination owes, fixed when an event is admitted.
  private(set) var owed: Set<Delivery> = []
  /// In the order of the first success of each.
  private(set) var successes: [Delivery] = []
  private(set) var succeeded: Set<Delivery> = []
  private(set) var died: Set<Delivery> = []
  private(set) var attempts = 0
  /// How many percent of answers are what: transient, permanent.
  var transientPercent = 20
  var permanentPercent = 2

  init(_ configured: [ConfiguredDestination], limits: DeliveryLane.Limits, seed: UInt64) {
    self.configured = configured
    self.limits = limits
    generator = Seeded(seed)
    planner = RelayPlanner(durable: 0)
    start()
  }

  var time: RelayTime {
    RelayTime(elapsed: now, wallMicroseconds: 1_000_000 + now.wholeMilliseconds * 1000)
  }

  private mutating func start() {
    let begun = RelayPlanner.start(
      RelayState(durable),
      configured: configured,
      durable: UInt64(events.count),
      at: now,
      limits: limits
    )
    precondition(begun.unreadable == 0, "what was written is read")
    planner = begun.planner
    for change in begun.changes { durable[change.key] = change.value }
  }

  /// The process ends at once, and another begins.
  mutating func crash() {
    unsaved.removeAll()
    out.removeAll()
    start()
  }

  mutating func admit(_ event: Event) {
    events.append(event)
    let sequence = UInt64(events.count)
    for destination in configured where destination.sources.contains(event.source) {
      guard destination.plan.filter.matches(type: Array(event.type.utf8)) else { continue }
      owed.insert(Delivery(destination: destination.plan.name, sequence: sequence))
    }
  }

  mutating func read(_ count: Int) {
    guard let range = planner.nextRead(durable: UInt64(events.count)) else { return }
    let last = min(range.upperBound, range.lowerBound + UInt64(count) - 1)
    let page = (range.lowerBound...last).map { sequence in
      let event = events[Int(sequence) - 1]
      return RoutedEvent(
        sequence: sequence,
        source: event.source,
        type: Array(event.type.utf8),
        receivedAt: Int64(sequence),
        bodyBytes: 10
      )
    }
    let keys = page.map { events[Int($0.sequence) - 1].key }
    planner.take(page, of: range.lowerBound...last, at: time) { index, ordering in
      switch ordering {
      case .none: 0
      case .source: 1
      case .key: keys[index]
      }
    }
  }

  mutating func send() {
    while let (lane, attempt) = planner.nextAttempt(at: time, bodyBudget: 1 << 20) {
      attempts += 1
      out.append((lane, attempt))
    }
  }

  /// One of the attempts that are out ends.
  mutating func finishOne() {
    guard !out.isEmpty else { return }
    let (lane, attempt) = out.remove(at: generator.below(out.count))
    let delivery = Delivery(
      destination: planner.lanes[lane].name,
      sequence: attempt.id.sequence
    )
    let result: AttemptResult
    if generator.happens(transientPercent) {
      result = generator.happens(50) ? .noAnswer(.closed) : .answer(status: 503)
    } else if generator.happens(permanentPercent) {
      result = .answer(status: 422)
    } else {
      result = .answer(status: 204)
      if succeeded.insert(delivery).inserted { successes.append(delivery) }
    }
    let settlement = planner.finished(lane, attempt.id, result, at: time, using: &generator)
    if case .dead = settlement { died.insert(delivery) }
  }

  mutating func drain(includesPassing: Bool) {
    for (lane, notice) in planner.drainNotices() {
      guard case .died(let id, _) = notice else { continue }
      died.insert(Delivery(destination: planner.lanes[lane].name, sequence: id.sequence))
    }
    unsaved += planner.drainChanges(includesPassing: includesPassing)
  }

  mutating func save() {
    for change in unsaved { durable[change.key] = change.value }
    unsaved.removeAll()
  }

  mutating func pass(_ time: Duration) { now += time }

  mutating func operate(_ body: (inout DeliveryLane, inout Seeded) -> Void) {
    guard let index = planner.activeIndexes.randomElement(using: &generator) else { return }
    var generator = generator
    planner.change(index) { body(&$0, &generator) }
    self.generator = generator
  }

  var hasWork: Bool {
    !out.isEmpty || planner.nextWake != nil
      || planner.activeIndexes.contains {
        planner.lanes[$0].heldCount + planner.lanes[$0].windowCount > 0
          || planner.passed($0) < UInt64(events.count)
      }
  }

  /// Services answer well from now on, until nothing is left to do.
  mutating func settle() {
    (transientPercent, permanentPercent) = (0, 0)
    for index in planner.activeIndexes {
      planner.change(index) { _ = $0.resume() }
    }
    var turns = 0
    while hasWork, turns < 20_000 {
      turns += 1
      read(7)
      send()
      while !out.isEmpty { finishOne() }
      if let wake = planner.nextWake, wake > now { now = wake }
    }
    drain(includesPassing: true)
    save()
  }
}
