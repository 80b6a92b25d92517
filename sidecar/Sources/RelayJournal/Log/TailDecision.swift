/// What is to be done with the end of a log.
///
/// Recovery is this table; nothing else decides.
///
///     label          what stands where the next batch would          proof of it   decision
///     @lostSegment   a later segment's file has no readable header    -             damage
///     @corrupt       anything                                         yes           damage
///     @clean         a CLEAN mark                                     none          append here
///     @marked        another mark                                     none          open next
///     @end           nothing of this life of the segment              none          open next
///     @torn          a batch, or blocks behind one, unreadable        none          open next
///
/// "Proof of it" is any evidence that a batch with that sequence had been durable:
/// `durableSequence` of a valid block anywhere in the segment, EPOCH, the index of a later segment,
/// or a position in the state.
///
/// @lostSegment: a segment gets its name after its header is durable, so this is damage. @corrupt:
/// the batch had been durable and is not there now, so this is damage and never a crash, whatever
/// else stands there. @clean: the journal was closed on purpose. @marked: a crash while idle. @end:
/// a crash between two batches, or one inside a write of which no header reached the disk. @torn: a
/// crash inside a write that was never acknowledged (journal §6.8). After anything but @clean the
/// segment is never appended to: what a torn write left can lie anywhere behind its end.
package enum TailDecision: Equatable, Sendable {
  case appendHere
  case openNext
  case damaged

  /// What recovery saw at the end of the last segment.
  package struct Facts: Equatable, Sendable {
    package enum Next: CaseIterable, Equatable, Sendable {
      case cleanMark
      case mark
      case nothing
      case unreadable
    }

    package let next: Next
    /// Whether evidence shows that the batch which would stand there had been durable.
    package let isProven: Bool
    /// Whether a file named like a later segment has no readable header.
    package let hasLostSegment: Bool

    package init(next: Next, isProven: Bool, hasLostSegment: Bool) {
      self.next = next
      self.isProven = isProven
      self.hasLostSegment = hasLostSegment
    }
  }

  package struct Row: Sendable {
    package let label: String
    package let matches: @Sendable (Facts) -> Bool
    package let decision: TailDecision
  }

  /// Exactly one row matches any facts.
  package static let table: [Row] = [
    Row(label: "@lostSegment", matches: { $0.hasLostSegment }, decision: .damaged),
    Row(label: "@corrupt", matches: { !$0.hasLostSegment && $0.isProven }, decision: .damaged),
    Row(label: "@clean", matches: { isCrash($0, .cleanMark) }, decision: .appendHere),
    Row(label: "@marked", matches: { isCrash($0, .mark) }, decision: .openNext),
    Row(label: "@end", matches: { isCrash($0, .nothing) }, decision: .openNext),
    Row(label: "@torn", matches: { isCrash($0, .unreadable) }, decision: .openNext),
  ]

  private static func isCrash(_ facts: Facts, _ next: Facts.Next) -> Bool {
    !facts.hasLostSegment && !facts.isProven && facts.next == next
  }

  package static func decide(_ facts: Facts) -> TailDecision {
    guard let row = table.first(where: { $0.matches(facts) }) else {
      preconditionFailure("the table does not cover \(facts)")
    }
    return row.decision
  }
}
