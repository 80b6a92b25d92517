/// One destination: what is due, what is out, what waits, and what was given up.
///
/// It decides and remembers; sending is its caller's work. Events come in the order of the journal
/// (`offer`), attempts go out (`next`), their results come back (`finished`), and what must survive
/// the process is fetched from time to time (`drainChanges`).
///
///     offered ─► fresh ──► in flight ─► delivered
///        │         ▲          │ │
///        ▼         │          │ └────► dead letter ──► replay, delete
///     blocked ─────┘          ▼
///     (its key is busy)     held: waits for its time, takes no slot (failure 35)
///
/// The frontier is the last sequence up to which every event of this destination is delivered, held
/// or dead. Held deliveries and dead letters are durable one by one, so after a crash only what was
/// above the frontier is tried anew: at least once, and never not at all.
package struct DeliveryLane: Sendable {
  /// What bounds the memory of one lane.
  package struct Limits: Equatable, Sendable {
    /// Events above the frontier, and up to a page more; also what may be delivered twice after a
    /// crash.
    package var window = 256
    /// Deliveries that wait for a retry or behind their key; above, events stay in the journal.
    package var held = 10_000
    /// Dead letters; at the limit the lane pauses, and nothing is dropped.
    package var dead = 10_000
    /// Different events that probes use up while the breaker is open.
    package var probes = 32

    package init() {}

    /// Shares of what all lanes together may hold, so that none lives at another's expense.
    package static func shared(by lanes: Int) -> Limits {
      var limits = Limits()
      limits.held = min(limits.held, max(heldMin, heldTotal / max(1, lanes)))
      limits.dead = min(limits.dead, max(deadMin, deadTotal / max(1, lanes)))
      return limits
    }

    private static let heldTotal = 100_000
    private static let heldMin = 256
    private static let deadTotal = 200_000
    private static let deadMin = 1000
  }

  /// Why nothing is sent.
  package enum Pause: UInt8, Sendable {
    case requested = 1
    /// There is no room for another dead letter.
    case deadLettersFull = 2
    /// The secrets that sign the hop cannot be had any more.
    case secretsMissing = 3

    package var word: String {
      switch self {
      case .requested: "requested"
      case .deadLettersFull: "dead_letters_full"
      case .secretsMissing: "secrets_missing"
      }
    }
  }

  enum Phase: Sendable {
    /// Behind another of its key.
    case blocked
    case ready
    /// For its next time.
    case waiting
    case inFlight
  }

  struct Held: Sendable {
    var delivery: HeldDelivery
    var phase: Phase
  }

  struct Flight: Sendable {
    let began: Duration
    let number: Int
    let isProbe: Bool
  }

  package let plan: DestinationPlan
  package let mode: DestinationSetup.Mode
  package let limits: Limits
  var ownPause: Pause?
  /// Whether there is all that sending needs; looked for at each start, and not stored.
  var isUsable = true
  package internal(set) var breaker: CircuitBreaker
  package internal(set) var dead: [UInt64: DeadLetter] = [:]

  var held: [DeliveryID: Held] = [:]
  var inFlight: [DeliveryID: Flight] = [:]
  var window = SequenceWindow()
  var gate = OrderingGate()
  /// Never tried, and free to go.
  var fresh = FIFO<DeliveryID>()
  /// Their time has come.
  var retries = FIFO<DeliveryID>()
  var waiting = WakeHeap<DeliveryID>()
  /// Turns between the two, so that neither starves the other.
  var prefersFresh = false
  /// Probes so far; begins at one, so that the first is of what has failed.
  var probeCount = 1

  var notices: [LaneNotice] = []
  var dirtyHeld: Set<DeliveryID> = []
  var dirtyDead: Set<UInt64> = []
  var isHeaderDirty = false
  /// The frontier that the last drained changes held.
  package internal(set) var storedFrontier: UInt64

  package var name: String { plan.name }

  /// Why nothing is sent; nil: it is.
  package var pause: Pause? { isUsable || mode == .burying ? ownPause : .secretsMissing }

  /// A lane that begins behind `frontier`.
  package init(_ setup: DestinationSetup, frontier: UInt64, limits: Limits = Limits()) {
    plan = setup.plan
    mode = setup.mode
    self.limits = limits
    breaker = CircuitBreaker(setup.plan.breaker)
    storedFrontier = frontier
    isHeaderDirty = setup.isNew
  }

  // MARK: Events

  /// Takes an event that is for this destination; in the order of the journal.
  package mutating func offer(_ event: LaneEvent, at now: RelayTime) {
    let id = DeliveryID(event.sequence)
    // Listed before a crash that lost the frontier.
    guard held[id] == nil, dead[event.sequence] == nil else { return }
    if mode == .burying {
      bury(event, at: now)
      return
    }
    let key = plan.ordering == .none ? 0 : event.orderKey
    let mayGo = gate.enter(id, key: key)
    window.append(
      SequenceWindow.Slot(
        sequence: event.sequence,
        orderKey: key,
        receivedAt: event.receivedAt,
        bodyBytes: event.bodyBytes,
        fate: mayGo ? .queued : .blocked
      )
    )
    if mayGo { fresh.append(id) }
    makeRoom()
  }

  /// Whether it has use for more events of the journal.
  package var wantsMore: Bool {
    guard pause == nil else { return false }
    if mode == .burying { return dead.count < limits.dead && held.isEmpty }
    return window.count < limits.window && fresh.count < freshMax && held.count < limits.held
  }

  /// Enough to keep every slot busy while the next page is read.
  private var freshMax: Int { max(64, 2 * plan.concurrency) }

  /// Lets the frontier pass what holds it: slow first attempts and what waits behind its key are
  /// listed, so that those behind them need not wait.
  ///
  /// Not while the breaker is open: then nothing behind them could go either.
  mutating func makeRoom() {
    guard window.count >= limits.window, fresh.count < plan.concurrency, breaker.state == .closed
    else { return }
    while window.count > limits.window / 2, held.count < limits.held, let slot = window.first {
      list(slot)
    }
  }

  private mutating func list(_ slot: SequenceWindow.Slot) {
    let id = DeliveryID(slot.sequence)
    var delivery = HeldDelivery(
      orderKey: slot.orderKey,
      receivedAt: slot.receivedAt,
      bodyBytes: slot.bodyBytes
    )
    let phase: Phase
    switch slot.fate {
    case .queued, .closed: phase = .ready
    case .blocked: phase = .blocked
    case .inFlight:
      phase = .inFlight
      delivery.firstAttempt = inFlight[id]?.began
    }
    held[id] = Held(delivery: delivery, phase: phase)
    dirtyHeld.insert(id)
    window.set(.closed, of: slot.sequence)
  }

  /// The last sequence up to which everything is delivered or listed, where `passed` is the last
  /// that was looked at for this lane.
  package func frontier(passed: UInt64) -> UInt64 {
    window.first.map { $0.sequence - 1 } ?? passed
  }

  /// Whether nothing is left of a destination that is gone.
  package func isDrained(passed: UInt64, routes: DestinationRoutes) -> Bool {
    guard mode != .active, held.isEmpty, dead.isEmpty, window.isEmpty, inFlight.isEmpty,
      let last = routes.lastSequence
    else { return false }
    return passed >= last
  }

  // MARK: Dead letters of a removed destination

  private mutating func bury(_ event: LaneEvent, at now: RelayTime) {
    let delivery = HeldDelivery(
      orderKey: 0,
      receivedAt: event.receivedAt,
      bodyBytes: event.bodyBytes
    )
    add(
      DeadLetter(delivery, replay: 0, reason: .destinationRemoved, diedAt: now.wallMicroseconds),
      DeliveryID(event.sequence)
    )
  }

  /// What was held when its destination was removed.
  mutating func buryHeld(at now: RelayTime) {
    guard pause == nil else { return }
    for id in held.keys.sorted() {
      guard pause == nil, let entry = held.removeValue(forKey: id) else { return }
      dirtyHeld.insert(id)
      add(
        DeadLetter(
          entry.delivery,
          replay: id.replay,
          reason: .destinationRemoved,
          diedAt: now.wallMicroseconds
        ),
        id
      )
    }
  }

  mutating func add(_ letter: DeadLetter, _ id: DeliveryID) {
    dead[id.sequence] = letter
    dirtyDead.insert(id.sequence)
    notices.append(.died(id, letter))
    guard dead.count >= limits.dead, pause == nil else { return }
    ownPause = .deadLettersFull
    isHeaderDirty = true
    notices.append(.paused(.deadLettersFull))
  }
}

/// An event as a lane needs to know it.
package struct LaneEvent: Equatable, Sendable {
  package let sequence: UInt64
  /// What it must not overtake; 0: nothing.
  package let orderKey: UInt64
  /// Microseconds since 1970.
  package let receivedAt: Int64
  package let bodyBytes: UInt32

  package init(sequence: UInt64, orderKey: UInt64 = 0, receivedAt: Int64, bodyBytes: UInt32) {
    self.sequence = sequence
    self.orderKey = orderKey
    self.receivedAt = receivedAt
    self.bodyBytes = bodyBytes
  }
}

/// One moment by both clocks: elapsed time decides, the wall clock is for people.
package struct RelayTime: Equatable, Sendable {
  package let elapsed: Duration
  package let wallMicroseconds: Int64

  package init(elapsed: Duration, wallMicroseconds: Int64) {
    self.elapsed = elapsed
    self.wallMicroseconds = wallMicroseconds
  }
}

/// What somebody should hear of.
package enum LaneNotice: Equatable, Sendable {
  case died(DeliveryID, DeadLetter)
  case paused(DeliveryLane.Pause)
  case breakerOpened
  case breakerClosed
}
