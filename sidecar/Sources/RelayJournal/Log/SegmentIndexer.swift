internal import RelaySystem
internal import Synchronization

/// Makes the indexes of sealed segments and reads all of them again now and then, so that damage is
/// found while there is still another copy somewhere: all in the background.
final class SegmentIndexer: Sendable {
  /// Between two passes over the whole log: media rot in months.
  private static let passMilliseconds: Int32 = 24 * 3600 * 1000
  /// A start has better things to do than a pass.
  private static let firstPassMilliseconds: Int32 = 10 * 60 * 1000

  /// Readings of one segment in which bodies are erased meanwhile: what one finds proves nothing.
  ///
  /// Erasing thousands of them takes longer, and there are other segments to look at.
  private static let erasureReadingsMax = 8

  private struct State {
    /// Sealed segments without an index, and the headers behind them.
    var queue: [(SegmentEntry, SegmentHeader)] = []
    /// Segments that a reader found damaged: one look a process is enough.
    var suspected: Set<UInt64> = []
    var damage: [LogProblem] = []
    var report: (@Sendable ([LogProblem]) -> Void)?
    var hasThread = false
    var isStopping = false
  }

  private let storage: any Storage
  private let directory: String
  private let uuid: [UInt8]
  private let catalog: LogCatalog
  private let state = Mutex(State())
  private let gate = Gate()
  private let pace: ReadPace

  init(_ storage: any Storage, directory: String, uuid: [UInt8], catalog: LogCatalog) {
    self.storage = storage
    self.directory = directory
    self.uuid = uuid
    self.catalog = catalog
    pace = ReadPace()
  }

  // MARK: Asking for work

  /// Has the index of a segment made that was sealed just now.
  func add(_ entry: SegmentEntry, before next: SegmentHeader) {
    let hasThread = state.withLock { state in
      state.queue.append((entry, next))
      return state.hasThread
    }
    if hasThread { gate.ring() } else { makeIndexes() }
  }

  /// Has a segment read that a reader found a hole in, once.
  func suspect(_ segmentID: UInt64) {
    let segments = catalog.segments
    guard let index = segments.firstIndex(where: { $0.header.segmentID == segmentID }),
      index + 1 < segments.count,
      state.withLock({ $0.suspected.insert(segmentID).inserted })
    else { return }
    add(segments[index], before: segments[index + 1].header)
  }

  /// Hears of damage from now on, and of what was found before; on the indexer's thread.
  func reportDamage(to report: @escaping @Sendable ([LogProblem]) -> Void) {
    let found = state.withLock { state in
      state.report = report
      defer { state.damage = [] }
      return state.damage
    }
    if !found.isEmpty { report(found) }
  }

  func expectThread() { state.withLock { $0.hasThread = true } }

  /// Works until stopped; runs on a thread of its own.
  func run() {
    var wait = Self.firstPassMilliseconds
    while !isStopping {
      makeIndexes()
      if gate.wait(timeoutMilliseconds: wait) { continue }
      readAll()
      wait = Self.passMilliseconds
    }
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    pace.stop()
    gate.ring()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  // MARK: Working

  private func makeIndexes() {
    while !isStopping,
      let (entry, next) = state.withLock({ $0.queue.isEmpty ? nil : $0.queue.removeFirst() })
    {
      // Without an index the next start reads the segment: slower, and nothing else.
      try? makeIndex(entry, next)
    }
  }

  private func makeIndex(_ entry: SegmentEntry, _ next: SegmentHeader) throws(SystemError) {
    var gathered = SegmentKeys()
    let scan = try scan(entry, before: next, pace: nil) {
      gathered = SegmentKeys()
      return { [gathered] in gathered.add($0, $1, $2) }
    }
    guard let scan else {
      // Nobody knows yet: the next reader that finds a hole has it read again.
      state.withLock { _ = $0.suspected.remove(entry.header.segmentID) }
      return
    }
    guard scan.problems.isEmpty, let found = scan.segments.first else {
      return found(scan.problems, in: entry)
    }
    guard gathered.keys.count <= SegmentIndex.keysMax else { return }
    let keys = SegmentIndex.encode(gathered.keys)
    let index = SegmentIndex(
      uuid: uuid,
      segmentID: entry.header.segmentID,
      salt: entry.header.salt,
      dataEnd: found.dataEnd,
      endOffset: found.endOffset,
      batches: scan.batches,
      records: scan.records,
      lastCloseMicroseconds: scan.lastCloseMicroseconds,
      lastReceivedMicroseconds: gathered.lastReceivedMicroseconds,
      sparse: found.sparse,
      keyCount: gathered.keys.count,
      keysCRC: crc32c(keys.span)
    )
    try write(index.encode() + keys, SegmentIndex.path(ofSegment: entry.path))
  }

  /// Not synced: its checksums tell whether it is whole.
  private func write(_ bytes: [UInt8], _ path: String) throws(SystemError) {
    do throws(SystemError) {
      let file = try storage.open(path)
      try file.truncate(0)
      try file.write(bytes.span, at: 0)
    } catch {
      try? storage.remove(path)
      throw error
    }
  }

  /// One pass over everything that is sealed, slowly.
  private func readAll() {
    let segments = catalog.segments
    for (entry, next) in zip(segments, segments.dropFirst()) {
      guard !isStopping else { return }
      let scan = try? scan(entry, before: next.header, pace: pace) { { _, _, _ in } }
      if let scan { found(scan.problems, in: entry) }
      makeIndexes()
    }
  }

  /// Reads a segment; `begin` makes the visitor of each attempt.
  ///
  /// Nil where bodies were erased in it all the while.
  private func scan(
    _ entry: SegmentEntry,
    before next: SegmentHeader,
    pace: ReadPace?,
    begin: () -> LogScan.Visitor
  ) throws(SystemError) -> LogScan? {
    let id = entry.header.segmentID
    for _ in 0..<Self.erasureReadingsMax {
      let steps = catalog.erasureSteps(in: id)
      let scan = try LogScan.sealed(
        storage,
        directory: directory,
        entry,
        before: next,
        pace: pace,
        visit: begin()
      )
      // A body that is being erased is damage for a moment.
      guard !scan.problems.isEmpty, catalog.mayHaveMetErasure(in: id, since: steps), !isStopping
      else { return scan }
    }
    return nil
  }

  private func found(_ problems: [LogProblem], in entry: SegmentEntry) {
    // Removed, or used for another segment, while it was read.
    let isKept = catalog.segments.contains { $0.header.segmentID == entry.header.segmentID }
    guard isKept, !problems.isEmpty, !isStopping else { return }
    let report = state.withLock { state in
      if state.report == nil { state.damage += problems }
      return state.report
    }
    report?(problems)
  }
}

/// Gathers the keys of a segment while it is read.
private final class SegmentKeys {
  private(set) var keys: [SegmentIndex.Key] = []
  private(set) var lastReceivedMicroseconds: Int64 = 0

  func add(_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) {
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, header.receivedMicroseconds)
    guard keys.count <= SegmentIndex.keysMax else { return }
    let seconds = UInt32(clamping: header.receivedMicroseconds / 1_000_000)
    for key in EventCodec.keys(bytes, at: start, header) {
      keys.append(SegmentIndex.Key(key: key, sequence: header.offset, seconds: seconds))
    }
  }
}
