internal import CRelayLinux
internal import Glibc
internal import Synchronization

/// Lets one thread sleep until another has work for it.
///
/// Three states: open (nobody sleeps, no work was announced), rung (work was announced), asleep.
/// `ring` exchanges the state for rung, and writes to the eventfd only when it took it from asleep.
/// `wait` takes rung back to open and returns at once, or exchanges open for asleep and polls.
///
/// Why no wake-up is lost. A ringer queues its work before it rings; the sleeper looks at the queue
/// after every wait. All accesses to the state are exchanges, so they have one order, and a ring
/// falls in it
/// * before the sleeper's open → asleep: that exchange finds rung, and there is no sleep;
/// * between open → asleep and the exchange behind the poll: the ringer finds asleep and writes to
///   the eventfd, which stays readable until it is read, so the poll ends whether it had begun or
///   not;
/// * after an exchange that takes the state back to open: the next wait meets the first case.
///
/// In each case the exchange that takes rung away also sees the work that was queued before it.
///
/// Why no sleeper spins. When the time runs out between a ringer's exchange and its write, the
/// write comes after the eventfd was cleared, and ends one later sleep early. That sleep reads the
/// eventfd because the poll said so, not because the state did: one idle turn, and no second.
package final class Gate: Sendable {
  private static let open: UInt8 = 0
  private static let rung: UInt8 = 1
  private static let asleep: UInt8 = 2

  private let state = Atomic<UInt8>(Gate.open)
  private let wakeup = makeEventDescriptor()

  package init() {}

  deinit { _ = close(wakeup) }

  /// Announces work; costs one atomic exchange when nobody sleeps.
  package func ring() {
    let before = state.exchange(Self.rung, ordering: .sequentiallyConsistent)
    if before == Self.asleep { _ = relay_eventfd_ring(wakeup) }
  }

  /// Sleeps until the gate is rung, nil without end, and returns false when the time ran out.
  ///
  /// For one thread at a time. It may return true without new work.
  package func wait(timeoutMilliseconds: Int32?) -> Bool {
    let (slept, before) = state.compareExchange(
      expected: Self.open,
      desired: Self.asleep,
      ordering: .sequentiallyConsistent
    )
    if !slept {
      precondition(before == Self.rung, "only one thread may wait at a gate")
      // Not a store: what is taken may be a later ring than the one seen above, and only an
      // exchange is ordered behind the work of that one too.
      _ = state.exchange(Self.open, ordering: .sequentiallyConsistent)
      return true
    }
    let result = relay_wait_readable(wakeup, timeoutMilliseconds ?? -1)
    let after = state.exchange(Self.open, ordering: .sequentiallyConsistent)
    let isRung = after == Self.rung || result > 0
    // Whatever was written belongs to a ring before the exchange above: clearing loses nothing.
    if isRung { _ = relay_eventfd_clear(wakeup) }
    return isRung
  }
}
