internal import RelayJournal
internal import RelaySystem

/// What one commit costs: calls, counted; and time, beside a bare pwrite and fdatasync of the same
/// size into the same kind of file, one after the other.
enum CommitBenchmark {
  private static let rounds = 7
  private static let commits = 1500
  private static let recordBytes = 1024

  static func goals(_ folder: String) throws -> [Goal] {
    try counts(folder) + [1, 64].flatMap { try latency(folder, records: $0) }
  }

  // MARK: Counting

  /// Commits over several segments, with silences and changes of the state in between.
  private static func counts(_ folder: String) throws -> [Goal] {
    let storage = CountingStorage()
    var options = JournalOptions(directory: folder + "/counted", segmentBytes: 4 << 20)
    options.reserveBytes = 0
    options.preparesSegments = false
    let journal = try Journal.open(options, storage: storage)
    let draft = BenchmarkEvents.draft(recordBytes: recordBytes)
    let before = storage.now
    for _ in 0..<500 { try commit(journal, draft, 1) }
    let steady = storage.now
    var (batches, marks, states) = (0, 0, 0)
    let segments = journal.sealedSegments.count
    for number in 1...3000 {
      try commit(journal, draft, number % 7 + 1)
      batches += 1
      if number % 10 == 0 {
        try journal.stageState(key: "consumer", value: [1])
        try journal.commit()
        states += 1
      }
      guard number % 5 == 0 else { continue }
      // Both logs may need one.
      marks += number % 10 == 0 ? 2 : 1
      try journal.commitIdleMark()
    }
    let all = storage.now
    // A mark that seals the old segment, and the head of the new one.
    let rolls = 2 * (journal.sealedSegments.count - segments)
    try journal.close()
    let calls = all.dataSyncs - steady.dataSyncs
    return [
      Goal(
        "fdatasync calls per batch, steady",
        Double(steady.dataSyncs - before.dataSyncs) / 500,
        atMost: 1.02,
        ""
      ),
      Goal(
        "writes per batch, steady",
        Double(steady.writes - before.writes) / 500,
        atMost: 1.02,
        ""
      ),
      Goal(
        "fdatasync calls / (batches+marks+rolls+state syncs)",
        Double(calls) / Double(batches + marks + rolls + states),
        atMost: 1,
        ""
      ),
      Goal(
        "  of which",
        "\(batches) + \(marks) + \(rolls) + \(states)"
      ),
    ]
  }

  private static func commit(_ journal: Journal, _ draft: EventDraft, _ records: Int) throws {
    for _ in 0..<records { _ = try journal.stage(draft) }
    try journal.commit()
  }

  // MARK: Timing

  private static func latency(_ folder: String, records: Int) throws -> [Goal] {
    var (p50, p99): ([Double], [Double]) = ([], [])
    var last: (ours: Quantiles, bare: Quantiles)?
    for round in 1...rounds {
      let found = try self.round(folder + "/latency-\(records)-\(round)", records)
      p50.append(found.ours.p50 / found.bare.p50)
      p99.append(found.ours.p99 / found.bare.p99)
      last = found
    }
    let what = "commit of \(records) x \(recordBytes) B / pwrite+fdatasync"
    let microseconds = { (value: Double) in Goal.text(value) + " us" }
    return [
      Goal("\(what), p50", median(p50), atMost: 1.3, " x"),
      Goal("\(what), p99", median(p99), atMost: 2, " x"),
      Goal(
        "  last round: ours p50/p99, bare p50/p99",
        last.map { last in
          [last.ours.p50, last.ours.p99, last.bare.p50, last.bare.p99].map(microseconds)
            .joined(separator: " ")
        } ?? ""
      ),
    ]
  }

  private static func round(
    _ folder: String,
    _ records: Int
  ) throws -> (ours: Quantiles, bare: Quantiles) {
    let bytes = (64 + records * recordBytes + 4095) / 4096 * 4096
    let file = try zeroed(folder + ".bare", commits * bytes)
    // The spare is made before the clock runs, and none is needed while it does.
    let segment = Int64(commits * bytes + (1 << 20)) / 4096 * 4096
    var options = JournalOptions(directory: folder, segmentBytes: segment, reserveBytes: 0)
    options.preparesSegments = false
    let journal = try Journal.open(options)
    let draft = BenchmarkEvents.draft(recordBytes: recordBytes)
    let block = [UInt8](repeating: 0x62, count: bytes)
    var (ours, bare): ([Int64], [Int64]) = ([], [])
    for number in 0..<commits {
      ours.append(try nanoseconds { try commit(journal, draft, records) })
      bare.append(
        try nanoseconds {
          try file.write(block.span, at: Int64(number * bytes))
          try file.synchronizeData()
        }
      )
    }
    try journal.close()
    Directory.removeTree(folder)
    try Directory.remove(folder + ".bare")
    return (Quantiles(ours), Quantiles(bare))
  }

  private static func zeroed(_ path: String, _ size: Int) throws -> File {
    let file = try File.create(path)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for offset in stride(from: 0, to: size, by: zeros.count) {
      try file.write(zeros.span, at: Int64(offset))
    }
    try file.synchronize()
    return file
  }

  static func nanoseconds(_ body: () throws -> Void) rethrows -> Int64 {
    let start = SystemClock.monotonicNanoseconds()
    try body()
    return SystemClock.monotonicNanoseconds() - start
  }
}
