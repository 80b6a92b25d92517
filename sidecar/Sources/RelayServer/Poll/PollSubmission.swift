internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// What the poller asks the journal's thread for.
struct PollSubmission: Sendable {
  struct Item: Sendable {
    let draft: EventDraft
    let keys: PolledKeys
    /// It happened since this source is polled: without polling it would be lost.
    let isOurs: Bool
    /// What is recorded when it fits no record.
    let hole: GapRecord
  }

  struct Batch: Sendable {
    let items: [Item]
    /// The checkpoint: staged behind the events, in the same batch.
    let state: [(key: String, value: [UInt8]?)]
    let gaps: [GapRecord]
  }

  enum Content: Sendable {
    case batch(Batch)
    case look([(id: String, keys: PolledKeys)])
    case state(key: String, value: [UInt8]?)
  }

  /// The place of the source among those that are polled.
  let source: Int
  /// Names the walk: answers to one that was given up are for nobody.
  let walk: UInt64
  let policy: AdmissionPolicy
  let counters: SourceCounters
  let content: Content
}

/// What other threads tell the poller.
enum PollMessage: Sendable {
  case pushes(source: Int, new: Int, late: [UInt64])
  case known(source: Int, walk: UInt64, Set<String>)
  case stored(source: Int, walk: UInt64, [PollOutcome])
  case notStored(source: Int, walk: UInt64)
  /// A program has printed a token, or has not.
  case token(source: Int, PollToken?)
  case poll(source: Int)
  case pause(source: Int, Bool)
}

/// A token and when it is to be replaced, in monotonic nanoseconds.
struct PollToken: Sendable {
  let value: String
  let expiresAt: Int64
}
