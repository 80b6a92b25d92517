internal import RelaySystem

/// How a journal is opened.
package struct JournalOptions: Sendable {
  /// What happens when data that had been durable is unreadable at start.
  package enum OnDamage: Sendable {
    /// Keep the damage aside, show the gap to readers, go on.
    case `continue`
    /// Do not start.
    case refuse
  }

  package let directory: String
  package var segmentBytes: Int64
  package var stateSegmentBytes: Int64
  /// Kept free beside the journal.
  package var reserveBytes: Int64
  package var onDamage: OnDamage
  /// Keys older than this are of no use to anybody.
  package var keyWindowSeconds: UInt32
  /// Keys that are exact in memory before they become a run.
  package var keysPerRun: Int
  /// Makes the next segments' files, and the runs of the key index, in the background.
  ///
  /// Without it they are made when needed.
  package var preparesSegments: Bool
  /// Uses the files of removed segments again.
  ///
  /// Without it they are emptied step by step and unlinked: no byte of an event is left behind.
  package var recycles: Bool
  /// Takes the word of indexes for what is sealed, where damage does not stop it.
  ///
  /// Without it every byte is read at the start.
  package var trustsIndexes: Bool
  /// Keeps aside all segments where none is of the journal that FORMAT names, and begins anew.
  package var takesStrangers: Bool
  /// The last sequence that entries of the state speak of: nobody stands behind an event that was
  /// never durable, so what is missing up to there is damage and no crash.
  package var lastSpokenOf: LastSpokenOf

  package typealias LastSpokenOf = @Sendable ([String: [UInt8]]) -> UInt64

  package init(
    directory: String,
    segmentBytes: Int64 = 64 << 20,
    stateSegmentBytes: Int64 = 16 << 20,
    reserveBytes: Int64 = 64 << 20,
    onDamage: OnDamage = .continue,
    keyWindowSeconds: UInt32 = .max,
    keysPerRun: Int = KeyIndex.keysPerRun,
    preparesSegments: Bool = true,
    recycles: Bool = true,
    trustsIndexes: Bool = true,
    takesStrangers: Bool = false,
    lastSpokenOf: @escaping LastSpokenOf = { _ in 0 }
  ) {
    self.directory = directory
    self.segmentBytes = segmentBytes
    self.stateSegmentBytes = stateSegmentBytes
    self.reserveBytes = reserveBytes
    self.onDamage = onDamage
    self.keyWindowSeconds = keyWindowSeconds
    self.keysPerRun = keysPerRun
    self.preparesSegments = preparesSegments
    self.recycles = recycles
    self.trustsIndexes = trustsIndexes
    self.takesStrangers = takesStrangers
    self.lastSpokenOf = lastSpokenOf
  }
}

/// What opening found and did, as lines for the log.
package struct RecoveryReport: Sendable {
  package let lines: [String]
  /// Ranges that readers will see as gaps.
  package let gaps: [LogGap]
  /// What of the state is gone: positions of consumers, what destinations are owed, pauses.
  ///
  /// Nobody can see a hole in it afterwards, so somebody has to be told now.
  package let stateDamage: [String]
}

/// The durable log: events in the order in which they became durable, and a small map of state.
///
/// Owned by one thread. What is staged is durable when `commit` has returned, and only then; after
/// any error of a write or an fdatasync nothing more is taken.
package final class Journal {
  package let uuid: [UInt8]
  /// Callers hash their keys under this one.
  package let keyHashKey: [UInt8]
  package let epoch: UInt32
  package let recovery: RecoveryReport
  package let keys: KeyIndex
  package let reader: JournalReader
  package private(set) var state: [String: [UInt8]]
  /// Events that the journal goes on without.
  package private(set) var losses: AcceptedLosses {
    didSet { events.catalog.setLosses(losses) }
  }

  let files: JournalFiles
  let erasures: ErasureFile
  let events: SegmentedLog
  private let stateLog: StateLog
  private let makers: [SpareThread]
  private let indexer: SegmentIndexer
  private let indexerThread: IndexerThread?
  private let refusesDamage: Bool
  /// Damage was found while it ran, and is to be left alone.
  private var isDegraded = false
  private var lastReceivedMicroseconds: Int64
  /// How far the logs were known to reach at the start.
  private let proven: Epoch
  private var isFailed = false
  private var isClosed = false
  /// When it was last made sure that nobody else writes.
  private var lastWriterCheck: Int64

  init(_ opened: JournalOpening.Opened) {
    uuid = opened.identity.uuid
    keyHashKey = opened.identity.hashKey
    epoch = opened.epoch.epoch
    recovery = opened.report
    keys = opened.keys
    state = opened.state
    files = opened.files
    erasures = opened.erasures
    events = opened.events
    stateLog = opened.stateLog
    makers = opened.makers
    indexer = opened.indexer
    indexerThread = opened.indexerThread
    refusesDamage = opened.refusesDamage
    lastReceivedMicroseconds = opened.lastReceivedMicroseconds
    losses = opened.accepted
    proven = opened.proven
    lastWriterCheck = opened.files.storage.wallMicroseconds()
    events.catalog.setKeys(keys.count)
    // An initializer observes nothing.
    events.catalog.setLosses(losses)
    reader = JournalReader(
      storage: opened.files.storage,
      catalog: events.catalog,
      indexer: indexer,
      uuid: opened.identity.uuid
    )
    events.requireLastWriter = { [files] () throws(JournalError) in try files.requireLastWriter() }
  }

  /// Opens a journal, and makes one where there is none.
  package static func open(
    _ options: JournalOptions,
    storage: any Storage = FileStorage()
  ) throws(JournalError) -> Journal {
    let opened = try JournalOpening(options, storage).open()
    let journal = Journal(opened)
    try journal.accept(opened.losses, at: storage.wallMicroseconds())
    return journal
  }

  /// Makes durable what is lost, so that the next start knows it for what it is.
  private func accept(_ problems: [LogProblem], at now: Int64) throws(JournalError) {
    guard !isReadOnly, !problems.isEmpty else { return }
    do throws(JournalError) {
      for problem in problems where losses.count < AcceptedLoss.countMax {
        let loss = AcceptedLoss(problem, acceptedAt: now)
        try stageState(key: loss.key, value: loss.value)
        losses.add(loss)
      }
      try commit()
    } catch {
      // Without room for it the next start finds the same damage, and says so again.
      if case .full = error { return }
      throw error
    }
  }

  /// What this journal was copied from.
  package var lineage: JournalLineage { JournalLineage(uuid: uuid, state: state) }

  package var durableSequence: UInt64 { reader.bounds.durable }

  // MARK: Staging

  /// Takes an event into the batch and returns its sequence.
  ///
  /// Throws `.full` or `.recordTooLarge` before anything has changed.
  ///
  /// `keySeconds` is when its keys were taken, by the clock that their age is counted with; nil:
  /// when the event was received.
  package func stage(
    _ record: borrowing EventRecord,
    keySeconds: UInt32? = nil
  ) throws(JournalError) -> UInt64 {
    try check()
    guard !isReadOnly else { throw .readOnly }
    guard record.metaBytes <= Layout.metaBytesMax else {
      throw .recordTooLarge(limit: Layout.metaBytesMax)
    }
    guard keys.hasRoom(for: record.keys.count) else {
      throw .full(reason: keys.fullReason)
    }
    do throws(JournalError) { try events.reserve(record.bytes.count) } catch { throw note(error) }
    // Reads by time need an order that the wall clock does not promise.
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, record.receivedAt)
    let received = lastReceivedMicroseconds
    let sequence = events.append(record, receivedAt: received)
    let seconds = keySeconds ?? UInt32(clamping: received / 1_000_000)
    for key in record.keys { keys.insert(key, sequence: sequence, seconds: seconds) }
    return sequence
  }

  /// The same with an event that is not encoded yet.
  package func stage(
    _ draft: borrowing EventDraft,
    keySeconds: UInt32? = nil
  ) throws(JournalError) -> UInt64 {
    try stage(EventRecord(draft), keySeconds: keySeconds)
  }

  /// Takes a change of the state map into the batch; nil removes the entry.
  package func stageState(key: String, value: [UInt8]?) throws(JournalError) {
    try check()
    let before = state[key]
    state[key] = value
    do throws(JournalError) {
      try stateLog.stage(key: key, value: value, state: state)
    } catch {
      state[key] = before
      throw note(error)
    }
  }

  func forgetLosses(before first: UInt64) -> [String] { losses.forget(before: first) }

  // MARK: Committing

  /// Makes everything that was staged durable.
  package func commit() throws(JournalError) {
    try check()
    do throws(JournalError) {
      try lookForAnotherWriter()
      try events.commit()
      try stateLog.commit()
    } catch { throw note(error) }
    keys.committed(through: events.nextOffset - 1)
    events.catalog.setKeys(keys.count)
  }

  /// How often it is made sure that nobody else writes: two writers are found within this time.
  private static let writerCheckMicroseconds: Int64 = 10_000_000

  private func lookForAnotherWriter() throws(JournalError) {
    let now = files.storage.wallMicroseconds()
    // A clock that was set, either way, brings the next look at once.
    guard (now - lastWriterCheck).magnitude >= Self.writerCheckMicroseconds else { return }
    lastWriterCheck = now
    try files.requireLastWriter()
  }

  /// What there is room for now (journal §6.9).
  package enum Room: Sendable {
    case open
    /// No next segment can be made; the current one has room for any event.
    case low
    /// The largest event would find no room, on disk or in the key index; smaller ones may.
    case full
    /// Damage is to be left alone: nothing is taken.
    case readOnly
  }

  var isReadOnly: Bool { events.isReadOnly || stateLog.isReadOnly || isDegraded }

  /// Hears of damage that is found in the background; on another thread.
  ///
  /// Whoever hears of it brings it to `take(damage:)` on the journal's thread.
  package func reportDamage(to report: @escaping @Sendable ([LogProblem]) -> Void) {
    indexer.reportDamage(to: report)
  }

  /// Does with damage what the options say, and returns what of it is new; nothing may be staged
  /// and not committed.
  package func take(damage: [LogProblem]) throws(JournalError) -> [LogProblem] {
    let new = damage.filter { !losses.covers($0) }
    guard !new.isEmpty else { return [] }
    if refusesDamage {
      isDegraded = true
    } else {
      try accept(new, at: files.storage.wallMicroseconds())
    }
    return new
  }

  package var room: Room {
    if isReadOnly { return .readOnly }
    // What is delivered and removed could not be written down.
    if !stateLog.isWhole { return .full }
    if !keys.hasRoom(for: EventDraft.keysMax) { return .full }
    guard events.lacksSpare || stateLog.lacksSpare else { return .open }
    return events.canTakeRecords ? .low : .full
  }

  /// Why there is less room than there should be.
  package var shortage: String? {
    switch room {
    case .open: nil
    case .low: events.shortage ?? stateLog.shortage
    case .full where !keys.hasRoom(for: EventDraft.keysMax): keys.fullReason
    case .full: stateLog.isWhole ? events.shortage : stateLog.shortage
    case .readOnly: "\(JournalError.readOnly)"
    }
  }

  /// Whether a batch still lacks the mark that proves it.
  package var needsIdleMark: Bool { events.needsMark || stateLog.needsMark }

  /// Proves the last batches durable for recovery; for a moment when nothing else is to be done.
  package func commitIdleMark() throws(JournalError) {
    try check()
    do throws(JournalError) {
      if events.needsMark { try events.mark([]) }
      if stateLog.needsMark { try stateLog.mark([]) }
    } catch { throw note(error) }
  }

  /// Closes the journal so that the next start needs no recovery.
  package func close() throws(JournalError) {
    try commit()
    do throws(JournalError) {
      try events.mark(.clean)
      try stateLog.mark(.clean)
      try files.write(
        epoch: epoch,
        events: events.isReadOnly ? proven.events : events.end,
        state: stateLog.isReadOnly ? proven.state : stateLog.end,
        isClean: events.isWhole && stateLog.isWhole
      )
    } catch { throw note(error) }
    isClosed = true
    keys.stop()
    indexerThread?.stop()
    for maker in makers { maker.stop() }
    files.release()
  }

  // MARK: Failing

  func check() throws(JournalError) {
    precondition(!isClosed, "a closed journal takes nothing")
    guard !isFailed else { throw .failed(SystemError("an earlier write or fdatasync", 5)) }
  }

  /// Remembers a final error; the others leave everything as it was.
  func note(_ error: JournalError) -> JournalError {
    if error.isFinal { isFailed = true }
    return error
  }
}
