internal import RelayCore
internal import RelayJournal

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
