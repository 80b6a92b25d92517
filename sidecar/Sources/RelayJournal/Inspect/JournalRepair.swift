internal import RelaySystem

/// Sets right what a crash or damage left behind, without a sidecar.
///
/// It does what a start does, and closes the journal again: nothing that can be read is changed,
/// no sequence is given out twice, and what is cut off is copied to `quarantine/` first.
package enum JournalRepair {
  /// How far it may go.
  package enum Extent: Sendable {
    /// Ends a log after its last whole batch, where a write was never acknowledged.
    case tail
    /// Goes on behind damage too: what is lost becomes a gap for readers.
    case acceptingLoss
  }

  package struct Report: Sendable {
    /// What was found and done.
    package let lines: [String]
    /// What readers will see as gaps.
    package let gaps: [LogGap]
    /// What the journal goes on without, now and from before.
    package let losses: [AcceptedLoss]
    package let durableSequence: UInt64
  }

  /// Repairs a journal that nobody has open.
  ///
  /// - Throws: `.damaged`, before anything is changed, where more than the tail would have to go;
  ///   `.locked` where a process has it open.
  package static func run(
    directory given: String,
    extent: Extent,
    storage: any Storage = FileStorage(),
    lastSpokenOf: @escaping JournalOptions.LastSpokenOf = { _ in 0 }
  ) throws(JournalError) -> Report {
    let inspector = try JournalInspector(
      directory: given,
      storage: storage,
      lastSpokenOf: lastSpokenOf
    )
    guard !inspector.isInUse else { throw .locked(path: inspector.directory + "/LOCK") }
    let found = try inspector.verify()
    if extent == .tail, let problem = found.problems.first(where: { !$0.isEpoch }) {
      throw .damaged(segment: problem.segment, offset: problem.offset, reason: problem.reason)
    }
    let journal = try Journal.open(
      JournalOptions(
        directory: inspector.directory,
        segmentBytes: found.segmentBytes.events,
        stateSegmentBytes: found.segmentBytes.state,
        reserveBytes: 0,
        preparesSegments: false,
        trustsIndexes: false,
        takesStrangers: extent == .acceptingLoss,
        lastSpokenOf: lastSpokenOf
      ),
      storage: storage
    )
    if journal.room == .full { throw .full(reason: "the next segment has to be made first") }
    let report = Report(
      lines: journal.recovery.lines,
      gaps: journal.recovery.gaps,
      losses: journal.losses.all,
      durableSequence: journal.durableSequence
    )
    try journal.close()
    return report
  }
}

extension LogProblem {
  /// One slot of EPOCH is lost in a crash while it is written: the other counts, and the next start
  /// writes both.
  fileprivate var isEpoch: Bool { segment.hasPrefix("EPOCH.") }
}
