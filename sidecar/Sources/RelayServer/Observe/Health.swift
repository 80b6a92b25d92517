internal import Synchronization

/// What the whole sidecar is doing, readable from every thread.
final class Health: Sendable {
  enum State: UInt8, Sendable {
    case starting
    case open
    case full
    case failed
    case draining

    /// The word of `/v1/status`, `/readyz` and the metrics.
    var word: String {
      switch self {
      case .starting: "starting"
      case .open: "open"
      case .full: "full"
      case .failed: "failed"
      case .draining: "draining"
      }
    }
  }

  private let value = Atomic<UInt8>(State.starting.rawValue)
  /// Bytes accepted by the ingress and not yet answered.
  let inflightBytes = Atomic<Int>(0)
  private let exit = Atomic<Int32>(0)

  init() {}

  var state: State { State(rawValue: value.load(ordering: .acquiring)) ?? .failed }

  /// Moves on; failed is final, and draining ends only in failed.
  func enter(_ state: State) {
    var current = value.load(ordering: .acquiring)
    while true {
      let from = State(rawValue: current) ?? .failed
      if from == .failed || (from == .draining && state != .failed) { return }
      let (exchanged, original) = value.compareExchange(
        expected: current,
        desired: state.rawValue,
        ordering: .acquiringAndReleasing
      )
      if exchanged { return }
      current = original
    }
  }

  /// The exit code that a thread asks the supervisor for; 0 while nothing is wrong.
  var requestedExit: Int32 { exit.load(ordering: .acquiring) }

  func requestExit(_ code: Int32) {
    _ = exit.compareExchange(expected: 0, desired: code, ordering: .acquiringAndReleasing)
  }
}
