package import WebhookReceiver

/// How far a source has been read by polling: what a crash must not lose, and nothing else.
///
/// Only polling moves it (rule R2). It becomes durable with the events of its page or after them,
/// never before (rule R1).
package struct Checkpoint: Equatable, Sendable {
  /// Where a reader stands, for the lists that have such a thing.
  package enum Cursor: Hashable, Sendable {
    case id(String)
    case token(String)
    /// Path and query; the origin is always the plan's.
    case url(String)
  }

  /// A walk that has not arrived (rules R4, R5).
  package struct Resume: Equatable, Sendable {
    package var position: Position
    package var target: Timestamp?
    /// The newest that the walk has seen: its watermark, should it arrive.
    package var newest: Timestamp?
    package var held: Timestamp?
    package var anchors: [String]
    /// From the newest down; else from the checkpoint up.
    package var isDown: Bool
    /// Something unsettled was read on the way up: the cursor stays before it.
    package var isBlocked: Bool
    /// Walks that this one has taken so far.
    package var attempts: Int

    package init(
      position: Position,
      target: Timestamp?,
      newest: Timestamp?,
      held: Timestamp?,
      anchors: [String],
      isDown: Bool,
      isBlocked: Bool,
      attempts: Int
    ) {
      self.position = position
      self.target = target
      self.newest = newest
      self.held = held
      self.anchors = anchors
      self.isDown = isDown
      self.isBlocked = isBlocked
      self.attempts = attempts
    }
  }

  /// Everything up to it has been read, and nothing that is listed changes there any more.
  package var watermark: Timestamp?
  package var cursor: Cursor?
  /// What is older was there before we were, and is none of our business.
  package var floor: Timestamp?
  /// When this source began to be polled: what is older was never ours to be pushed.
  package var armed: Timestamp?
  /// As `floor`, where items have no time: what the first walk saw, as hashes.
  package var floorIDs: [UInt64] = []
  /// The newest items of the last complete walk, where items have no time.
  package var anchors: [String] = []
  package var resume: Resume?
  /// Of the first page, when the last walk read nothing else and was complete.
  package var etag: String?

  package init() {}

  /// Deleted items must not take all of them; each costs bytes in every write.
  static let anchorsMax = 8
  /// Two pages of the largest size that providers have.
  static let floorIDsMax = 512
}

/// Which page of a list.
package enum Position: Hashable, Sendable {
  case start
  /// The page that has the newest items, for lists that are read otherwise.
  case prime
  /// Path and query of a link; the origin is always the plan's.
  case url(String)
  /// The cursor of the plan's paging: a token, or an id.
  case cursor(String)
  /// An id that leads to older items.
  case older(String)
  case page(Int)
  case offset(Int)
  case window(from: Timestamp, to: Timestamp)
}

/// A hole in what the provider let us read: told to whoever consumes the source, and never closed
/// in silence (rules R10, R11).
package struct GapRecord: Equatable, Sendable {
  package enum Reason: String, CaseIterable, Sendable {
    /// The provider has forgotten where we were.
    case cursorExpired = "cursor_expired"
    /// We were away for longer than it keeps its list.
    case olderThanRetention = "older_than_retention"
    /// The checkpoint belonged to another plan, and had no time to go on from.
    case planChanged = "plan_changed"
    /// Events that no record of the journal can hold.
    case tooLarge = "too_large"
  }

  package var reason: Reason
  /// The provider's time; nil: not known.
  package var from: Timestamp?
  package var to: Timestamp?
  package var notedAt: Timestamp

  package init(reason: Reason, from: Timestamp?, to: Timestamp?, notedAt: Timestamp) {
    self.reason = reason
    self.from = from
    self.to = to
    self.notedAt = notedAt
  }
}
