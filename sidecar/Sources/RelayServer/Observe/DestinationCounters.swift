internal import RelayCore
internal import Synchronization

/// Counters and gauges of one destination; its name is a name of the configuration.
final class DestinationCounters: Sendable {
  /// What an attempt came to, for the label `outcome`.
  enum Outcome: Int, CaseIterable, Sendable {
    case delivered
    case transient
    case misconfigured
    case permanent
    case noAnswer

    var word: String { self == .noAnswer ? "no_answer" : "\(self)" }
  }

  let name: String
  let delivered = Atomic<UInt64>(0)
  let died = Atomic<UInt64>(0)
  /// Events that could not be read for it: damaged, or removed by retention.
  let lost = Atomic<UInt64>(0)
  let replayed = Atomic<UInt64>(0)
  let breakerOpened = Atomic<UInt64>(0)
  let backlog = Atomic<UInt64>(0)
  let held = Atomic<Int>(0)
  let deadLetters = Atomic<Int>(0)
  let inFlight = Atomic<Int>(0)
  let isBreakerOpen = Atomic<Bool>(false)
  let isPaused = Atomic<Bool>(false)
  /// Of whole attempts that got an answer.
  let duration = Histogram()
  private let outcomes = Mutex<[UInt64]>(Array(repeating: 0, count: Outcome.allCases.count))

  init(name: String) { self.name = name }

  func count(_ outcome: Outcome) { outcomes.withLock { $0[outcome.rawValue] += 1 } }

  var attempts: [(Outcome, UInt64)] {
    Array(zip(Outcome.allCases, outcomes.withLock { $0 }))
  }

  /// What the relay's thread knows now.
  func update(_ lane: DeliveryLane, unread: UInt64) {
    let here = lane.heldCount + lane.windowCount
    backlog.store(unread + UInt64(here), ordering: .relaxed)
    held.store(lane.heldCount, ordering: .relaxed)
    deadLetters.store(lane.dead.count, ordering: .relaxed)
    inFlight.store(lane.inFlightCount, ordering: .relaxed)
    isBreakerOpen.store(lane.breaker.state != .closed, ordering: .relaxed)
    isPaused.store(lane.pause != nil, ordering: .relaxed)
  }
}
