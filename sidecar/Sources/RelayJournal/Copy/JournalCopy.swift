internal import RelaySystem

/// Copies a journal, also one that a running sidecar writes to: a backup, and the way back.
///
/// What is copied is a moment of the journal: every event up to one sequence, and a state that
/// names no later one. The order of the steps sees to that, without holding anybody up:
///
/// 1. the events, which are never changed where they stand, but for bodies that are erased: a
///    segment is read again when that happened meanwhile;
/// 2. the state: it says where the log begins, and names no event that was not durable;
/// 3. the runs of keys: what left the log before step 2 has its keys in one of them;
/// 4. the events again that came meanwhile: now no position and no run is ahead of them.
///
/// FORMAT comes last, so that half a copy is no journal. At the end the copy is opened as after a
/// crash, which reads every byte of it, and closed.
package struct JournalCopy {
  package struct Report: Sendable {
    /// What was found and done when the copy was opened.
    package let lines: [String]
    /// What its readers will see as gaps.
    package let gaps: [LogGap]
    package let firstSequence: UInt64
    package let durableSequence: UInt64
  }

  /// Copied at once.
  private static let stepBytes = 1 << 20
  /// A running sidecar removes segments, and merges runs: then a listing is looked at again.
  private static let attempts = 4
  /// Readings of one segment, and milliseconds between two of them.
  ///
  /// What is erased in others takes two at most; who erases in this one for longer is asked to come
  /// to an end first.
  private static let erasureAttempts = 200
  private static let erasurePauseMilliseconds: Int32 = 20

  private let source: JournalInspector
  private let target: JournalFiles
  private let storage: any Storage
  /// How much of each segment is there, by id.
  private var copied: [UInt64: (path: String, bytes: Int64)] = [:]

  /// Copies the journal in `given` to the data directory `directory`, in which there is none.
  package static func run(
    from given: String,
    to directory: String,
    storage: any Storage = FileStorage(),
    lastSpokenOf: @escaping JournalOptions.LastSpokenOf = { _ in 0 }
  ) throws(JournalError) -> Report {
    let source = try JournalInspector(
      directory: given,
      storage: storage,
      lastSpokenOf: lastSpokenOf
    )
    guard source.version.isWritable else { throw .wrongVersion(found: "\(source.version)") }
    let target = JournalFiles(storage, directory: directory + "/journal")
    try ioChecked { () throws(SystemError) in try storage.createDirectory(directory) }
    let names = try ioChecked { () throws(SystemError) in try storage.list(target.directory) }
    guard names.isEmpty else { throw .notEmpty(path: target.directory) }
    var copy = JournalCopy(source: source, target: target, storage: storage)
    return try copy.run()
  }

  private init(source: JournalInspector, target: JournalFiles, storage: any Storage) {
    self.source = source
    self.target = target
    self.storage = storage
  }

  private mutating func run() throws(JournalError) -> Report {
    try target.acquire()
    let erasures = try source.erasures()
    let folders = [target.logDirectory, target.stateDirectory, target.keysDirectory]
    try ioChecked { () throws(SystemError) in
      for folder in folders { try storage.createDirectory(folder) }
    }
    let early = try copyEvents()
    let state = try source.entries()
    let first = JournalStart.decode(state[JournalStart.key])
    try copyRuns()
    let late = try copyEvents()
    let end = (late.end?.firstOffset ?? 1) - 1
    // A segment that was copied twice was the newest one the first time: it must still be there.
    let now = JournalStart.decode(try source.entries()[JournalStart.key])
    if let last = early.segments.last, now > last.header.baseOffset {
      throw .overtaken
    }
    try removeSegments(before: first, late)
    try writeState(state, end, segmentBytes: try source.stateSegmentBytes())
    try writeFormat()
    target.release()
    var lines: [String] = []
    if try source.erasures()?.generation != erasures?.generation {
      lines.append("bodies were erased meanwhile, and may be in the copy: erase them there, too")
    }
    return try open(late, end, lines)
  }

  // MARK: Events

  /// Copies what is there now and was not before.
  private mutating func copyEvents() throws(JournalError) -> LogScan {
    var attempt = 1
    while true {
      let found = try source.segments()
      do throws(JournalError) {
        for entry in found.segments {
          try copy(entry, isLast: entry.path == found.segments.last?.path)
        }
        return found
      } catch {
        // Retention has removed one since.
        guard case .io(let system) = error, system.isNotFound, attempt < Self.attempts else {
          throw error
        }
        attempt += 1
      }
    }
  }

  private mutating func copy(_ entry: SegmentEntry, isLast: Bool) throws(JournalError) {
    let name = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
    let path = target.logDirectory + "/" + name
    let done = copied[entry.header.segmentID]?.bytes ?? 0
    guard entry.dataEnd > done else { return }
    try copySteadily(entry.path, to: path, done..<entry.dataEnd)
    try ioChecked { () throws(SystemError) in
      let to = try storage.open(path)
      // A newest segment has its whole size; what is missing of one would be damage.
      if isLast { try to.truncate(entry.header.capacity) }
      try to.synchronize()
    }
    copied[entry.header.segmentID] = (path, entry.dataEnd)
  }

  /// Copies until it is one moment of the segment: half an erased body does not verify.
  ///
  /// It is, when no body was erased meanwhile, or when everything is once more found as it was
  /// copied: what is erased does not come back, so that it was so all the time in between.
  private func copySteadily(
    _ path: String,
    to copyPath: String,
    _ range: Range<Int64>
  ) throws(JournalError) {
    let pause = Gate()
    for attempt in 0..<Self.erasureAttempts {
      let before = try source.erasures()
      let isAltered = try ioChecked { () throws(SystemError) in
        let to = try storage.open(copyPath)
        return try copy(try source.storage.openForReading(path), to, range)
      }
      if attempt > 0, !isAltered { return }
      if try source.erasures() == before { return }
      _ = pause.wait(timeoutMilliseconds: Self.erasurePauseMilliseconds)
    }
    throw .overtaken
  }

  /// Returns whether the bytes were not there already.
  @discardableResult private func copy(
    _ from: any StorageFile,
    _ to: any StorageFile,
    _ range: Range<Int64>
  ) throws(SystemError) -> Bool {
    var isAltered = false
    var at = range.lowerBound
    while at < range.upperBound {
      let bytes = try from.read(Int(min(Int64(Self.stepBytes), range.upperBound - at)), at: at)
      // A segment that is shorter than it should be is damaged, and its copy will be too.
      guard !bytes.isEmpty else { break }
      if try to.read(bytes.count, at: at) != bytes {
        try to.write(bytes.span, at: at)
        isAltered = true
      }
      at += Int64(bytes.count)
    }
    return isAltered
  }

  /// Removes what left the log before the state was read.
  private mutating func removeSegments(
    before first: UInt64,
    _ scan: LogScan
  ) throws(JournalError) {
    let newest = scan.segments.last?.header.segmentID
    let kept = Set(scan.segments.filter { $0.endOffset > first }.map(\.header.segmentID))
    let gone = copied.filter { !kept.contains($0.key) && $0.key != newest }
    try ioChecked { () throws(SystemError) in
      for segment in gone.values { try storage.remove(segment.path) }
      try storage.synchronizeDirectory(target.logDirectory)
    }
  }

  // MARK: Keys

  private func copyRuns() throws(JournalError) {
    let folder = JournalFiles(storage, directory: source.directory).keysDirectory
    var attempt = 1
    while true {
      do throws(SystemError) {
        for name in try storage.list(target.keysDirectory) {
          try storage.remove(target.keysDirectory + "/" + name)
        }
        for name in try storage.list(folder) where KeyRunName.parse(name) != nil {
          let from = try storage.openForReading(folder + "/" + name)
          let to = try storage.open(target.keysDirectory + "/" + name)
          try copy(from, to, 0..<(try from.size()))
          try to.synchronize()
        }
        return try storage.synchronizeDirectory(target.keysDirectory)
      } catch {
        guard error.isNotFound, attempt < Self.attempts else { throw .io(error) }
        attempt += 1
      }
    }
  }

  // MARK: State

  /// Writes the map as one snapshot, with the place where this journal parts from the other.
  private func writeState(
    _ state: [String: [UInt8]],
    _ end: UInt64,
    segmentBytes: Int64
  ) throws(JournalError) {
    var state = state
    var lineage = JournalLineage(uuid: source.uuid, state: state)
    lineage.part(after: end, as: storage.randomBytes(8))
    state[JournalLineage.key] = lineage.value
    let log = SegmentedLog(
      storage,
      SegmentedLog.Settings(
        directory: target.stateDirectory,
        uuid: source.uuid,
        epoch: source.epoch.epoch,
        segmentBytes: segmentBytes
      ),
      spares: SpareMaker(
        storage,
        directory: target.stateDirectory,
        bytes: segmentBytes,
        reserveBytes: 0,
        epoch: source.epoch.epoch,
        recycles: true
      ),
      catalog: LogCatalog(firstOffset: nil),
      continuation: .open(.first),
      lastCloseMicroseconds: 0
    )
    try log.openWanted()
    guard log.isWhole else { throw .full(reason: log.shortage ?? "no file could be made") }
    try StateLog(storage, log).snapshot(state)
  }

  /// From here on it is a journal.
  private func writeFormat() throws(JournalError) {
    let path = target.directory + "/FORMAT"
    let format = source.directory + "/FORMAT"
    try ioChecked { () throws(SystemError) in
      let bytes = try storage.openForReading(format).read(Layout.blockBytes, at: 0)
      let file = try storage.open(path + ".new")
      try file.write(bytes.span, at: 0)
      try file.synchronize()
      try storage.rename(path + ".new", to: path)
      try storage.synchronizeDirectory(target.directory)
    }
  }

  // MARK: The end

  private func open(
    _ scan: LogScan,
    _ end: UInt64,
    _ lines: [String]
  ) throws(JournalError) -> Report {
    let journal = try Journal.open(
      JournalOptions(
        directory: target.directory,
        segmentBytes: scan.segments.last?.header.capacity ?? JournalInspector.usualSegmentBytes,
        stateSegmentBytes: try source.stateSegmentBytes(),
        reserveBytes: 0,
        preparesSegments: false,
        trustsIndexes: false
      ),
      storage: storage
    )
    if journal.room == .full { throw .full(reason: "the next segment has to be made first") }
    let report = Report(
      lines: lines + journal.recovery.lines,
      gaps: journal.recovery.gaps,
      firstSequence: journal.reader.bounds.first,
      durableSequence: journal.durableSequence
    )
    try journal.close()
    guard report.durableSequence >= end else { throw .overtaken }
    return report
  }
}
