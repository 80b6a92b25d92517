/// What of a lane survives the process.
///
///     relay/lane/NAME   0         1       2      4          12                20
///                       | version | pause | 0    | frontier | breaker (ns)    |
///
/// `breaker` is -1 while closed, else when it lets a probe through. Little-endian.
extension DeliveryLane {
  private static let version: UInt8 = 1

  private func header(_ frontier: UInt64) -> [UInt8] {
    var writer = StateWriter()
    writer.integer(Self.version)
    writer.integer(ownPause?.rawValue ?? 0)
    writer.integer(UInt16(0))
    writer.integer(frontier)
    breaker.encode(to: &writer)
    return writer.bytes
  }

  /// Whether anything happened since the last drain.
  var isDirty: Bool { isHeaderDirty || !dirtyHeld.isEmpty || !dirtyDead.isEmpty }

  /// Returns what changed since the last call.
  ///
  /// A frontier that only passed events of others is written when `includesPassing`.
  package mutating func drainChanges(passed: UInt64, includesPassing: Bool) -> [StateChange] {
    var changes: [StateChange] = []
    // Lists first: a frontier must never pass what is not listed.
    for id in dirtyHeld.sorted() {
      changes.append(StateChange(key: RelayKey.held(name, id), value: held[id]?.delivery.encode()))
    }
    for sequence in dirtyDead.sorted() {
      changes.append(
        StateChange(key: RelayKey.dead(name, sequence), value: dead[sequence]?.encode())
      )
    }
    dirtyHeld.removeAll(keepingCapacity: true)
    dirtyDead.removeAll(keepingCapacity: true)
    let frontier = frontier(passed: passed)
    if isHeaderDirty || (includesPassing && frontier != storedFrontier) {
      isHeaderDirty = false
      storedFrontier = frontier
      changes.append(StateChange(key: RelayKey.lane(name), value: header(frontier)))
    }
    return changes
  }

  /// What is removed with a destination of which nothing is left.
  package func removal() -> [StateChange] {
    [RelayKey.plan(name), RelayKey.routes(name), RelayKey.lane(name)].map {
      StateChange(key: $0, value: nil)
    }
  }

  /// The lowest sequence that is still needed, by what is durable.
  package var lowestNeeded: UInt64 {
    var lowest = storedFrontier + 1
    for id in held.keys { lowest = min(lowest, id.sequence) }
    for sequence in dead.keys { lowest = min(lowest, sequence) }
    return lowest
  }

  // MARK: Starting

  /// Takes up what an earlier process left.
  ///
  /// An entry that no version wrote ends no start (failure 37): it is counted, and what it stood
  /// for is delivered again, not lost. So is everything behind `fallback` where the frontier cannot
  /// be read.
  package static func restore(
    _ setup: DestinationSetup,
    from state: LaneState,
    fallback: UInt64,
    limits: Limits = Limits(),
    at now: Duration
  ) -> (lane: DeliveryLane, unreadable: Int) {
    var lane = DeliveryLane(setup, frontier: fallback, limits: limits)
    var unreadable = 0
    if let header = state.header, !lane.restore(header, at: now) { unreadable += 1 }
    for (sequence, bytes) in state.dead {
      lane.dead[sequence] = DeadLetter(decoding: bytes) ?? DeadLetter.damaged
      if lane.dead[sequence] == DeadLetter.damaged { unreadable += 1 }
    }
    for (id, bytes) in state.held.sorted(by: { $0.key < $1.key }) {
      let delivery = HeldDelivery(decoding: bytes)
      if delivery == nil { unreadable += 1 }
      lane.restore(id, delivery ?? HeldDelivery(orderKey: 0, receivedAt: 0, bodyBytes: 0))
    }
    return (lane, unreadable)
  }

  /// What is passed, of a header that some version of this software wrote.
  static func frontier(of header: [UInt8]) -> UInt64? {
    var reader = StateReader(header)
    guard reader.integer(UInt8.self) == version, reader.integer(UInt8.self) != nil,
      reader.integer(UInt16.self) == 0
    else { return nil }
    return reader.integer(UInt64.self)
  }

  private mutating func restore(_ header: [UInt8], at now: Duration) -> Bool {
    var reader = StateReader(header)
    guard reader.integer(UInt8.self) == Self.version, let pause = reader.integer(UInt8.self),
      reader.integer(UInt16.self) == 0, let frontier = reader.integer(UInt64.self),
      pause == 0 || Pause(rawValue: pause) != nil, breaker.restore(from: &reader, at: now),
      reader.isAtEnd
    else { return false }
    ownPause = Pause(rawValue: pause)
    storedFrontier = frontier
    return true
  }

  private mutating func restore(_ id: DeliveryID, _ saved: HeldDelivery) {
    var delivery = saved
    // A key of another ordering says nothing under this one.
    if plan.ordering == .none || id.replay != 0 { delivery.orderKey = 0 }
    let mayGo = gate.enter(id, key: delivery.orderKey)
    let phase: Phase = !mayGo ? .blocked : delivery.attemptCount > 0 ? .waiting : .ready
    held[id] = Held(delivery: delivery, phase: phase)
    switch phase {
    case .waiting: waiting.push(id, at: delivery.next)
    case .ready: retries.append(id)
    case .blocked, .inFlight: break
    }
  }
}

/// The entries of one lane in the state map.
package struct LaneState: Equatable, Sendable {
  package var header: [UInt8]?
  package var held: [DeliveryID: [UInt8]] = [:]
  package var dead: [UInt64: [UInt8]] = [:]

  package init() {}
}

extension DeadLetter {
  /// Stands for one whose record cannot be read.
  fileprivate static let damaged = DeadLetter(
    HeldDelivery(orderKey: 0, receivedAt: 0, bodyBytes: 0),
    replay: 0,
    reason: .recordDamaged,
    diedAt: 0
  )
}
