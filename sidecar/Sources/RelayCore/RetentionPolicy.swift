/// Decides which of the oldest segments are removed (journal §6.13).
package struct RetentionPolicy: Equatable, Sendable {
  /// How long an event is kept at least, in elapsed time.
  package let age: Duration
  /// What all segments together may take; the one that is written to is kept whatever it takes.
  package let bytes: Int64

  package init(age: Duration, bytes: Int64) {
    precondition(age > .zero && bytes > 0, "a policy that keeps nothing is a mistake")
    self.age = age
    self.bytes = bytes
  }

  /// A segment that nothing is written to any more.
  package struct Segment: Equatable, Sendable {
    package let bytes: Int64
    /// How long ago its last event was written, in elapsed time.
    package let age: Duration
    /// Something is still needed that only this segment has.
    package let isPinned: Bool

    package init(bytes: Int64, age: Duration, isPinned: Bool = false) {
      self.bytes = bytes
      self.age = age
      self.isPinned = isPinned
    }
  }

  /// What is to be removed, and why.
  package struct Decision: Equatable, Sendable {
    /// Because everything in them is old enough.
    package var expired = 0
    /// Because there is no more room.
    package var displaced = 0
    /// Whether more would be removed if nothing were pinned.
    package var isHeldBack = false
    /// Whether there is more than may be, and nothing of it can be removed.
    package var isOverfull = false

    package var count: Int { expired + displaced }

    package init(
      expired: Int = 0,
      displaced: Int = 0,
      isHeldBack: Bool = false,
      isOverfull: Bool = false
    ) {
      self.expired = expired
      self.displaced = displaced
      self.isHeldBack = isHeldBack
      self.isOverfull = isOverfull
    }
  }

  /// Returns how many of the segments, oldest first, are removed.
  ///
  /// `otherBytes` is what cannot be removed: the newest segment, spares, state.
  package func decide(_ segments: [Segment], otherBytes: Int64) -> Decision {
    var decision = Decision()
    var total = segments.reduce(otherBytes) { $0 + $1.bytes }
    for segment in segments {
      let isExpired = segment.age >= age
      guard isExpired || total > bytes else { break }
      guard !segment.isPinned else {
        decision.isHeldBack = true
        decision.isOverfull = total > bytes
        break
      }
      if isExpired { decision.expired += 1 } else { decision.displaced += 1 }
      total -= segment.bytes
    }
    return decision
  }
}
