internal import RelaySystem

/// Opens a log after any kind of end: decides by the table in TailDecision.swift, and leaves
/// behind a log that can be appended to.
///
/// It can be interrupted anywhere and run again with the same result.
struct LogRecovery {
  let storage: any Storage
  let settings: SegmentedLog.Settings
  let quarantine: String
  /// The folder of the journal's other log.
  let sibling: String
  let refusesDamage: Bool
  /// Goes on where no segment is of this journal, and keeps them aside.
  let takesStrangers: Bool
  /// Nothing may be written whatever is found.
  let isReadOnly: Bool
  /// Damage that is known and that the journal goes on without.
  let accepted: AcceptedLosses
  /// How indexes spare the reading of sealed segments; nil reads them all.
  let indexes: LogScan.IndexUse?
  /// Where the first segment must begin; nil where older ones are removed on purpose.
  let firstOffset: UInt64?
  /// Shortens a recovered tail to its data; not where its file is used again as it is.
  let shortensTail: Bool
  let spares: SpareMaker

  struct Opened {
    let log: SegmentedLog
    let isFresh: Bool
    let lines: [String]
    let gaps: [LogGap]
    /// Damage that nobody has accepted before.
    let losses: [LogProblem]
    /// Sealed segments without an index.
    let unindexed: Set<UInt64>
  }

  func open(
    proven: Epoch.LogEnd,
    visit: @escaping LogScan.Visitor
  ) throws(JournalError) -> Opened {
    let scan = try scan(proven, visit)
    var lines = scan.problems.map { problem in
      "damage in \(problem.segment) at byte \(problem.offset)"
        + (problem.sequence.map { ", from sequence \($0)" } ?? "") + ": \(problem.reason)"
    }
    let catalog = LogCatalog(firstOffset: firstOffset)
    let log: SegmentedLog
    if isLeftAlone(scan, proven) {
      log = leaveAlone(scan, proven, catalog)
    } else {
      log = try continueLog(scan, proven, catalog, &lines)
      try tidy(scan)
    }
    return Opened(
      log: log,
      isFresh: scan.segments.isEmpty,
      lines: lines,
      gaps: gaps(scan, log.catalog.segments),
      losses: scan.problems.filter { !accepted.covers($0) },
      unindexed: unindexed(scan)
    )
  }

  /// Damaged segments have no index, so that each start finds the damage again.
  private func unindexed(_ scan: LogScan) -> Set<UInt64> {
    let damaged = Set(scan.problems.map { "\(settings.directory)/\($0.segment)" })
    let whole = scan.segments.filter { !damaged.contains($0.path) }
    return scan.unindexed.intersection(whole.map(\.header.segmentID))
  }

  /// Whether nothing may be written: there is damage that nobody has accepted yet.
  private func isLeftAlone(_ scan: LogScan, _ proven: Epoch.LogEnd) -> Bool {
    guard refusesDamage else { return isReadOnly }
    let isGone = scan.segments.isEmpty && scan.provenOffset > 1
    return isReadOnly || isGone || scan.problems.contains { !accepted.covers($0) }
  }

  /// What can be read is read; nothing is written, moved or removed.
  private func leaveAlone(
    _ scan: LogScan,
    _ proven: Epoch.LogEnd,
    _ catalog: LogCatalog
  ) -> SegmentedLog {
    let end = scan.end ?? BatchExpectation(proven.reaching(scan.provenOffset - 1))
    catalog.replace(scan.segments, durable: end.firstOffset - 1)
    return makeLog(catalog, .never(end), scan)
  }

  private func scan(
    _ proven: Epoch.LogEnd,
    _ visit: @escaping LogScan.Visitor
  ) throws(JournalError) -> LogScan {
    let request = LogScan.Request(
      directory: settings.directory,
      uuid: settings.uuid,
      proven: proven,
      firstOffset: firstOffset,
      synchronizesTail: true,
      indexes: indexes
    )
    let scan = try ioChecked { () throws(SystemError) in
      try LogScan.run(storage, request, visit: visit)
    }
    if let version = scan.laterVersion { throw .wrongVersion(found: version) }
    if let stranger = scan.stranger, !takesStrangers, try !siblingIsOurs() {
      throw .foreignFormat(
        segments: settings.directory,
        id: JournalIdentity.words(stranger),
        format: JournalIdentity.words(settings.uuid)
      )
    }
    return scan
  }

  /// Whether the other log knows the journal that FORMAT names: then the strangers were put here.
  private func siblingIsOurs() throws(JournalError) -> Bool {
    try ioChecked { () throws(SystemError) in
      for name in try storage.list(sibling) where SegmentName.isSegment(name) {
        let block = try storage.openForReading("\(sibling)/\(name)")
          .read(Layout.segmentHeaderBytes, at: 0)
        if SegmentHeader(decoding: block)?.journalUUID == settings.uuid { return true }
      }
      return false
    }
  }

  private func continueLog(
    _ scan: LogScan,
    _ proven: Epoch.LogEnd,
    _ catalog: LogCatalog,
    _ lines: inout [String]
  ) throws(JournalError) -> SegmentedLog {
    guard let last = scan.segments.last, let end = scan.end, let facts = scan.tail else {
      return try openFirst(scan, proven, catalog, &lines)
    }
    catalog.replace(scan.segments, durable: end.firstOffset - 1)
    switch TailDecision.decide(facts) {
    case .appendHere:
      return makeLog(catalog, .append(try open(last.path), last, end), scan)
    case .openNext:
      if facts.next == .unreadable {
        lines.append("a write that was never acknowledged ends the log at \(end.firstOffset - 1)")
      }
      return try openNext(after: last, end, .recoveredTail, catalog, scan)
    case .damaged:
      if let range = scan.damagedRange { lines.append(try keepAside(last, range)) }
      return try openNext(after: last, end, .lossAccepted, catalog, scan)
    }
  }

  /// A log without segments: new, or all of them are gone.
  private func openFirst(
    _ scan: LogScan,
    _ proven: Epoch.LogEnd,
    _ catalog: LogCatalog,
    _ lines: inout [String]
  ) throws(JournalError) -> SegmentedLog {
    if scan.provenOffset > 1 {
      lines.append("events 1 to \(scan.provenOffset - 1) had been durable, and no segment is left")
    }
    let base = max(scan.provenOffset, scan.floor.offset)
    let upcoming = SegmentedLog.Upcoming(
      id: scan.floor.segmentID + 1,
      baseOffset: base,
      baseBatchSequence: proven.durableSequence + scan.floor.sequence,
      predecessor: nil
    )
    catalog.replace([], durable: base - 1)
    let log = makeLog(catalog, .open(upcoming), scan)
    try log.openWanted()
    return log
  }

  /// Ends the recovered tail where its last good batch ends: the new segment's header says so, and
  /// is durable before anything is read from the tail.
  private func openNext(
    after last: SegmentEntry,
    _ end: BatchExpectation,
    _ reason: SegmentHeader.CloseReason,
    _ catalog: LogCatalog,
    _ scan: LogScan
  ) throws(JournalError) -> SegmentedLog {
    // Beyond what a lost segment may have given out.
    let isBehindLost = scan.floor.segmentID > last.header.segmentID
    let base = isBehindLost ? max(end.firstOffset, scan.floor.offset) : end.firstOffset
    let sequence = isBehindLost ? end.sequence + scan.floor.sequence : end.sequence
    let isEmpty = last.sparse.isEmpty && reason == .recoveredTail
    let upcoming = SegmentedLog.Upcoming(
      id: max(last.header.segmentID, scan.floor.segmentID) + 1,
      baseOffset: base,
      baseBatchSequence: sequence,
      predecessor: predecessor(last, end, reason, isEmpty: isEmpty)
    )
    var segments = catalog.segments
    // Passed over by the new one, so that crashes in a row do not eat space.
    if isEmpty { segments.removeLast() }
    catalog.replace(segments, durable: base - 1)
    let log = makeLog(catalog, .open(upcoming), scan)
    try log.openWanted()
    // Without room for it the old end stays as it is, and the next start finds it again.
    guard log.isWhole else { return log }
    if isEmpty {
      try remove(last.path)
    } else if shortensTail {
      try release(last)
    }
    return log
  }

  private func predecessor(
    _ last: SegmentEntry,
    _ end: BatchExpectation,
    _ reason: SegmentHeader.CloseReason,
    isEmpty: Bool
  ) -> SegmentHeader.Predecessor? {
    guard isEmpty else {
      return SegmentHeader.Predecessor(
        segmentID: last.header.segmentID,
        lastBatchSequence: end.sequence - 1,
        lastHeaderCRC: end.previousHeaderCRC,
        closeReason: reason,
        dataEnd: end.position
      )
    }
    guard last.header.previousSegmentID != 0 else { return nil }
    return SegmentHeader.Predecessor(
      segmentID: last.header.previousSegmentID,
      lastBatchSequence: last.header.previousLastBatchSequence,
      lastHeaderCRC: last.header.previousLastHeaderCRC,
      closeReason: last.header.previousCloseReason,
      dataEnd: last.header.previousDataEnd
    )
  }

  private func makeLog(
    _ catalog: LogCatalog,
    _ continuation: SegmentedLog.Continuation,
    _ scan: LogScan
  ) -> SegmentedLog {
    SegmentedLog(
      storage,
      settings,
      spares: spares,
      catalog: catalog,
      continuation: continuation,
      lastCloseMicroseconds: scan.lastCloseMicroseconds
    )
  }

  private func gaps(_ scan: LogScan, _ segments: [SegmentEntry]) -> [LogGap] {
    var gaps = scan.gaps
    var wanted = firstOffset
    for segment in segments {
      let base = segment.header.baseOffset
      if let wanted, wanted < base {
        gaps.append(LogGap(from: wanted, to: base - 1, reason: "damaged"))
      }
      wanted = segment.endOffset
    }
    return gaps.sorted { $0.from < $1.from }
  }

  // MARK: Files

  private func open(_ path: String) throws(JournalError) -> any StorageFile {
    do throws(SystemError) { return try storage.open(path) } catch { throw .io(error) }
  }

  private func remove(_ path: String) throws(JournalError) {
    do throws(SystemError) {
      try storage.remove(path)
      try storage.synchronizeDirectory(settings.directory)
    } catch { throw .io(error) }
  }

  /// Gives back what a sealed tail does not need; the successor's header is durable by now.
  private func release(_ last: SegmentEntry) throws(JournalError) {
    let file = try open(last.path)
    do throws(SystemError) { try file.truncate(last.dataEnd) } catch { throw .io(error) }
  }

  /// Copies the damaged range of a tail away before anything of it can be lost.
  ///
  /// Returns a line.
  ///
  /// Done again after a crash, it writes the same bytes to the same place.
  private func keepAside(
    _ last: SegmentEntry,
    _ range: Range<Int64>
  ) throws(JournalError) -> String {
    let name = last.path.split(separator: "/").last.map(String.init) ?? "segment"
    let path = "\(quarantine)/\(name)-at-\(range.lowerBound)"
    do throws(SystemError) {
      try storage.createDirectory(quarantine)
      let source = try storage.openForReading(last.path)
      let copy = try storage.open(path)
      var at = range.lowerBound
      while at < range.upperBound {
        let bytes = try source.read(Int(min(1 << 20, range.upperBound - at)), at: at)
        if bytes.isEmpty { break }
        try copy.write(bytes.span, at: at - range.lowerBound)
        at += Int64(bytes.count)
      }
      try copy.synchronize()
      try storage.synchronizeDirectory(quarantine)
    } catch { throw .io(error) }
    return "the damaged bytes were copied to \(path)"
  }

  /// Removes what an interrupted start or roll left behind, and moves unreadable files aside.
  private func tidy(_ scan: LogScan) throws(JournalError) {
    do throws(SystemError) {
      for name in scan.retired {
        // Oldest first, one by one: a power cut must not leave a hole between two that remain.
        try storage.remove("\(settings.directory)/\(name)")
        try storage.synchronizeDirectory(settings.directory)
      }
      for name in scan.orphans { try storage.remove("\(settings.directory)/\(name)") }
      for name in scan.abandoned { try storage.remove("\(settings.directory)/\(name)") }
      if !scan.unreadable.isEmpty { try storage.createDirectory(quarantine) }
      for name in scan.unreadable {
        try storage.rename("\(settings.directory)/\(name)", to: "\(quarantine)/\(name)")
      }
      guard !scan.abandoned.isEmpty || !scan.unreadable.isEmpty else { return }
      if !scan.unreadable.isEmpty { try storage.synchronizeDirectory(quarantine) }
      try storage.synchronizeDirectory(settings.directory)
    } catch { throw .io(error) }
  }
}
