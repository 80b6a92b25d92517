internal import RelayCore
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Between the poller's thread and the others: its mailbox, and what they look at.
final class PollLink: Sendable {
  let inbox = Mailbox<OutboundMessage<PollMessage>>()
  /// The polled sources, in the order of the configuration; everybody names them by their place.
  let names: [String]
  let boards: [PollBoard]

  init(names: [String]) {
    self.names = names
    boards = names.map { _ in PollBoard() }
  }

  func index(of name: String) -> Int? { names.firstIndex(of: name) }
}

/// What is known of one polled source, for whoever asks.
final class PollBoard: Sendable {
  struct Standing: Sendable {
    var state = StallState.State.healthy
    var reason = StallState.Reason.none
    var isBlind = false
    var isWalking = false
    var isBudgetLimited = false
    var budgetRemaining = 0
    var lastPush: Timestamp?
    var lastPoll: Timestamp?
    var watermark: Timestamp?
    var isUnfinished = false
    var lastReport: WalkReport?
    /// When the next walk is due at the latest.
    var nextPoll: Timestamp?
    /// How long pushes take; nil while that is not known.
    var pushLag: Duration?
    /// What is older and was not pushed is evidence.
    var grace = Duration.zero
  }

  private let standing = Mutex(Standing())
  private let tally = Mutex(PollTally())
  /// Walks by how they ended; the words are a fixed set.
  private let endings = Mutex<[String: UInt64]>([:])
  let requests = Atomic<UInt64>(0)

  init() {}

  func publish(_ new: Standing) { standing.withLock { $0 = new } }

  func publish(_ new: PollTally) { tally.withLock { $0 = new } }

  func count(_ ending: String) { endings.withLock { $0[ending, default: 0] += 1 } }

  var now: Standing { standing.withLock { $0 } }

  var counted: PollTally { tally.withLock { $0 } }

  var walks: [(ending: String, count: UInt64)] {
    endings.withLock { $0 }.sorted { $0.key < $1.key }.map { (ending: $0.key, count: $0.value) }
  }
}
