internal import RelayConfiguration
internal import RelayCore
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Tells the operator what must not wait until somebody looks: by a program, by a POST, or both.
///
/// Whoever raises an alarm never waits: it is put into a bounded box, which a thread of its own
/// empties. Alarms that say the same are told once in `AlarmPlan.intervalMin`.
final class AlarmBox: Sendable {
  /// More than these at once is one story, of which the rest is counted.
  static let waitingMax = 64

  private let state = Mutex(State())
  let gate = Gate()
  private let interval: Duration
  private let isUsed: Bool
  private let log: Log

  private struct State {
    var waiting: [Alarm] = []
    /// By what they say: when they were told.
    var told: [String: Int64] = [:]
    var raised: [Alarm.Kind: UInt64] = [:]
    var suppressed: UInt64 = 0
    var isClosed = false
  }

  init(_ plan: AlarmPlan, log: Log) {
    interval = plan.intervalMin
    isUsed = !plan.isEmpty
    self.log = log
  }

  func raise(_ alarm: Alarm) {
    log.network(
      .warning,
      "alarm",
      [
        "alarm": .text(alarm.kind.rawValue), "subject": .text(alarm.subject),
        "detail": .text(alarm.detail),
      ]
    )
    let now = SystemClock.bootNanoseconds()
    let isTaken = state.withLock { state -> Bool in
      state.raised[alarm.kind, default: 0] += 1
      guard isUsed, !state.isClosed else { return false }
      if let last = state.told[alarm.key], now - last < interval.nanoseconds {
        state.suppressed += 1
        return false
      }
      guard state.waiting.count < Self.waitingMax else {
        state.suppressed += 1
        return false
      }
      // Subjects are names of the configuration: the table cannot grow without end.
      state.told[alarm.key] = now
      state.waiting.append(alarm)
      return true
    }
    if isTaken { gate.ring() }
  }

  /// The oldest that waits; nil when there is none, or the box is closed.
  func take() -> Alarm? {
    state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
  }

  func close() {
    state.withLock { $0.isClosed = true }
    gate.ring()
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// By kind, every one from the start, so that a zero is said.
  var raised: [(kind: Alarm.Kind, count: UInt64)] {
    let counts = state.withLock { $0.raised }
    return Alarm.Kind.allCases.map { (kind: $0, count: counts[$0] ?? 0) }
  }

  var suppressed: UInt64 { state.withLock { $0.suppressed } }
}
