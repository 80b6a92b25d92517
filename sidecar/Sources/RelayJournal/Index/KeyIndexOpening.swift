internal import RelaySystem

/// Opens the key index: takes the runs that are whole, and the keys of all other events from the
/// log while it is scanned.
///
/// A run that is not whole is set aside. The log may still have its events: then a new run takes
/// its place between its neighbours, so that newer entries stay in front of older ones.
package final class KeyIndexOpening {
  package let index: KeyIndex
  /// What was found, for the log.
  package private(set) var lines: [String] = []

  private let settings: KeyIndex.Settings
  private let quarantine: String
  /// Oldest first.
  private var runs: [KeyRun] = []
  private var lost: [Lost] = []
  /// Keys of events before this have left the window.
  private let limit: UInt32

  /// The run that is not yet behind the scan.
  private var next = 0
  private var lastSequence: UInt64 = 0
  /// Keys of events in front of that run which no run covers.
  private var missing = KeyTable()
  private var missingGeneration: UInt64 = 1

  private struct Lost {
    let generation: UInt64
    /// What its header says, where that can be read.
    let sequences: ClosedRange<UInt64>?
  }

  /// `first` is where the log begins.
  package init(
    _ settings: KeyIndex.Settings,
    quarantine: String,
    first: UInt64
  ) throws(JournalError) {
    self.settings = settings
    self.quarantine = quarantine
    let found = try Self.read(settings)
    runs = found.runs
    let newest = found.runs.last?.newestSeconds ?? 0
    limit = newest - min(newest, settings.windowSeconds)
    index = KeyIndex(settings, runs: found.runs.reversed(), first: first)
    try ioChecked { () throws(SystemError) in try remove(found.leftovers) }
    for (name, sequences, reason) in found.bad { try setAside(name, sequences, reason) }
  }

  // MARK: Files

  private struct Found {
    var runs: [KeyRun] = []
    var bad: [(name: String, sequences: ClosedRange<UInt64>?, reason: String)] = []
    var leftovers: [String] = []
  }

  private static func read(_ settings: KeyIndex.Settings) throws(JournalError) -> Found {
    var found = Found()
    let names = try ioChecked { () throws(SystemError) in
      try settings.storage.list(settings.directory)
    }
    found.leftovers = names.filter { $0.hasSuffix(KeyRunWriter.temporarySuffix) }
    // Newest first: those that a merge has made needless come behind it.
    for name in names.reversed() where KeyRunName.parse(name) != nil {
      do throws(JournalError) {
        let run = try KeyRun.open(
          settings.storage,
          directory: settings.directory,
          name: name,
          uuid: settings.uuid
        )
        let isMerged = found.runs.contains { $0.generations.overlaps(run.generations) }
        if isMerged { found.leftovers.append(name) } else { found.runs.append(run) }
      } catch {
        guard case .keysUnreadable = error else { throw error }
        found.bad.append((name, sequences(settings, name), "\(error)"))
      }
    }
    found.runs.reverse()
    return found
  }

  private static func sequences(
    _ settings: KeyIndex.Settings,
    _ name: String
  ) -> ClosedRange<UInt64>? {
    let path = settings.directory + "/" + name
    let first = try? settings.storage.openForReading(path).read(KeyRunPage.bytes, at: 0)
    let header = first.flatMap { KeyRunHeader.decode($0) }
    return header?.uuid == settings.uuid ? header?.sequences : nil
  }

  private func remove(_ names: [String]) throws(SystemError) {
    for name in names { try settings.storage.remove(settings.directory + "/" + name) }
    if !names.isEmpty { try settings.storage.synchronizeDirectory(settings.directory) }
  }

  private func setAside(
    _ name: String,
    _ sequences: ClosedRange<UInt64>?,
    _ reason: String
  ) throws(JournalError) {
    try ioChecked { () throws(SystemError) in
      try settings.storage.createDirectory(quarantine)
      try settings.storage.rename(settings.directory + "/" + name, to: quarantine + "/" + name)
      try settings.storage.synchronizeDirectory(quarantine)
      try settings.storage.synchronizeDirectory(settings.directory)
    }
    lost.append(Lost(generation: KeyRunName.parse(name) ?? 0, sequences: sequences))
    lines.append("\(reason); it was moved to \(quarantine)/\(name)")
  }

  // MARK: The scan

  /// The last event up to which runs cover every key; 0 where the log has to say more.
  var coveredThrough: UInt64 {
    guard lost.isEmpty, let last = runs.last else { return 0 }
    let isDense = zip(runs, runs.dropFirst()).allSatisfy {
      $0.sequences.upperBound + 1 >= $1.sequences.lowerBound
    }
    return isDense ? last.sequences.upperBound : 0
  }

  /// Takes the keys of one event of the log; in order.
  package func add(
    _ keys: [Key128],
    sequence: UInt64,
    seconds: UInt32
  ) throws(JournalError) {
    // Sequences that go back are of a damaged log; the table could not hold them.
    guard !keys.isEmpty, sequence > lastSequence else { return }
    lastSequence = sequence
    while next < runs.count, runs[next].sequences.upperBound < sequence { try pass() }
    // A record has the wall clock's time, which may have been set back; a run's is steady, and no
    // event is older than one before it.
    var seconds = next > 0 ? max(seconds, runs[next - 1].newestSeconds) : seconds
    guard next < runs.count else { return try addBehindRuns(keys, sequence, seconds) }
    seconds = min(seconds, runs[next].newestSeconds)
    guard sequence < runs[next].sequences.lowerBound, seconds >= limit else { return }
    if missing.count >= settings.keysPerRun + 3 * Layout.recordsPerBatchMax
      || !missing.canHold(sequence)
    {
      // The lost runs had more generations than are needed here: none held more keys than this.
      try sealMissing(through: sequence - 1)
    }
    for key in keys { missing.insert(key, sequence: sequence, seconds: seconds) }
  }

  private func addBehindRuns(
    _ keys: [Key128],
    _ sequence: UInt64,
    _ seconds: UInt32
  ) throws(JournalError) {
    guard index.hasRoom(for: keys.count) else { throw .full(reason: index.fullReason) }
    for key in keys { index.insert(key, sequence: sequence, seconds: seconds) }
    // It was read from the disk itself.
    index.committed(through: sequence)
  }

  /// Goes behind the next run.
  private func pass() throws(JournalError) {
    try sealMissing(through: runs[next].sequences.lowerBound - 1)
    missingGeneration = runs[next].generations.upperBound + 1
    next += 1
  }

  private func sealMissing(through sequence: UInt64) throws(JournalError) {
    defer { missing = KeyTable() }
    guard !missing.isEmpty, missingGeneration < runs[next].generations.lowerBound else { return }
    let run = try index.maker.write(
      missing,
      missingGeneration...missingGeneration,
      missing.firstSequence...sequence
    )
    index.book.replace([], with: run)
    lines.append("\(run.count) keys of events \(run.sequences.words) were taken from the log anew")
    missingGeneration += 1
  }

  // MARK: The end

  /// `first` is the first event that the log still has, `nextSequence` the one behind its end.
  package func finish(first: UInt64, nextSequence: UInt64) throws(JournalError) {
    while next < runs.count { try pass() }
    let trusted = runs.prefix { $0.sequences.upperBound < nextSequence }
    if trusted.count < runs.count {
      for run in runs.dropFirst(trusted.count) {
        let reason = "key run \(run.name) goes on behind the end of the log, event \(nextSequence)"
        try setAside(run.name, run.sequences, reason)
      }
      lines.append("keys unknown \((trusted.last?.sequences.upperBound ?? 0) + 1)..")
      index.restart(from: Array(trusted), through: nextSequence - 1)
      return
    }
    index.committed(through: nextSequence - 1)
    for range in unknown(first) { lines.append("keys unknown \(range.words)") }
  }

  /// Events that no run covers and that the log does not have: of those between two runs it is
  /// certain, of those at the ends only where a run was set aside.
  private func unknown(_ first: UInt64) -> [ClosedRange<UInt64>] {
    var ranges: [ClosedRange<UInt64>] = []
    var from: UInt64?
    for run in runs {
      let isLost = lost.contains { $0.generation < run.generations.lowerBound }
      let start = from ?? (isLost ? lostStart(before: run.generations.lowerBound) : nil)
      let end = min(run.sequences.lowerBound, first)
      if let start, start < end { ranges.append(start...end - 1) }
      from = run.sequences.upperBound + 1
    }
    let newest = runs.last?.generations.upperBound ?? 0
    let behind = lost.filter { $0.generation > newest }
    guard !behind.isEmpty else { return ranges }
    let start = from ?? lostStart(before: .max)
    let end =
      behind.last { $0.sequences == nil } == nil
      ? min(first, (behind.compactMap(\.sequences?.upperBound).max() ?? first) + 1) : first
    if start < end { ranges.append(start...end - 1) }
    return ranges
  }

  private func lostStart(before generation: UInt64) -> UInt64 {
    let those = lost.filter { $0.generation < generation }
    if those.contains(where: { $0.sequences == nil }) { return 1 }
    return those.compactMap(\.sequences?.lowerBound).min() ?? 1
  }
}

extension ClosedRange<UInt64> {
  fileprivate var words: String { "\(lowerBound)..\(upperBound)" }
}
