internal import RelayJournal
internal import RelaySystem

/// The journal's append against bare `pwrite` + `fdatasync` into a zero-filled file.
enum JournalBenchmark {
  private static let commits = 2000
  private static let bodyBytes = 1024

  static func rows(directory: String) -> [Row] {
    let folder = directory + "/benchmark-\(Process.pid)"
    do {
      try Directory.create(folder)
      defer { Directory.removeTree(folder) }
      return try [1, 64].map { batch in try row(batch: batch, folder: folder) }
    } catch {
      print("the journal could not be measured: \(error)")
      return []
    }
  }

  private static func row(batch: Int, folder: String) throws -> Row {
    let journal = try Journal.open(
      JournalOptions(directory: folder + "/journal-\(batch)", reserveBytes: 0)
    )
    let draft = BenchmarkEvents.draft(bodyBytes: bodyBytes)
    let ours = try medianCommit {
      for _ in 0..<batch { _ = try journal.stage(draft) }
      try journal.commit()
    }
    try journal.close()
    let peer = try bare(bytes: batch * (bodyBytes + 64), path: folder + "/bare-\(batch)")
    return Row(
      what: "append \(batch) x \(bodyBytes) B / pwrite+fdatasync",
      unit: "us",
      ours: ours,
      peer: peer
    )
  }

  private static func bare(bytes: Int, path: String) throws -> Double {
    let size = (bytes + 4095) / 4096 * 4096
    let file = try File.create(path)
    let block = [UInt8](repeating: 0x62, count: size)
    var offset: Int64 = 0
    for _ in 0..<commits {
      try file.write(block.span, at: offset)
      offset += Int64(size)
    }
    try file.synchronizeData()
    offset = 0
    return try medianCommit {
      try file.write(block.span, at: offset)
      try file.synchronizeData()
      offset += Int64(size)
    }
  }

  /// Microseconds of one commit, the median of all.
  private static func medianCommit(_ body: () throws -> Void) throws -> Double {
    var samples: [Int64] = []
    samples.reserveCapacity(commits)
    for _ in 0..<commits {
      let start = SystemClock.monotonicNanoseconds()
      try body()
      samples.append(SystemClock.monotonicNanoseconds() - start)
    }
    return Double(samples.sorted()[commits / 2]) / 1000
  }
}
