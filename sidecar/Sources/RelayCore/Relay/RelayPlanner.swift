/// All destinations: who gets which event, who may send next, and what is read when.
///
/// Lanes that have kept up share one position, the tail, and an idle one costs nothing per turn. A
/// lane that cannot keep up leaves the tail with a position of its own; it comes back through pages
/// that all hungry lanes at that place share, so that a thousand of them do not read the journal a
/// thousand times.
package struct RelayPlanner: Sendable {
  struct Place: Sendable {
    /// The last sequence that was looked at for it; not in use while it follows the tail.
    var position: UInt64
    var isFollowing: Bool
    /// Events for it between its position and the tail.
    var unread: UInt64 = 0
    /// Nothing counted what lay there when the process began.
    var isUnreadKnown: Bool
  }

  package internal(set) var lanes: [DeliveryLane] = []
  package internal(set) var routes: [DestinationRoutes] = []
  package internal(set) var upstreams: [UpstreamSet] = []
  package private(set) var indexes: [String: Int] = [:]
  var places: [Place] = []
  var isRemoved: [Bool] = []
  private var bySource: [String: [Int]] = [:]
  /// The last sequence that was looked at for those that follow.
  package private(set) var tail: UInt64
  var followers = 0
  /// Behind the tail, and with room for more.
  var hungry: Set<Int> = []
  private var readsTailNext = true

  private var ready = FIFO<Int>()
  private var isReady: [Bool] = []
  private var wakes = WakeHeap<Int>()
  private var wakeTimes: [Duration?] = []
  private var waitsForBytes: Set<Int> = []
  var dirty: Set<Int> = []

  /// `durable` is the last sequence that exists.
  package init(durable: UInt64) { tail = durable }

  /// Adds a lane that has looked at everything up to its stored frontier.
  package mutating func add(_ lane: DeliveryLane, _ routes: DestinationRoutes) {
    let index = lanes.count
    lanes.append(lane)
    self.routes.append(routes)
    upstreams.append(UpstreamSet(count: lane.plan.urls.count))
    indexes[lane.name] = index
    isRemoved.append(false)
    isReady.append(false)
    wakeTimes.append(nil)
    let position = min(lane.storedFrontier, tail)
    let isFollowing = position == tail
    places.append(
      Place(position: position, isFollowing: isFollowing, isUnreadKnown: isFollowing)
    )
    if isFollowing { followers += 1 }
    for source in routes.sources { bySource[source, default: []].append(index) }
    touch(index)
  }

  package func passed(_ index: Int) -> UInt64 {
    places[index].isFollowing ? tail : places[index].position
  }

  package var activeIndexes: [Int] { lanes.indices.filter { !isRemoved[$0] } }

  package func index(of name: String) -> Int? {
    indexes[name].flatMap { isRemoved[$0] ? nil : $0 }
  }

  /// Events up to `durable` that are for a lane and that it has not taken in yet; an upper bound
  /// where the count is not known.
  ///
  /// What lies beyond the tail was not looked at by anybody: while no lane follows, nobody does.
  package func unread(_ index: Int, durable: UInt64) -> (count: UInt64, isExact: Bool) {
    let place = places[index]
    let isOpen = !routes[index].openSources.isEmpty
    let beyond = isOpen && durable > tail ? durable - tail : 0
    if place.isFollowing { return (beyond, beyond == 0) }
    guard !place.isUnreadKnown else { return (place.unread + beyond, beyond == 0) }
    return (tail - min(place.position, tail) + beyond, false)
  }

  /// Whether any lane takes events of this source.
  package func concerns(source: String) -> Bool { bySource[source] != nil }

  package var isDirty: Bool { !dirty.isEmpty }

  /// Attempts that are out, all lanes together.
  package var inFlightCount: Int { lanes.reduce(0) { $0 + $1.inFlightCount } }

  /// Whether events of these sequences may have been for it, and it had not taken them in.
  package func isAffected(_ index: Int, from: UInt64, to: UInt64) -> Bool {
    passed(index) < to && routes[index].intervals.contains { $0.contains(from) || $0.contains(to) }
  }

  // MARK: Reading

  /// Sequences to read next, the first and the last of them.
  package mutating func nextRead(durable: UInt64) -> ClosedRange<UInt64>? {
    let wantsTail = followers > 0 && tail < durable
    let lowest = hungry.min { places[$0].position < places[$1].position }
    guard let lowest else { return wantsTail ? tail + 1...durable : nil }
    defer { readsTailNext.toggle() }
    if wantsTail, readsTailNext { return tail + 1...durable }
    return places[lowest].position + 1...tail
  }

  /// Takes what was read: every event from `range.lowerBound` up to `range.upperBound`.
  ///
  /// A page that was begun is taken whole, though it fills a lane over its measure: one that is
  /// read for the few events that have just found room is read again for the next few.
  ///
  /// `orderKey` makes the key of the event with that index.
  package mutating func take(
    _ events: [RoutedEvent],
    of range: ClosedRange<UInt64>,
    at now: RelayTime,
    orderKey: (Int, DeliveryOrdering) -> UInt64
  ) {
    let isTail = range.lowerBound > tail
    var full: Set<Int> = []
    for (number, event) in events.enumerated() {
      for index in bySource[event.source] ?? [] where !isRemoved[index] {
        let isHere = isTail ? places[index].isFollowing : reads(index, event.sequence, range)
        guard isHere else {
          if isTail, isFor(index, event) { places[index].unread += 1 }
          continue
        }
        guard isFor(index, event) else { continue }
        let entry = LaneEvent(
          sequence: event.sequence,
          orderKey: orderKey(number, lanes[index].plan.ordering),
          receivedAt: event.receivedAt,
          bodyBytes: event.bodyBytes
        )
        lanes[index].offer(entry, at: now)
        if !isTail { places[index].unread -= min(1, places[index].unread) }
        wake(index)
        guard !lanes[index].wantsMore else { continue }
        full.insert(index)
        // There is no room for another dead letter, not even until the end of the page.
        if lanes[index].mode == .burying { stop(index, at: event.sequence) }
      }
    }
    if isTail {
      tail = range.upperBound
    } else {
      advance(range)
    }
    for index in full {
      if places[index].isFollowing { stop(index, at: tail) } else { hungry.remove(index) }
    }
  }

  private func isFor(_ index: Int, _ event: RoutedEvent) -> Bool {
    routes[index].contains(event.sequence, source: event.source, type: event.type)
  }

  private func reads(_ index: Int, _ sequence: UInt64, _ range: ClosedRange<UInt64>) -> Bool {
    let place = places[index]
    return !place.isFollowing && hungry.contains(index) && place.position < sequence
      && place.position >= range.lowerBound - 1
  }

  /// It has enough: from here on it reads for itself.
  private mutating func stop(_ index: Int, at sequence: UInt64) {
    if places[index].isFollowing {
      followers -= 1
      places[index] = Place(position: sequence, isFollowing: false, isUnreadKnown: true)
    } else {
      places[index].position = sequence
    }
    hungry.remove(index)
    dirty.insert(index)
  }

  /// The lanes that shared a page have looked at all of it.
  private mutating func advance(_ range: ClosedRange<UInt64>) {
    let last = range.upperBound
    for index in Array(hungry)
    where places[index].position >= range.lowerBound - 1 && places[index].position < last {
      places[index].position = last
      dirty.insert(index)
      if last >= tail { follow(index) }
    }
  }

  // MARK: Sending

  /// Returns an attempt to make now; lanes take turns.
  package mutating func nextAttempt(
    at now: RelayTime,
    bodyBudget: Int
  ) -> (lane: Int, attempt: Attempt)? {
    while let index = wakes.popFirst(dueAt: now.elapsed) {
      guard let time = wakeTimes[index], time <= now.elapsed else { continue }
      wakeTimes[index] = nil
      wake(index)
    }
    while let index = ready.popFirst() {
      isReady[index] = false
      guard !isRemoved[index] else { continue }
      switch lanes[index].next(at: now, bodyBudget: bodyBudget) {
      case .attempt(let attempt):
        touch(index)
        return (index, attempt)
      case .waitForBytes: waitsForBytes.insert(index)
      case .nothing:
        place(index)
        schedule(index, at: now.elapsed)
      }
    }
    return nil
  }

  /// When something is due though nothing happens; nil: never.
  package var nextWake: Duration? { wakes.first?.time }

  private mutating func schedule(_ index: Int, at now: Duration) {
    guard let time = lanes[index].nextWake(at: now) else { return }
    if let known = wakeTimes[index], known <= time { return }
    wakeTimes[index] = time
    wakes.push(index, at: time)
  }

  private mutating func wake(_ index: Int) {
    guard !isReady[index] else { return }
    isReady[index] = true
    ready.append(index)
  }

  /// After a change of a lane: it may have work, room for more, and something to store.
  private mutating func touch(_ index: Int) {
    wake(index)
    place(index)
  }

  /// Whether it follows the tail, reads behind it, or reads nothing.
  private mutating func place(_ index: Int) {
    dirty.insert(index)
    let wantsMore = lanes[index].wantsMore
    if places[index].isFollowing {
      // Paused, or full of replays: what comes now stays in the journal.
      if !wantsMore { stop(index, at: tail) }
    } else if !wantsMore {
      hungry.remove(index)
    } else if places[index].position < tail {
      hungry.insert(index)
    } else {
      follow(index)
    }
  }

  private mutating func follow(_ index: Int) {
    hungry.remove(index)
    places[index] = Place(position: tail, isFollowing: true, isUnreadKnown: true)
    followers += 1
  }

  /// Takes the result of an attempt.
  package mutating func finished(
    _ index: Int,
    _ id: DeliveryID,
    _ result: AttemptResult,
    at now: RelayTime,
    using generator: inout some RandomNumberGenerator
  ) -> DeliveryLane.Settlement {
    defer { release(index) }
    return lanes[index].finished(id, result, at: now, using: &generator)
  }

  package mutating func abandon(
    _ index: Int,
    _ id: DeliveryID,
    _ reason: DeathReason,
    at now: RelayTime
  ) -> DeliveryLane.Settlement {
    defer { release(index) }
    return lanes[index].abandon(id, reason, at: now)
  }

  private mutating func release(_ index: Int) {
    touch(index)
    for waiting in waitsForBytes { wake(waiting) }
    waitsForBytes.removeAll()
  }

  /// Changes a lane from outside: pause, resume, replays, dead letters.
  package mutating func change<Result>(
    _ index: Int,
    _ body: (inout DeliveryLane) -> Result
  ) -> Result {
    defer { touch(index) }
    return body(&lanes[index])
  }
}

/// An event as the planner needs to know it.
package struct RoutedEvent: Equatable, Sendable {
  package let sequence: UInt64
  package let source: String
  package let type: [UInt8]?
  /// Microseconds since 1970.
  package let receivedAt: Int64
  package let bodyBytes: UInt32

  package init(
    sequence: UInt64,
    source: String,
    type: [UInt8]? = nil,
    receivedAt: Int64,
    bodyBytes: UInt32
  ) {
    self.sequence = sequence
    self.source = source
    self.type = type
    self.receivedAt = receivedAt
    self.bodyBytes = bodyBytes
  }
}
