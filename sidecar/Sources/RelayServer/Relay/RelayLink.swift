internal import RelayCore
internal import RelaySystem
internal import Synchronization

/// What other threads tell the relay.
enum RelayMessage: Sendable {
  /// New events are readable.
  case advanced
  /// Changes are durable; or, when not, the journal has no room for them now.
  case saved(ticket: UInt64, isDurable: Bool)
  /// Something that the API was asked.
  case request(RelayCall)
  /// What became of the erasing of a body.
  case erased(UInt64, ErasureOutcome)
  /// By source, the scheme that its provider calls, after a reload.
  case schemes([String: String], ReloadReceipt)
  /// The API's thread has ended: nothing more is asked.
  case callsEnded
}

/// Between the relay's thread and the others: its mailbox, and what they look at.
final class RelayLink: Sendable {
  let inbox = Mailbox<OutboundMessage<RelayMessage>>()
  let tail = TailWatch()
  /// The lowest sequence that the relay still needs; all ones: none; 0: it has not said yet.
  ///
  /// It only counts what is durable, so that a crash finds what it needs.
  let lowestNeeded = Atomic<UInt64>(0)

  init() {}

  /// Said by the journal's thread after a commit with new events.
  func announceEvents() {
    if tail.shouldAnnounce() { inbox.post(.owner(.advanced)) }
  }
}

/// Changes on their way to the journal's thread, as one batch.
struct RelayChanges: Sendable {
  let ticket: UInt64
  let changes: [StateChange]
}
