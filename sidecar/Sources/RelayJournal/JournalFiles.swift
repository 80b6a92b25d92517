internal import RelaySystem

/// The small files of a journal: LOCK, FORMAT, EPOCH.
final class JournalFiles {
  /// How often a start looks for the lock: a process that is just ending needs a moment.
  private static let lockAttempts = 5
  private static let lockPauseMilliseconds: Int32 = 50

  let storage: any Storage
  let directory: String
  /// Held for life: closing it gives the lock back.
  private var lock: (any StorageFile)?
  private(set) var epoch = Epoch()
  /// What `readEpoch` found unreadable.
  private(set) var epochProblems: [LogProblem] = []

  init(_ storage: any Storage, directory: String) {
    self.storage = storage
    self.directory = directory
  }

  var logDirectory: String { directory + "/log" }
  var stateDirectory: String { directory + "/state" }
  var keysDirectory: String { directory + "/dedup" }
  var quarantineDirectory: String { directory + "/quarantine" }

  func acquire() throws(JournalError) {
    let path = directory + "/LOCK"
    do throws(SystemError) {
      try storage.createDirectory(directory)
      let pause = Gate()
      for _ in 0..<Self.lockAttempts {
        lock = try storage.lock(path)
        if lock != nil { return }
        _ = pause.wait(timeoutMilliseconds: Self.lockPauseMilliseconds)
      }
    } catch { throw .io(error) }
    throw .locked(path: path)
  }

  /// Gives the lock back; nothing may be written after this.
  func release() { lock = nil }

  /// Reads FORMAT, or writes it for a new journal.
  func identity() throws(JournalError) -> JournalIdentity {
    let path = directory + "/FORMAT"
    let names = try ioChecked { () throws(SystemError) in try storage.list(directory) }
    if names.contains("FORMAT") {
      let bytes = try ioChecked { () throws(SystemError) in
        try storage.openForReading(path).read(Layout.blockBytes, at: 0)
      }
      let identity = try JournalIdentity.decode(bytes, path: path)
      // What a reader may pass over, a writer would break.
      guard identity.version.isWritable else { throw .wrongVersion(found: "\(identity.version)") }
      return identity
    }
    let segments = try ioChecked { () throws(SystemError) in try storage.list(logDirectory) }
    // Segments without a FORMAT belong to a journal that is damaged, not to a new one.
    guard !segments.contains(where: SegmentName.isSegment) else { throw .badFormat(path: path) }
    return try ioChecked { () throws(SystemError) in try create(path) }
  }

  /// Whole or not at all: written beside, synced, then named.
  private func create(_ path: String) throws(SystemError) -> JournalIdentity {
    // Both slots from the start: a full disk must not keep the second one from being made.
    for slot in 0..<2 {
      let file = try storage.open("\(directory)/EPOCH.\(slot)")
      try file.write(Epoch().encode().span, at: 0)
      try file.synchronize()
    }
    let identity = JournalIdentity.make(storage)
    let file = try storage.open(path + ".new")
    try file.truncate(0)
    try file.write(identity.encode().span, at: 0)
    try file.synchronize()
    try storage.rename(path + ".new", to: path)
    try storage.synchronizeDirectory(directory)
    return identity
  }

  /// Reads the newer valid EPOCH; a journal without one begins at zero.
  func readEpoch() throws(JournalError) {
    do throws(SystemError) {
      let names = try storage.list(directory)
      for slot in 0..<2 where names.contains("EPOCH.\(slot)") {
        let file = try storage.openForReading("\(directory)/EPOCH.\(slot)")
        let bytes = try file.read(Layout.blockBytes, at: 0)
        guard let found = Epoch.decode(bytes) else {
          // A crash while it was written leaves the other one, so the start goes on.
          epochProblems.append(
            LogProblem(
              segment: "EPOCH.\(slot)",
              offset: 0,
              sequence: nil,
              reason: "its checksum is wrong"
            )
          )
          continue
        }
        if found.generation > epoch.generation { epoch = found }
      }
    } catch { throw .io(error) }
  }

  /// Fails when a later writer has opened this journal: the lock holds off those of this machine
  /// alone, and a folder may be shared by two.
  func requireLastWriter() throws(JournalError) {
    do throws(SystemError) {
      for slot in 0..<2 {
        let path = "\(directory)/EPOCH.\(slot)"
        // Past the page cache, which knows nothing of the other machine.
        let bytes = try storage.openForReading(path).readDirect(Layout.blockBytes, at: 0)
        // One that is unreadable is named by the next start.
        guard let found = Epoch.decode(bytes), found.epoch > epoch.epoch else { continue }
        throw SystemError("another process opened this journal later: \(path)", Self.superseded)
      }
    } catch { throw .failed(error) }
  }

  private static let superseded: Int32 = 116

  /// Writes the older slot.
  func write(
    epoch number: UInt32,
    events: Epoch.LogEnd,
    state: Epoch.LogEnd,
    isClean: Bool
  ) throws(JournalError) {
    epoch = Epoch(
      epoch: number,
      generation: epoch.generation + 1,
      events: events,
      state: state,
      isClean: isClean
    )
    do throws(SystemError) {
      let file = try storage.open("\(directory)/EPOCH.\(epoch.generation % 2)")
      try file.write(epoch.encode().span, at: 0)
      try file.synchronize()
      // An earlier version made the slots one by one.
      if epoch.generation <= 2 { try storage.synchronizeDirectory(directory) }
    } catch { throw .failed(error) }
  }
}
