internal import RelaySystem

/// The steps of an opening, in order (journal §6.8): lock, whose journal, who wrote last, events,
/// state.
struct JournalOpening {
  struct Opened {
    let files: JournalFiles
    let erasures: ErasureFile
    let identity: JournalIdentity
    let epoch: Epoch
    let report: RecoveryReport
    let keys: KeyIndex
    let state: [String: [UInt8]]
    let events: SegmentedLog
    let stateLog: StateLog
    let makers: [SpareThread]
    let indexer: SegmentIndexer
    let indexerThread: IndexerThread?
    let lastReceivedMicroseconds: Int64
    /// What was known to be lost before, and what was found now.
    let accepted: AcceptedLosses
    let losses: [LogProblem]
    /// How far the logs were known to reach before.
    let proven: Epoch
    let refusesDamage: Bool
  }

  private let options: JournalOptions
  private let storage: any Storage
  private let files: JournalFiles

  init(_ options: JournalOptions, _ storage: any Storage) {
    for bytes in [options.segmentBytes, options.stateSegmentBytes] {
      precondition(
        bytes >= Layout.segmentBytesMin && bytes <= Layout.segmentBytesMax
          && bytes % Int64(Layout.blockBytes) == 0,
        "a segment is 64 KiB to 1 GiB, in whole blocks"
      )
    }
    self.options = options
    self.storage = storage
    files = JournalFiles(storage, directory: options.directory)
  }

  func open() throws(JournalError) -> Opened {
    try files.acquire()
    let identity = try files.identity()
    try files.readEpoch()
    let before = files.epoch
    try files.write(
      epoch: before.epoch + 1,
      events: before.events,
      state: before.state,
      isClean: false
    )
    // Before anything is judged by its bytes.
    let erasures = ErasureFile(files, uuid: identity.uuid)
    let erased = try erasures.recover()
    let replay = Replay()
    // The state first: it says where the events begin.
    let stateSpares = try makeSpares(
      files.stateDirectory,
      options.stateSegmentBytes,
      // No byte of an event is in the state, and a full disk must not keep a consumer from moving.
      recycles: true
    )
    let state = try stateRecovery(identity, stateSpares)
      .open(proven: before.state) { bytes, start, header in replay.state(bytes, start, header) }
    let first = JournalStart.decode(replay.state[JournalStart.key])
    let accepted = AcceptedLosses(replay.state)
    let keys = try openKeys(identity, first: first)
    replay.keys = keys
    let spares = try makeSpares(
      files.logDirectory,
      options.segmentBytes,
      recycles: options.recycles
    )
    let use = indexUse(replay, keys)
    let isReadOnly = state.log.isReadOnly
    let recovery = eventRecovery(identity, spares, first: first, accepted, use, isReadOnly)
    let events = try recovery.open(
      proven: before.events.reaching(options.lastSpokenOf(replay.state))
    ) { replay.event($0, $1, $2) }
    if let failure = replay.failure { throw failure }
    let end = events.log.nextOffset
    try keys.finish(first: events.log.catalog.firstBase ?? end, nextSequence: end)
    let indexer = indexer(identity, events)
    let stateLog = try stateLog(state, stateSpares, replay)
    let threads = try startThreads([spares, stateSpares], keys.index, indexer)
    addMissing(events, indexer)
    return Opened(
      files: files,
      erasures: erasures,
      identity: identity,
      epoch: files.epoch,
      report: report(before, events, state, [erased].compactMap(\.self) + keys.lines),
      keys: keys.index,
      state: replay.state,
      events: events.log,
      stateLog: stateLog,
      makers: threads.makers,
      indexer: indexer,
      indexerThread: threads.indexer,
      lastReceivedMicroseconds: replay.lastReceivedMicroseconds,
      accepted: accepted,
      losses: events.losses,
      proven: before,
      refusesDamage: options.onDamage == .refuse
    )
  }

  /// The state with one segment, and with the next one in hand.
  private func stateLog(
    _ state: LogRecovery.Opened,
    _ spares: SpareMaker,
    _ replay: Replay
  ) throws(JournalError) -> StateLog {
    let log = StateLog(storage, state.log)
    if state.log.isWhole, state.log.catalog.segments.count > 1 { try log.snapshot(replay.state) }
    // Before the first event: a disk that runs full must never keep a consumer from moving.
    if options.preparesSegments { spares.prepareNow() }
    return log
  }

  private func stateRecovery(
    _ identity: JournalIdentity,
    _ spares: SpareMaker
  ) -> LogRecovery {
    LogRecovery(
      storage: storage,
      settings: settings(identity, files.stateDirectory, options.stateSegmentBytes),
      quarantine: files.quarantineDirectory,
      sibling: files.logDirectory,
      refusesDamage: options.onDamage == .refuse,
      takesStrangers: options.takesStrangers,
      isReadOnly: false,
      accepted: AcceptedLosses(),
      indexes: nil,
      firstOffset: nil,
      // The snapshot hands the file on whole: on a full disk it is the next one.
      shortensTail: false,
      spares: spares
    )
  }

  private func eventRecovery(
    _ identity: JournalIdentity,
    _ spares: SpareMaker,
    first: UInt64,
    _ accepted: AcceptedLosses,
    _ indexes: LogScan.IndexUse?,
    _ isReadOnly: Bool
  ) -> LogRecovery {
    LogRecovery(
      storage: storage,
      settings: settings(identity, files.logDirectory, options.segmentBytes),
      quarantine: files.quarantineDirectory,
      sibling: files.stateDirectory,
      refusesDamage: options.onDamage == .refuse,
      takesStrangers: options.takesStrangers,
      isReadOnly: isReadOnly,
      accepted: accepted,
      indexes: indexes,
      firstOffset: first,
      shortensTail: true,
      spares: spares
    )
  }

  private func settings(
    _ identity: JournalIdentity,
    _ directory: String,
    _ segmentBytes: Int64
  ) -> SegmentedLog.Settings {
    SegmentedLog.Settings(
      directory: directory,
      uuid: identity.uuid,
      epoch: files.epoch.epoch,
      segmentBytes: segmentBytes
    )
  }

  private func openKeys(
    _ identity: JournalIdentity,
    first: UInt64
  ) throws(JournalError) -> KeyIndexOpening {
    try KeyIndexOpening(
      KeyIndex.Settings(
        storage: storage,
        directory: files.keysDirectory,
        uuid: identity.uuid,
        windowSeconds: options.keyWindowSeconds,
        keysPerRun: options.keysPerRun
      ),
      quarantine: files.quarantineDirectory,
      first: first
    )
  }

  private func makeSpares(
    _ directory: String,
    _ bytes: Int64,
    recycles: Bool
  ) throws(JournalError) -> SpareMaker {
    let spares = SpareMaker(
      storage,
      directory: directory,
      bytes: bytes,
      reserveBytes: options.reserveBytes,
      epoch: files.epoch.epoch,
      recycles: recycles
    )
    do throws(SystemError) {
      try storage.createDirectory(directory)
      try spares.adopt()
    } catch { throw .io(error) }
    return spares
  }

  /// On request to stop at damage every byte is read; otherwise indexes speak for what is sealed,
  /// and the indexer reads it later.
  private func indexUse(_ replay: Replay, _ keys: KeyIndexOpening) -> LogScan.IndexUse? {
    guard options.onDamage == .continue, options.trustsIndexes else { return nil }
    let covered = keys.coveredThrough
    return LogScan.IndexUse(wantsKeys: { $0 > covered }, visit: { replay.index($0, $1) })
  }

  private func indexer(
    _ identity: JournalIdentity,
    _ events: LogRecovery.Opened
  ) -> SegmentIndexer {
    let indexer = SegmentIndexer(
      storage,
      directory: files.logDirectory,
      uuid: identity.uuid,
      catalog: events.log.catalog
    )
    events.log.indexer = indexer
    return indexer
  }

  /// Has those made that are missing.
  private func addMissing(_ events: LogRecovery.Opened, _ indexer: SegmentIndexer) {
    let segments = events.log.catalog.segments
    for (entry, next) in zip(segments, segments.dropFirst())
    where events.unindexed.contains(entry.header.segmentID) {
      indexer.add(entry, before: next.header)
    }
  }

  private func startThreads(
    _ spares: [SpareMaker],
    _ keys: KeyIndex,
    _ indexer: SegmentIndexer
  ) throws(JournalError) -> (makers: [SpareThread], indexer: IndexerThread?) {
    guard options.preparesSegments else { return ([], nil) }
    try keys.startThread()
    do throws(SystemError) {
      var makers: [SpareThread] = []
      for maker in spares { makers.append(try SpareThread(maker)) }
      return (makers, try IndexerThread(indexer))
    } catch { throw .io(error) }
  }

  private func report(
    _ before: Epoch,
    _ events: LogRecovery.Opened,
    _ state: LogRecovery.Opened,
    _ keys: [String]
  ) -> RecoveryReport {
    var lines = events.lines + state.lines.map { "state: \($0)" } + keys
    if !events.isFresh {
      let end = events.log.nextOffset - 1
      lines.append(
        before.isClean
          ? "opened after a clean close, last sequence \(end)"
          : "recovered after a crash, last sequence \(end)"
      )
    }
    return RecoveryReport(
      lines: lines,
      gaps: events.gaps,
      stateDamage: state.isFresh && !events.isFresh
        ? [JournalInspector.stateIsGone]
        : state.losses.map { "state/\($0.segment) at byte \($0.offset): \($0.reason)" }
    )
  }
}

/// Gathers what the logs say while they are scanned.
private final class Replay {
  /// Set before the events are scanned.
  var keys: KeyIndexOpening?
  /// Why the keys of some event could not be taken; the scan itself goes on.
  private(set) var failure: JournalError?
  private(set) var state: [String: [UInt8]] = [:]
  private(set) var lastReceivedMicroseconds: Int64 = 0

  func event(_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) {
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, header.receivedMicroseconds)
    guard failure == nil else { return }
    do throws(JournalError) {
      try keys?.add(
        EventCodec.keys(bytes, at: start, header),
        sequence: header.offset,
        seconds: UInt32(clamping: header.receivedMicroseconds / 1_000_000)
      )
    } catch {
      failure = error
    }
  }

  func index(_ index: SegmentIndex, _ found: [SegmentIndex.Key]) {
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, index.lastReceivedMicroseconds)
    guard failure == nil else { return }
    var at = 0
    do throws(JournalError) {
      while at < found.count {
        let sequence = found[at].sequence
        let end = found[at...].firstIndex { $0.sequence != sequence } ?? found.count
        let event = found[at..<end].map(\.key)
        try keys?.add(event, sequence: sequence, seconds: found[at].seconds)
        at = end
      }
    } catch {
      failure = error
    }
  }

  func state(_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) {
    StateCodec.apply(bytes, at: start, header, to: &state)
  }
}
