internal import RelayCore
internal import RelayJournal

/// Something that the API was asked and that only the relay's thread knows.
struct RelayCall: Sendable {
  enum Kind: Sendable {
    case destinations
    case destination(String)
    case pause(String)
    case resume(String)
    case deadLetters(DeadLetterQuery)
    case replayDeadLetter(String, ReplayIdentity)
    case deleteDeadLetter(String)
    /// The event without its body.
    case attempts(StoredEvent)
    case replayEvent(StoredEvent, ReplayIdentity, destination: String?)
    case erase(StoredEvent)
    case startReplay(ReplayJob.Filter, ReplayIdentity, isDryRun: Bool)
    case replays
    case replay(String)
  }

  let kind: Kind
  let connection: ConnectionID
}

/// Which dead letters, and where to go on.
struct DeadLetterQuery: Sendable, Equatable {
  var destination: String?
  /// The id of the last one of the page before.
  var after: String?
  var limit = Self.limitDefault

  static let limitDefault = 100
  static let limitMax = 1000
}

/// `EVENT~DESTINATION`: how a dead letter is named outside.
///
/// A tilde is in neither of them, and needs no encoding in a path.
struct DeadLetterID: Equatable {
  let event: String
  let destination: String

  init(event: String, destination: String) {
    self.event = event
    self.destination = destination
  }

  init?(_ text: String) {
    let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, DestinationPlan.isName(String(parts[1])) else { return nil }
    event = String(parts[0])
    destination = String(parts[1])
  }

  var text: String { event + "~" + destination }
}
