internal import Synchronization

/// Counts the threads that have not taken new settings yet: a reload is said to be done when all of
/// them go by it, and not when they were told (failure 58).
final class ReloadReceipt: Sendable {
  private let missing: Atomic<Int>

  init(threads: Int) { missing = Atomic(threads) }

  /// Said once by each thread, when it decides nothing by the old settings any more.
  func confirm() { missing.subtract(1, ordering: .acquiringAndReleasing) }

  var isComplete: Bool { missing.load(ordering: .acquiring) <= 0 }
}
