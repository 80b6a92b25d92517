internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// What waits for the journal thread.
///
/// Bounded by the bytes in flight, which admission counts.
final class JournalInbox: Sendable {
  enum Message: Sendable {
    case event(EventSubmission)
    case state(StateSubmission)
    /// What a walk has read, or asks about.
    case polled(PollSubmission)
    /// What became of deliveries.
    case changes(RelayChanges)
    /// The sequence of an event whose body is to be erased.
    case erase(UInt64)
    /// Found in the background.
    case damage([LogProblem])
    /// The longest window of the sources that a reload has put in force.
    case window(UInt32, ReloadReceipt)
    case stop
  }

  private let messages = Mutex<[Message]>([])
  private let gate = Gate()

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    gate.ring()
  }

  /// Posts the deliveries of a turn at once: one lock and one wake-up for all of them.
  func post(contentsOf submissions: [EventSubmission]) {
    guard !submissions.isEmpty else { return }
    messages.withLock { queue in
      for submission in submissions { queue.append(.event(submission)) }
    }
    gate.ring()
  }

  /// Moves everything that waits into `batch`, which must be empty.
  func take(into batch: inout [Message]) {
    precondition(batch.isEmpty, "the last batch was not consumed")
    messages.withLock { swap(&$0, &batch) }
  }

  /// Returns false when the time ran out; nil waits without end.
  func wait(timeoutMilliseconds: Int32?) -> Bool {
    gate.wait(timeoutMilliseconds: timeoutMilliseconds)
  }
}
