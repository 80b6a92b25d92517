internal import RelaySystem

/// The journal against its goals, each figure beside its own: `--journal DIR [RECORDS [PLOT]]`.
enum JournalGoals {
  private static let defaultRecords = 1_000_000

  static func run(_ arguments: [String]) {
    let folder = (arguments.first ?? ".") + "/benchmark-\(Process.pid)"
    let records = arguments.dropFirst().first.flatMap(Int.init) ?? defaultRecords
    let plot = arguments.dropFirst(2).first
    defer { Directory.removeTree(folder) }
    do {
      try Directory.create(folder)
      Goal.printTable("journal: commits", try CommitBenchmark.goals(folder))
      Goal.printTable("journal: many writers", try LoopBenchmark.goals(folder))
      Goal.printTable(
        "journal: \(records) records",
        try ScaleBenchmark.goals(folder, records: max(200_000, records), plot: plot)
      )
    } catch {
      print("the journal could not be measured: \(error)")
    }
  }
}
