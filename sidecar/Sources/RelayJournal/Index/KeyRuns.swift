internal import Synchronization

/// The runs of one moment, newest first: any thread may look keys up in them (journal §11.3).
///
/// What it found goes to the thread that owns the index, with `generation`: `KeyIndex.find(_:after:
/// found:)` then looks at everything that came later. Between the two no key can be.
package struct KeyRuns: Sendable {
  let runs: [KeyRun]
  private let filters: KeyFilterTable
  package let keyCount: Int

  /// Newest first.
  package init(runs: [KeyRun]) {
    self.runs = runs
    filters = KeyFilterTable(runs)
    keyCount = runs.reduce(0) { $0 + $1.count }
  }

  /// The newest generation that is in them; 0 for none.
  package var generation: UInt64 { runs.first?.generations.upperBound ?? 0 }

  package var count: Int { runs.count }
  /// What they keep in memory.
  package var memoryBytes: Int { runs.reduce(0) { $0 + $1.memoryBytes } }

  /// Returns the newest entry of a key.
  package func find(_ key: Key128) throws(JournalError) -> KeyEntry? {
    try find(key, after: 0)
  }

  /// A merged run counts as its newest generation: it is looked at again where that one is new.
  func find(_ key: Key128, after generation: UInt64) throws(JournalError) -> KeyEntry? {
    let hash = key.filterHash
    var row = 0
    while let found = filters.row(for: key, hash: hash, after: generation, from: row) {
      if let entry = try runs[filters.run(at: found)].find(key) { return entry }
      row = found + 1
    }
    return nil
  }
}

/// What is sealed, shared between the thread that owns the index, the one that writes runs, and
/// those that look keys up.
///
/// Every change is one step: a key leaves the frozen tables in the moment in which its run is here.
package final class KeyRunBook: Sendable {
  struct Contents: Sendable {
    /// Oldest first.
    var frozen: [FrozenKeys] = []
    var runs = KeyRuns(runs: [])
    /// Why the oldest frozen table is not a run yet.
    var problem: String?
  }

  private let contents: Mutex<Contents>

  init(_ runs: [KeyRun]) { contents = Mutex(Contents(runs: KeyRuns(runs: runs))) }

  /// The runs as they are now.
  package var runs: KeyRuns { contents.withLock { $0.runs } }

  var now: Contents { contents.withLock { $0 } }

  /// How many frozen tables there are, and how many keys in them and in the runs; asked for every
  /// event, and so without copying what is counted.
  var counts: (frozen: Int, keys: Int) {
    contents.withLock { contents in
      let frozen = contents.frozen.reduce(0) { $0 + $1.table.count }
      return (contents.frozen.count, frozen + contents.runs.keyCount)
    }
  }

  func freeze(_ keys: FrozenKeys) { contents.withLock { $0.frozen.append(keys) } }

  func note(_ problem: String?) { contents.withLock { $0.problem = problem } }

  /// Puts a durable run in the place of the frozen table that it was made from.
  func seal(_ frozen: FrozenKeys, as run: KeyRun) {
    contents.withLock { contents in
      precondition(contents.frozen.first === frozen, "tables become runs in their order")
      contents.frozen.removeFirst()
      contents.runs = contents.runs.replacing([], with: run)
    }
  }

  /// Puts a durable run in the place of those that it was merged from, or where its generation
  /// belongs.
  func replace(_ old: [KeyRun], with run: KeyRun) {
    contents.withLock { $0.runs = $0.runs.replacing(old, with: run) }
  }

  func remove(_ run: KeyRun) {
    contents.withLock { $0.runs = KeyRuns(runs: $0.runs.runs.filter { $0 !== run }) }
  }
}

extension KeyRuns {
  fileprivate func replacing(_ old: [KeyRun], with run: KeyRun) -> KeyRuns {
    var kept = runs.filter { candidate in !old.contains { $0 === candidate } }
    let index = kept.firstIndex { $0.generations.upperBound < run.generations.lowerBound }
    kept.insert(run, at: index ?? kept.count)
    return KeyRuns(runs: kept)
  }
}
