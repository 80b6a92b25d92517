internal import RelaySystem

/// The steps of an opening, in order (journal §6.8): lock, whose journal, who wrote last, events,
/// state.
struct JournalOpening {
  struct Opened {
    let files: JournalFiles
    let identity: JournalIdentity
    let epoch: Epoch
    let report: RecoveryReport
    let keys: KeyIndex
    let state: [String: [UInt8]]
    let events: SegmentedLog
    let stateLog: StateLog
    let makers: [SpareThread]
    let lastReceivedMicroseconds: Int64
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
    let replay = Replay(windowSeconds: options.keyWindowSeconds)
    // The state first: it says where the events begin.
    let stateSpares = try makeSpares(files.stateDirectory, options.stateSegmentBytes)
    let state = try recovery(
      identity,
      files.stateDirectory,
      options.stateSegmentBytes,
      stateSpares,
      first: nil
    ).open(proven: before.state) { bytes, start, header in replay.state(bytes, start, header) }
    let first = JournalStart.decode(replay.state[JournalStart.key])
    let spares = try makeSpares(files.logDirectory, options.segmentBytes)
    let events = try recovery(
      identity,
      files.logDirectory,
      options.segmentBytes,
      spares,
      first: first
    ).open(proven: before.events) { bytes, start, header in replay.event(bytes, start, header) }
    let stateLog = StateLog(storage, directory: files.stateDirectory, state.log)
    if state.log.catalog.segments.count > 1 { try stateLog.snapshot(replay.state) }
    let makers = options.preparesSegments ? [try start(spares), try start(stateSpares)] : []
    return Opened(
      files: files,
      identity: identity,
      epoch: files.epoch,
      report: report(before, events, state),
      keys: replay.keys,
      state: replay.state,
      events: events.log,
      stateLog: stateLog,
      makers: makers,
      lastReceivedMicroseconds: replay.lastReceivedMicroseconds
    )
  }

  private func recovery(
    _ identity: JournalIdentity,
    _ directory: String,
    _ segmentBytes: Int64,
    _ spares: SpareMaker,
    first: UInt64?
  ) -> LogRecovery {
    LogRecovery(
      storage: storage,
      settings: SegmentedLog.Settings(
        directory: directory,
        uuid: identity.uuid,
        epoch: files.epoch.epoch,
        segmentBytes: segmentBytes
      ),
      quarantine: files.quarantineDirectory,
      refusesDamage: options.onDamage == .refuse,
      firstOffset: first,
      spares: spares
    )
  }

  private func makeSpares(
    _ directory: String,
    _ bytes: Int64
  ) throws(JournalError) -> SpareMaker {
    let spares = SpareMaker(
      storage,
      directory: directory,
      bytes: bytes,
      reserveBytes: options.reserveBytes,
      epoch: files.epoch.epoch,
      recycles: options.recycles
    )
    do throws(SystemError) {
      try storage.createDirectory(directory)
      try spares.adopt()
    } catch { throw .io(error) }
    return spares
  }

  private func start(_ spares: SpareMaker) throws(JournalError) -> SpareThread {
    do throws(SystemError) { return try SpareThread(spares) } catch { throw .io(error) }
  }

  private func report(
    _ before: Epoch,
    _ events: LogRecovery.Opened,
    _ state: LogRecovery.Opened
  ) -> RecoveryReport {
    var lines = events.lines + state.lines.map { "state: \($0)" }
    if !events.isFresh {
      let end = events.log.nextOffset - 1
      lines.append(
        before.isClean
          ? "opened after a clean close, last sequence \(end)"
          : "recovered after a crash, last sequence \(end)"
      )
    }
    return RecoveryReport(lines: lines, gaps: events.gaps)
  }
}

/// Gathers what the logs say while they are scanned.
private final class Replay {
  let keys = KeyIndex()
  private let windowSeconds: UInt32
  private var lastPurge: UInt32 = 0
  private(set) var state: [String: [UInt8]] = [:]
  private(set) var lastReceivedMicroseconds: Int64 = 0

  func event(_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) {
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, header.receivedMicroseconds)
    let seconds = UInt32(clamping: header.receivedMicroseconds / 1_000_000)
    let new = EventCodec.keys(bytes, at: start, header)
    if !keys.hasRoom(for: new.count) { makeRoom(at: seconds) }
    for key in new where keys.hasRoom(for: 1) {
      keys.insert(key, sequence: header.offset, seconds: seconds)
    }
  }

  init(windowSeconds: UInt32) { self.windowSeconds = windowSeconds }

  /// Forgets what left the window, oldest first; looking through everything takes a while, so it
  /// is done once for each minute of the log's time at most.
  private func makeRoom(at seconds: UInt32) {
    guard seconds >= lastPurge, seconds - lastPurge >= 60 else { return }
    lastPurge = seconds
    keys.removeAll(before: seconds - min(seconds, windowSeconds))
  }

  func state(_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) {
    StateCodec.apply(bytes, at: start, header, to: &state)
  }
}
