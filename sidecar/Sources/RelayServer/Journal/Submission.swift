internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A verified delivery on its way to the journal thread.
struct EventSubmission: Sendable {
  let draft: EventDraft
  let keys: EventKeys
  let policy: AdmissionPolicy
  let counters: SourceCounters
  /// The idempotency key of the event when it turns out to be a conflict.
  let conflictKey: IdempotencyKey?
  let connection: ConnectionID
  let loop: Int
  /// What counts against the bytes in flight.
  let bytes: Int
}

/// A change of the durable state map, and whom to tell when it is durable.
struct StateSubmission: Sendable {
  let key: String
  let value: [UInt8]?
  let connection: ConnectionID
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

  let connection: ConnectionID
  let outcome: Outcome
}

/// What the journal thread tells the API loop.
enum APINotice: Sendable {
  /// A state change is durable (or, when `isDurable` is false, will never be).
  case state(ConnectionID, isDurable: Bool)
  /// New events are readable.
  case advanced
}
