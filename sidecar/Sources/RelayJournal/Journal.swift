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

  package init(
    directory: String,
    segmentBytes: Int64 = 64 << 20,
    stateSegmentBytes: Int64 = 16 << 20,
    reserveBytes: Int64 = 64 << 20,
    onDamage: OnDamage = .continue,
    keyWindowSeconds: UInt32 = .max,
    keysPerRun: Int = KeyIndex.keysPerRun,
    preparesSegments: Bool = true,
    recycles: Bool = true
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
  }
}

/// What opening found and did, as lines for the log.
package struct RecoveryReport: Sendable {
  package let lines: [String]
  /// Ranges that readers will see as gaps.
  package let gaps: [LogGap]
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

  private let files: JournalFiles
  let events: SegmentedLog
  private let stateLog: StateLog
  private let makers: [SpareThread]
  private var lastReceivedMicroseconds: Int64
  private var isFailed = false
  private var isClosed = false

  init(_ opened: JournalOpening.Opened) {
    uuid = opened.identity.uuid
    keyHashKey = opened.identity.hashKey
    epoch = opened.epoch.epoch
    recovery = opened.report
    keys = opened.keys
    state = opened.state
    files = opened.files
    events = opened.events
    stateLog = opened.stateLog
    makers = opened.makers
    lastReceivedMicroseconds = opened.lastReceivedMicroseconds
    events.catalog.setKeys(keys.count)
    reader = JournalReader(
      storage: opened.files.storage,
      catalog: events.catalog,
      uuid: opened.identity.uuid
    )
  }

  /// Opens a journal, and makes one where there is none.
  package static func open(
    _ options: JournalOptions,
    storage: any Storage = FileStorage()
  ) throws(JournalError) -> Journal {
    Journal(try JournalOpening(options, storage).open())
  }

  package var durableSequence: UInt64 { reader.bounds.durable }

  // MARK: Staging

  /// Takes an event into the batch and returns its sequence.
  ///
  /// Throws `.full` or `.recordTooLarge` before anything has changed.
  ///
  /// `keySeconds` is when its keys were taken, by the clock that their age is counted with; nil:
  /// when the event was received.
  package func stage(
    _ draft: borrowing EventDraft,
    keySeconds: UInt32? = nil
  ) throws(JournalError) -> UInt64 {
    try check()
    let (meta, total) = EventCodec.bytes(draft)
    guard meta <= Layout.metaBytesMax else { throw .recordTooLarge(limit: Layout.metaBytesMax) }
    guard keys.hasRoom(for: draft.keys.count) else {
      throw .full(reason: keys.fullReason)
    }
    do throws(JournalError) { try events.reserve(total) } catch { throw note(error) }
    // Reads by time need an order that the wall clock does not promise.
    lastReceivedMicroseconds = max(lastReceivedMicroseconds, draft.receivedAt)
    let received = lastReceivedMicroseconds
    let sequence = Self.append(draft, to: events, received)
    let seconds = keySeconds ?? UInt32(clamping: received / 1_000_000)
    for key in draft.keys { keys.insert(key, sequence: sequence, seconds: seconds) }
    return sequence
  }

  private static func append(
    _ draft: borrowing EventDraft,
    to log: SegmentedLog,
    _ received: Int64
  ) -> UInt64 {
    // A borrowed value cannot enter a closure; copying it here costs a few counts.
    let draft = copy draft
    return log.append(receivedAt: received) { batch, offset in
      EventCodec.append(draft, to: &batch, offset: offset, receivedMicroseconds: received)
    }
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

  // MARK: Committing

  /// Makes everything that was staged durable.
  package func commit() throws(JournalError) {
    try check()
    do throws(JournalError) {
      try events.commit()
      try stateLog.commit()
    } catch { throw note(error) }
    keys.committed(through: events.nextOffset - 1)
    events.catalog.setKeys(keys.count)
  }

  /// Whether the largest event would find room now, on disk and in the key index.
  package var canTakeEvents: Bool {
    !isFailed && events.canTakeRecords && keys.hasRoom(for: Self.keysPerEventMax)
  }

  private static let keysPerEventMax = 3

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
        events: Epoch.LogEnd(
          durableSequence: events.durableSequence,
          nextOffset: events.nextOffset
        ),
        state: stateLog.end,
        isClean: true
      )
    } catch { throw note(error) }
    isClosed = true
    keys.stop()
    for maker in makers { maker.stop() }
    files.release()
  }

  // MARK: Failing

  private func check() throws(JournalError) {
    precondition(!isClosed, "a closed journal takes nothing")
    guard !isFailed else { throw .failed(SystemError("an earlier write or fdatasync", 5)) }
  }

  /// Remembers a final error; the others leave everything as it was.
  private func note(_ error: JournalError) -> JournalError {
    if case .failed = error { isFailed = true }
    return error
  }
}
