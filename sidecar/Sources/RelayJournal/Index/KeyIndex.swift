internal import RelaySystem

/// The newest event with a key.
package struct KeyEntry: Equatable, Sendable {
  package let sequence: UInt64
  /// Seconds since 1970.
  package let seconds: UInt32

  package init(sequence: UInt64, seconds: UInt32) {
    self.sequence = sequence
    self.seconds = seconds
  }
}

/// Every key of the window, exact (journal §6.11).
///
/// Three layers, newest first. The active generation is a table in memory, and the only one that
/// changes. When it is full, or has lasted for a part of the window, it is frozen: it answers as
/// before while another thread makes a file of it. The file, a `KeyRun`, answers then, and only its
/// filter stays in memory.
///
/// Owned by one thread; `book` is for the others. A key is sealed only when its event is durable: a
/// run would otherwise remember what a crash took, and a second delivery of it would be thrown
/// away.
package final class KeyIndex {
  /// More keys than this are refused rather than forgotten: about 600 MB of filters.
  package static let keysMax = 256 << 20
  /// Keys of one generation: 31.5 MiB.
  package static let keysPerRun = 1 << 20
  /// Frozen tables that wait for the disk; with one more, and the active one, about 100 MB.
  package static let frozenMax = 2
  /// The window leaves by one part of it at a time.
  private static let windowParts: UInt32 = 32
  /// More runs than this are merged: each costs a lookup 80 ns.
  ///
  /// It is more than a window has parts, so that runs that are made by time stay as they are.
  package static let runsMax = 36
  /// A short window would make files all the time.
  private static let secondsPerRunMin: UInt32 = 60
  /// A sequence's distance in a table has 32 bits; long before, it is sealed, or takes no more.
  private static let distanceDue: UInt64 = 1 << 30
  private static let distanceMax: UInt64 = 1 << 31

  package struct Settings: Sendable {
    let storage: any Storage
    let directory: String
    let uuid: [UInt8]
    /// Keys older than this are of no use to anybody.
    var windowSeconds: UInt32
    var keysPerRun: Int
    /// More runs than this are merged.
    var runsMax: Int
    var runsPerMerge: Int

    package init(
      storage: any Storage,
      directory: String,
      uuid: [UInt8],
      windowSeconds: UInt32 = .max,
      keysPerRun: Int = KeyIndex.keysPerRun,
      runsMax: Int = KeyIndex.runsMax,
      runsPerMerge: Int = 8
    ) {
      precondition(uuid.count == 16, "a journal's id is 128 bits")
      precondition(keysPerRun > 0 && runsMax > 0 && runsPerMerge > 1, "a merge makes one of many")
      self.storage = storage
      self.directory = directory
      self.uuid = uuid
      self.windowSeconds = windowSeconds
      self.keysPerRun = keysPerRun
      self.runsMax = runsMax
      self.runsPerMerge = runsPerMerge
    }
  }

  /// What other threads look keys up in.
  package let book: KeyRunBook
  let maker: KeyRunMaker
  private let settings: Settings
  private var thread: KeyRunThread?
  private var active = KeyTable()
  private var nextGeneration: UInt64
  /// All keys of events up to here are frozen or in runs.
  private var frozenThrough: UInt64
  /// The last event that is known to be durable.
  private var committedThrough: UInt64
  private var insertedThrough: UInt64 = 0

  /// `runs` newest first; `first` is where the log begins.
  init(_ settings: Settings, runs: [KeyRun], first: UInt64) {
    self.settings = settings
    book = KeyRunBook(runs)
    maker = KeyRunMaker(settings, book)
    nextGeneration = (runs.first?.generations.upperBound ?? 0) + 1
    frozenThrough = runs.first?.sequences.upperBound ?? first - 1
    committedThrough = frozenThrough
  }

  /// Has the work done by a thread of its own.
  package func startThread() throws(JournalError) {
    do throws(SystemError) { thread = try KeyRunThread(maker) } catch { throw .io(error) }
  }

  /// Returns when no thread touches a file any more.
  package func stop() {
    maker.stop()
    thread = nil
  }

  // MARK: Asking

  /// How many keys are remembered; one that came again after its generation was sealed counts
  /// twice.
  package var count: Int {
    active.count + book.counts.keys
  }

  /// Whether so many new keys can be remembered.
  ///
  /// There is no room while two frozen tables wait for the disk and the active one is full.
  package func hasRoom(for new: Int) -> Bool {
    let sealed = book.counts
    // What one batch adds over the limit is little; it is sealed when the batch is durable. Only
    // hundreds of events with `EventDraft.keysMax` keys, all in one batch, find no room here.
    let more = sealed.frozen < Self.frozenMax ? 3 * Layout.recordsPerBatchMax : 0
    return active.count + new <= settings.keysPerRun + more
      && active.count + sealed.keys + new <= Self.keysMax && isNear(Self.distanceMax)
  }

  /// Why there is no room.
  package var fullReason: String {
    let sealed = book.now
    guard sealed.frozen.count >= Self.frozenMax else { return "\(count) keys are remembered" }
    return "the keys of earlier events are not on disk yet: \(sealed.problem ?? "it is slow")"
  }

  /// Returns the newest event with a key.
  ///
  /// Throws `.keysUnreadable` where nobody can know whether there is one.
  package func find(_ key: Key128) throws(JournalError) -> KeyEntry? {
    try find(key, after: 0, found: nil)
  }

  /// As `find(_:)`, where another thread has looked into the runs up to `generation` and found what
  /// it found.
  package func find(
    _ key: Key128,
    after generation: UInt64,
    found: KeyEntry?
  ) throws(JournalError) -> KeyEntry? {
    if let entry = active.find(key) { return entry }
    // In one step: a table that becomes a run meanwhile is one of the two here.
    let sealed = book.now
    for frozen in sealed.frozen.reversed() {
      if let entry = frozen.table.find(key) { return entry }
    }
    return try sealed.runs.find(key, after: generation) ?? found
  }

  /// The sequence up to which all keys are in durable runs: segments up to here can go without a
  /// key being forgotten (journal §11.2).
  package var durableThrough: UInt64 {
    if let waiting = book.now.frozen.first { return waiting.table.firstSequence - 1 }
    return active.isEmpty ? max(frozenThrough, committedThrough) : active.firstSequence - 1
  }

  // MARK: Changing

  /// Remembers a key, or moves it to a newer event.
  package func insert(_ key: Key128, sequence: UInt64, seconds: UInt32) {
    precondition(sequence > frozenThrough, "sequences go on")
    active.insert(key, sequence: sequence, seconds: seconds)
    insertedThrough = sequence
  }

  /// All events up to this one are durable: the time to seal what is due.
  package func committed(through sequence: UInt64) {
    committedThrough = max(committedThrough, sequence)
    if isDue { seal() }
  }

  /// Seals the active generation before it is due, for events that are to be removed.
  ///
  /// Does nothing while too many wait, or while an event of it is not durable.
  package func seal() {
    if book.now.frozen.count >= Self.frozenMax { maker.ring() }
    guard !active.isEmpty, insertedThrough <= committedThrough,
      book.now.frozen.count < Self.frozenMax
    else { return }
    book.freeze(
      FrozenKeys(
        active,
        generation: nextGeneration,
        sequences: frozenThrough + 1...committedThrough
      )
    )
    nextGeneration += 1
    frozenThrough = committedThrough
    active = KeyTable()
    maker.ring()
  }

  /// Forgets the runs in which nothing is as young as `limit`.
  package func removeAll(before limit: UInt32) { maker.forget(before: limit) }

  private var isDue: Bool {
    guard !active.isEmpty else { return false }
    let seconds = max(Self.secondsPerRunMin, settings.windowSeconds / Self.windowParts)
    return active.count >= settings.keysPerRun || !isNear(Self.distanceDue)
      || active.newestSeconds - active.oldestSeconds >= seconds
  }

  private func isNear(_ distance: UInt64) -> Bool {
    active.isEmpty || committedThrough < active.firstSequence + distance
  }

  /// The runs end behind the log: what they say of its sequences cannot be trusted.
  func restart(from runs: [KeyRun], through sequence: UInt64) {
    for run in book.runs.runs where !runs.contains(where: { $0 === run }) { book.remove(run) }
    frozenThrough = sequence
    committedThrough = sequence
  }
}
