internal import Synchronization

/// Whether anyone waits for new events.
///
/// A waiter first raises the count and then reads the journal once more; the journal thread first
/// publishes what is durable and then looks at the count. Both in sequential consistency: either
/// the waiter sees the events, or the journal thread sees the waiter. No wake-up is lost, and a
/// journal that nobody watches wakes nobody.
final class TailWatch: Sendable {
  private let waiters = Atomic<Int>(0)
  private let isAnnounced = Atomic<Bool>(false)

  func beginWaiting() { waiters.add(1, ordering: .sequentiallyConsistent) }

  func endWaiting() { waiters.subtract(1, ordering: .sequentiallyConsistent) }

  /// Whether the journal thread should tell the readers: somebody waits, and the last notice has
  /// been taken.
  ///
  /// Without the second, notices would pile up while readers look.
  func shouldAnnounce() -> Bool {
    guard waiters.load(ordering: .sequentiallyConsistent) > 0 else { return false }
    return !isAnnounced.exchange(true, ordering: .sequentiallyConsistent)
  }

  /// Takes the notice, before looking: what is committed from here on is announced again.
  func takeNotice() { isAnnounced.store(false, ordering: .sequentiallyConsistent) }
}
