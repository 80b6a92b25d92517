internal import CRelayLinux
internal import Glibc
internal import Synchronization

/// Messages from any thread to one event loop.
///
/// Posting wakes the loop once per batch: only the post that finds the mailbox empty writes to the
/// eventfd. `take` clears the eventfd before it empties the mailbox, so a post that comes between
/// the two leaves the eventfd readable and the loop looks again: no wake-up is lost.
package final class Mailbox<Message: Sendable>: Sendable {
  /// Readable while something waits.
  package let wakeup: Int32
  private let messages = Mutex<[Message]>([])

  package init() { wakeup = makeEventDescriptor() }

  deinit { _ = close(wakeup) }

  package func post(_ message: Message) { post(contentsOf: CollectionOfOne(message)) }

  package func post(contentsOf new: some Collection<Message>) {
    guard !new.isEmpty else { return }
    let wasEmpty = messages.withLock { queue in
      defer { queue.append(contentsOf: new) }
      return queue.isEmpty
    }
    if wasEmpty { _ = relay_eventfd_ring(wakeup) }
  }

  /// Moves every waiting message into `batch`, which must be empty; capacity is kept on both sides.
  package func take(into batch: inout [Message]) {
    precondition(batch.isEmpty, "the last batch was not consumed")
    _ = relay_eventfd_clear(wakeup)
    messages.withLock { swap(&$0, &batch) }
  }
}

/// A process that cannot get one more descriptor at start cannot run.
func makeEventDescriptor() -> Int32 {
  let descriptor = relay_eventfd()
  precondition(descriptor >= 0, "no descriptor left for a wake-up; raise LimitNOFILE")
  return descriptor
}
