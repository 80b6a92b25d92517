/// The filters of all runs side by side, newest run first: a key that is new, as most are, is
/// looked for in every one of them.
///
/// Nothing on that way counts references. A locked instruction has the processor wait for memory
/// before it goes on, and a lookup in many filters is nothing but waiting for memory: without one,
/// several filters are waited for at once.
struct KeyFilterTable: Sendable {
  private struct Row: Sendable {
    /// The first key that the filter is about.
    let first: Key128
    /// The first key that the next filter of the run is about; nil for its last one.
    let end: Key128?
    let filter: FuseFilter
    /// The newest generation of the run.
    let generation: UInt64
    /// Where the run stands among the others.
    let run: Int

    func mayContain(_ key: Key128, hash: UInt64) -> Bool {
      guard first <= key else { return false }
      if let end, end <= key { return false }
      return filter.contains(hash)
    }
  }

  private let rows: [Row]

  init(_ runs: [KeyRun]) {
    var rows: [Row] = []
    for (index, run) in runs.enumerated() {
      let parts = run.filters.parts
      for (number, part) in parts.enumerated() {
        rows.append(
          Row(
            first: part.first,
            end: number + 1 < parts.count ? parts[number + 1].first : nil,
            filter: part.filter,
            generation: run.generations.upperBound,
            run: index
          )
        )
      }
    }
    self.rows = rows
  }

  /// The first row from `start` on that may have a key, among those of runs newer than
  /// `generation`; `hash` is the key's `filterHash`.
  func row(for key: Key128, hash: UInt64, after generation: UInt64, from start: Int) -> Int? {
    let rows = rows.span
    var row = start
    while row < rows.count, rows[row].generation > generation {
      if rows[row].mayContain(key, hash: hash) { return row }
      row += 1
    }
    return nil
  }

  /// The index of the run that a row belongs to.
  func run(at row: Int) -> Int { rows[row].run }
}
