internal import RelaySystem
internal import Synchronization

/// Makes runs of frozen tables, one of many, and removes those that nobody needs: all that the key
/// index does on disk.
///
/// Nothing that is acknowledged waits for it. What fails is tried again; until then the frozen
/// table answers from memory.
final class KeyRunMaker: Sendable {
  /// How long to wait before a failed step is tried again.
  private static let retryMilliseconds: Int32 = 500

  private struct State {
    /// Entries before this are of no use to anybody.
    var limit: UInt32 = 0
    /// Files whose keys are in another run.
    var obsolete: [String] = []
    /// A page that a merge needs is unreadable: it would be so again.
    var canMerge = true
    var hasThread = false
    var isStopping = false
  }

  let book: KeyRunBook
  private let settings: KeyIndex.Settings
  private let state = Mutex(State())
  private let gate = Gate()

  init(_ settings: KeyIndex.Settings, _ book: KeyRunBook) {
    self.settings = settings
    self.book = book
  }

  // MARK: Asking for work

  /// Has what there is to do done: by the thread, or here and now where there is none.
  func ring() {
    guard !state.withLock({ $0.hasThread }) else { return gate.ring() }
    _ = work()
  }

  func forget(before limit: UInt32) {
    state.withLock { $0.limit = max($0.limit, limit) }
    ring()
  }

  /// From now on a thread does the work.
  func expectThread() { state.withLock { $0.hasThread = true } }

  /// Works until stopped; runs on a thread of its own.
  func run() {
    while !isStopping {
      let isDone = work()
      _ = gate.wait(timeoutMilliseconds: isDone ? nil : Self.retryMilliseconds)
    }
  }

  func stop() {
    state.withLock { $0.isStopping = true }
    gate.ring()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  // MARK: Working

  /// Returns false when something is to be tried again.
  private func work() -> Bool {
    do throws(JournalError) {
      while let frozen = book.now.frozen.first, !isStopping {
        let generations = frozen.generation...frozen.generation
        let run = try write(frozen.table, generations, frozen.sequences)
        book.seal(frozen, as: run)
      }
      try ioChecked { () throws(SystemError) in
        try removeObsolete()
        try removeExpired()
      }
      while let runs = nextMerge() { try merge(runs) }
      book.note(nil)
      return true
    } catch {
      book.note("\(error)")
      return false
    }
  }

  /// Makes a table durable.
  func write(
    _ table: KeyTable,
    _ generations: ClosedRange<UInt64>,
    _ sequences: ClosedRange<UInt64>
  ) throws(JournalError) -> KeyRun {
    try ioChecked { () throws(SystemError) in
      var writer = try writer(generations)
      for entry in table.sorted() { try writer.append(entry) }
      return try writer.finish(sequences: sequences)
    }
  }

  private func writer(_ generations: ClosedRange<UInt64>) throws(SystemError) -> KeyRunWriter {
    let hasThread = state.withLock { $0.hasThread }
    return try KeyRunWriter(
      settings.storage,
      directory: settings.directory,
      uuid: settings.uuid,
      generations: generations,
      pace: KeyRunWriter.Pace(isGentle: hasThread, isStopping: { self.isStopping })
    )
  }

  // MARK: Merging

  /// The neighbours with the fewest keys, oldest first, when there are too many runs.
  private func nextMerge() -> [KeyRun]? {
    let runs = Array(book.runs.runs.reversed())
    guard runs.count > settings.runsMax, state.withLock({ $0.canMerge && !$0.isStopping }) else {
      return nil
    }
    let width = min(settings.runsPerMerge, runs.count)
    let starts = 0...runs.count - width
    let best = starts.min { left, right in
      keys(runs[left..<left + width]) < keys(runs[right..<right + width])
    }
    return best.map { Array(runs[$0..<$0 + width]) }
  }

  private func keys(_ runs: ArraySlice<KeyRun>) -> Int { runs.reduce(0) { $0 + $1.count } }

  private func merge(_ runs: [KeyRun]) throws(JournalError) {
    guard let first = runs.first, let last = runs.last else { return }
    let generations = first.generations.lowerBound...last.generations.upperBound
    let merged: KeyRun
    do throws(JournalError) {
      merged = try merge(runs, generations, first.sequences.lowerBound...last.sequences.upperBound)
    } catch {
      if case .keysUnreadable = error { state.withLock { $0.canMerge = false } }
      throw error
    }
    // It has taken the name of the last one; the others are within its generations now, so a start
    // after a crash knows that they are not needed.
    book.replace(runs, with: merged)
    state.withLock { $0.obsolete += runs.dropLast().map(\.name) }
    try ioChecked { () throws(SystemError) in try removeObsolete() }
  }

  private func merge(
    _ runs: [KeyRun],
    _ generations: ClosedRange<UInt64>,
    _ sequences: ClosedRange<UInt64>
  ) throws(JournalError) -> KeyRun {
    var cursors: [KeyRunCursor] = []
    for run in runs { cursors.append(try KeyRunCursor(run)) }
    var writer = try ioChecked { () throws(SystemError) in try self.writer(generations) }
    while let smallest = cursors.compactMap(\.current?.key).min() {
      var newest: KeyRunEntry?
      // Oldest first, so that the newest stays.
      for index in cursors.indices {
        guard let entry = cursors[index].current, entry.key == smallest else { continue }
        newest = entry
        try cursors[index].advance()
      }
      guard let newest else { break }
      do throws(SystemError) { try writer.append(newest) } catch { throw .io(error) }
    }
    do throws(SystemError) {
      return try writer.finish(sequences: sequences)
    } catch { throw .io(error) }
  }

  // MARK: Removing

  func addObsolete(_ names: [String]) { state.withLock { $0.obsolete += names } }

  private func removeObsolete() throws(SystemError) {
    while let name = state.withLock({ $0.obsolete.first }) {
      try remove(name)
      state.withLock { _ = $0.obsolete.removeFirst() }
    }
  }

  /// Removes the oldest runs whose newest entry nobody needs; oldest first, one by one, so that a
  /// power cut leaves no hole between those that remain.
  ///
  /// The newest run stays in any case: it says how far the runs have come.
  private func removeExpired() throws(SystemError) {
    let limit = state.withLock { $0.limit }
    while true {
      let runs = book.runs.runs
      guard let oldest = runs.last, runs.count > 1, oldest.newestSeconds < limit else { return }
      try remove(oldest.name)
      book.remove(oldest)
    }
  }

  private func remove(_ name: String) throws(SystemError) {
    do throws(SystemError) {
      try settings.storage.remove(settings.directory + "/" + name)
    } catch  where error.isNotFound {
      // Gone already, and perhaps not for good: what failed was the next line.
    }
    try settings.storage.synchronizeDirectory(settings.directory)
  }
}
