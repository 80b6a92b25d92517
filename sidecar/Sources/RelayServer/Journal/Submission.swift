internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A verified delivery on its way to the journal thread and back.
///
/// An object, so that passing it on costs one count and not a copy of everything in it; and it goes
/// back with the answer, so that the thread that took its memory gives it back.
final class EventSubmission: Sendable {
  let draft: EventDraft
  let keys: EventKeys
  let runtime: SourceRuntime
  let connection: ConnectionID
  /// The ingress loop that waits for the answer; nil: the API does.
  let loop: Int?
  /// What counts against the bytes in flight.
  let bytes: Int
  /// Since when it waits for the journal, in monotonic nanoseconds; 0 where that is not timed.
  let verifiedAt: Int64

  var policy: AdmissionPolicy { runtime.policy }
  var counters: SourceCounters { runtime.counters }

  init(
    draft: EventDraft,
    keys: EventKeys,
    runtime: SourceRuntime,
    connection: ConnectionID,
    loop: Int?,
    bytes: Int,
    verifiedAt: Int64 = 0
  ) {
    self.draft = draft
    self.keys = keys
    self.runtime = runtime
    self.connection = connection
    self.loop = loop
    self.bytes = bytes
    self.verifiedAt = verifiedAt
  }

  /// The idempotency key of the event when it turns out to be a conflict; nil without an id.
  var conflictKey: IdempotencyKey? {
    draft.eventID.map {
      IdempotencyKey(
        conflictOf: String(decoding: $0, as: UTF8.self),
        source: draft.source,
        bodyDigest: draft.bodyDigest
      )
    }
  }
}

/// Changes of the durable state map, and whom to tell when all of them are durable.
///
/// They are written in this order: a crash leaves the first of them, or all.
struct StateSubmission: Sendable {
  enum Asker: Sendable {
    case connection(ConnectionID)
    case leases(ticket: UInt64)
    case nobody
  }

  let changes: [StateChange]
  let asker: Asker

  func notice(isDurable: Bool) -> APINotice? {
    switch asker {
    case .connection(let connection): .state(connection, isDurable: isDurable)
    case .leases(let ticket): .leases(ticket: ticket, isDurable: isDurable)
    case .nobody: nil
    }
  }
}

/// What the journal thread tells an ingress loop.
struct CommitNotice: Sendable {
  enum Outcome: Sendable {
    case stored(UInt64)
    case duplicate(of: UInt64)
    /// No room on disk, or in the key index.
    case full
    case recordTooLarge
    /// The disk failed; the process is about to end.
    case failed
  }

  let submission: EventSubmission
  let outcome: Outcome

  var connection: ConnectionID { submission.connection }
}

/// What the journal thread tells the API loop.
enum APINotice: Sendable {
  /// A state change is durable (or, when `isDurable` is false, will never be).
  case state(ConnectionID, isDurable: Bool)
  /// The same for changes of a lease consumer.
  case leases(ticket: UInt64, isDurable: Bool)
  /// What became of an event that was made by hand, or of a delivery from the quarantine.
  case event(CommitNotice)
  /// New events are readable.
  case advanced
  /// The relay's thread has answered.
  case relay(ConnectionID, Response)
  /// The quarantine's thread has answered.
  case quarantine(ConnectionID, Response)
  /// A reload.
  case settings(APISettings)
}
