/// Removing the oldest events (journal §6.13).
extension Journal {
  /// A segment that nothing is written to any more.
  package struct SealedSegment: Equatable, Sendable {
    /// Never given to another.
    package let id: UInt64
    /// What it takes on the disk, as far as it is known without asking.
    package let bytes: Int64
    package let lastSequence: UInt64
  }

  /// The segments that could be removed, oldest first; never the one that is written to.
  package var sealedSegments: [SealedSegment] {
    events.catalog.segments.dropLast().map { segment in
      SealedSegment(
        id: segment.header.segmentID,
        bytes: segment.header.capacity,
        lastSequence: segment.endOffset - 1
      )
    }
  }

  /// How many those are.
  package var sealedCount: Int { max(0, events.catalog.segments.count - 1) }

  /// What the log takes beside them: the newest segment and the one that is kept ready.
  package var otherSegmentBytes: Int64 {
    let active = events.catalog.segments.last?.header.capacity ?? 0
    return active + (events.hasSpare ? events.segmentBytes : 0)
  }

  /// Removes the oldest segments for good.
  ///
  /// First it becomes durable that the log begins behind them; then nobody reads them any more;
  /// then the files go. A crash anywhere between leaves files that the next start removes.
  package func retire(_ count: Int) throws(JournalError) {
    let segments = events.catalog.segments
    precondition(count > 0 && count < segments.count, "the newest segment is never removed")
    let start = segments[count].header.baseOffset
    try stageState(key: JournalStart.key, value: JournalStart.encode(start))
    for key in forgetLosses(before: start) { try stageState(key: key, value: nil) }
    try commit()
    events.catalog.retire(count)
    events.remove(segments[..<count].map(\.path))
  }
}
