internal import RelayCore
internal import RelaySystem
internal import Synchronization

/// What the whole sidecar is doing, readable from every thread.
final class Health: Sendable {
  /// The one word for `/v1/status`, `/readyz`, the metrics and the log (journal §6.9).
  enum State: UInt8, CaseIterable, Sendable {
    case starting
    case open
    /// More is in hand than the disk takes: refused until half of it is gone.
    case pressure
    /// No next segment can be made: events are taken while this one has room.
    case low
    /// No room for an event: refused until space is freed.
    case full
    /// Damage was found, and the configuration says to leave it alone: only reads.
    case degraded
    /// A write or fdatasync failed: the process is about to end.
    case failed
    case draining

    var word: String { "\(self)" }

    /// Whether deliveries are stored; what probes ask.
    var takesEvents: Bool { self == .open || self == .low }
  }

  /// How far the process is; each follows only on those before it.
  enum Phase: UInt8, Sendable {
    case starting
    case running
    case draining
    case failed
  }

  /// What the journal has room for.
  enum Storage: UInt8, Sendable {
    case open
    case low
    case full
    case degraded
  }

  private let phase = Atomic<UInt8>(Phase.starting.rawValue)
  private let storage = Atomic<UInt8>(Storage.open.rawValue)
  private let isRefusing = Atomic<Bool>(false)
  /// Bytes accepted by the ingress and not yet answered.
  let inflightBytes = Atomic<Int>(0)
  /// Since when the journal's thread works on what it took, in monotonic nanoseconds; 0: it rests.
  private let workingSince = Atomic<Int64>(0)
  private let exit = Atomic<Int32>(0)

  init() {}

  var state: State {
    switch currentPhase {
    case .failed: return .failed
    case .draining: return .draining
    case .starting: return .starting
    case .running: break
    }
    switch Storage(rawValue: storage.load(ordering: .acquiring)) ?? .degraded {
    case .degraded: return .degraded
    case .full: return .full
    case .low: return isRefusing.load(ordering: .relaxed) ? .pressure : .low
    case .open: return isRefusing.load(ordering: .relaxed) ? .pressure : .open
    }
  }

  private var currentPhase: Phase { Phase(rawValue: phase.load(ordering: .acquiring)) ?? .failed }

  /// Moves on, never back: failed is final.
  func enter(_ next: Phase) {
    var current = phase.load(ordering: .acquiring)
    while current < next.rawValue {
      let (exchanged, original) = phase.compareExchange(
        expected: current,
        desired: next.rawValue,
        ordering: .acquiringAndReleasing
      )
      if exchanged { return }
      current = original
    }
  }

  /// Says what the journal has room for; returns whether that is news.
  func report(_ next: Storage) -> Bool {
    storage.exchange(next.rawValue, ordering: .acquiringAndReleasing) != next.rawValue
  }

  // MARK: Pressure

  /// What a head is told about the journal.
  struct Admission {
    let isAdmitted: Bool
    /// Refusing began or ended with this request: one of the threads says so in the log.
    let isNews: Bool
  }

  /// Whether a delivery of `bytes` may be read: decided before its body is.
  func admit(bytes: Int) -> Admission {
    switch state {
    case .starting, .degraded, .failed: return Admission(isAdmitted: false, isNews: false)
    // A full journal knows duplicates, and may have room for a small event.
    case .open, .pressure, .low, .full, .draining: break
    }
    let before = isRefusing.load(ordering: .relaxed)
    var gauge = PressureGauge(isRefusing: before)
    let isAdmitted = gauge.admits(
      bytes: bytes,
      inflight: inflightBytes.load(ordering: .relaxed),
      waiting: waiting
    )
    guard gauge.isRefusing != before else {
      return Admission(isAdmitted: isAdmitted, isNews: false)
    }
    // Threads may decide at the same moment; the next request of any decides again.
    let earlier = isRefusing.exchange(gauge.isRefusing, ordering: .relaxed)
    return Admission(isAdmitted: isAdmitted, isNews: earlier != gauge.isRefusing)
  }

  /// Looks whether the pressure is gone; returns whether that is news.
  ///
  /// Said by the journal's thread when it has answered: without a delivery nobody else would look.
  func relieve() -> Bool {
    guard isRefusing.load(ordering: .relaxed) else { return false }
    return admit(bytes: 0).isNews
  }

  /// How long the journal's thread has been at what it took.
  private var waiting: Duration {
    let since = workingSince.load(ordering: .relaxed)
    guard since > 0 else { return .zero }
    return .nanoseconds(max(0, SystemClock.monotonicNanoseconds() - since))
  }

  /// Said by the journal's thread at the begin of a turn and after each commit in it.
  func beginWork() {
    workingSince.store(SystemClock.monotonicNanoseconds(), ordering: .relaxed)
  }

  func endWork() { workingSince.store(0, ordering: .relaxed) }

  // MARK: The end

  /// The exit code that a thread asks the supervisor for; 0 while nothing is wrong.
  var requestedExit: Int32 { exit.load(ordering: .acquiring) }

  func requestExit(_ code: Int32) {
    _ = exit.compareExchange(expected: 0, desired: code, ordering: .acquiringAndReleasing)
  }
}
