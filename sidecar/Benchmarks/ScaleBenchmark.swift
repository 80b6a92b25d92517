internal import RelayJournal
internal import RelaySystem

/// A journal of millions of records: what the millionth append costs beside the first, and how such
/// a journal opens, is looked up and is read.
enum ScaleBenchmark {
  private static let recordsPerCommit = 64
  private static let recordBytes = 1024
  private static let lookups = 2000
  /// Each event a millisecond after the one before: what is looked up by time is known.
  private static let firstMicroseconds: Int64 = 1_800_000_000_000_000
  /// What no tail is larger than, and no open takes longer than without one.
  private static let segmentBytes: Int64 = 64 << 20
  private static let tailBytesPerSecond = 0.8e9
  private static let openSeconds = 1.0

  static func goals(_ folder: String, records: Int, plot: String?) throws -> [Goal] {
    let directory = folder + "/scale"
    let costs = try fill(directory, records)
    if let plot { try CostPlot(costs).write(to: plot) }
    return try flatness(costs) + opening(directory, records) + reading(directory, records)
  }

  private static func options(_ directory: String) -> JournalOptions {
    JournalOptions(directory: directory, segmentBytes: segmentBytes, reserveBytes: 0)
  }

  // MARK: Filling

  private static func fill(_ directory: String, _ records: Int) throws -> AppendCosts {
    let journal = try Journal.open(options(directory))
    var draft = BenchmarkEvents.draft(recordBytes: recordBytes)
    var costs = AppendCosts()
    let start = SystemClock.monotonicNanoseconds()
    var number = 0
    while number < records {
      let count = min(recordsPerCommit, records - number)
      let took = try CommitBenchmark.nanoseconds {
        for _ in 0..<count {
          number += 1
          draft.receivedAt = firstMicroseconds + Int64(number) * 1000
          draft.keys = [BenchmarkEvents.key(number)]
          _ = try journal.stage(draft, keySeconds: 1)
        }
        try journal.commit()
      }
      costs.add(Double(took) / 1000 / Double(count), at: number)
    }
    costs.seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
    try journal.close()
    return costs
  }

  private static func flatness(_ costs: AppendCosts) -> [Goal] {
    let points = costs.points
    let mean = { (range: ClosedRange<Double>) in
      median(points.filter { range.contains(Double($0.records)) }.map(\.microseconds))
    }
    guard let last = points.last, last.records >= 100_000 else { return [] }
    let (first, end) = (mean(1e4...5e4), mean(Double(last.records) / 2...Double(last.records)))
    return [
      Goal(
        "append at \(last.records) records / at 10^4",
        end / first,
        atMost: 1.25,
        " x"
      ),
      Goal("  us a record, \(recordsPerCommit) in a commit", costs.words),
      Goal("  all of them, with files that are made on the way", "\(Goal.text(costs.seconds)) s"),
    ]
  }

  // MARK: Opening

  private static func opening(_ directory: String, _ records: Int) throws -> [Goal] {
    let isCold = dropCaches()
    let before = residentBytes()
    // Held here alone: when it is let go, nothing more is written, as in a crash.
    var journal: Journal?
    let clean = try CommitBenchmark.nanoseconds { journal = try Journal.open(options(directory)) }
    let resident = residentBytes() - before
    guard journal?.durableSequence == UInt64(records) else {
      throw BenchmarkFailure(reason: "the journal has lost events")
    }
    try leaveTail(journal)
    let usage = journal?.reader.usage ?? (bytes: 0, segments: 0, keys: 0)
    journal = nil
    _ = dropCaches()
    let crashed = try CommitBenchmark.nanoseconds { journal = try Journal.open(options(directory)) }
    try journal?.close()
    let word = isCold ? "cold" : "warm (only root can drop the page cache)"
    return [
      Goal(
        "\(word) open of \(records) records, closed cleanly",
        Double(clean) / 1e9,
        atMost: openSeconds + Double(segmentBytes) / tailBytesPerSecond,
        " s"
      ),
      Goal(
        "\(word) open after a crash",
        Double(crashed) / 1e9,
        atMost: openSeconds + Double(segmentBytes) / tailBytesPerSecond,
        " s"
      ),
      Goal("  bytes, segments, keys", "\(usage.bytes), \(usage.segments), \(usage.keys)"),
      Goal("  memory of it above the start", "\(Goal.text(Double(resident) / 1e6)) MB"),
    ]
  }

  /// A tail for a crash: half a segment.
  private static func leaveTail(_ journal: Journal?) throws {
    let draft = BenchmarkEvents.draft(recordBytes: recordBytes)
    for _ in 0..<Int(segmentBytes) / 2 / recordBytes / recordsPerCommit {
      for _ in 0..<recordsPerCommit { _ = try journal?.stage(draft) }
      try journal?.commit()
    }
  }

  /// Returns whether what is read next comes from the disk.
  private static func dropCaches() -> Bool {
    do {
      let file = try File.open("/proc/sys/vm/drop_caches")
      try file.write(Array("3\n".utf8).span, at: 0)
      return true
    } catch {
      return false
    }
  }

  // MARK: Reading

  private static func reading(_ directory: String, _ records: Int) throws -> [Goal] {
    let journal = try Journal.open(options(directory))
    let reader = journal.reader
    _ = dropCaches()
    let cold = try Quantiles(bySequence(reader, records, count: lookups / 10))
    let warm = try Quantiles(bySequence(reader, records, count: lookups))
    let time = try Quantiles(byTime(reader, records))
    let paged = try page(reader)
    let resident = residentBytes()
    try journal.close()
    let verify = try verify(directory)
    let microseconds = { (found: Quantiles) in
      "\(Goal.text(found.p50)) / \(Goal.text(found.p99)) us"
    }
    return [
      Goal("every byte checked, page cache", verify, atLeast: 3, " GB/s"),
      Goal("one event by its sequence, cold, p50/p99", microseconds(cold)),
      Goal("one event by its sequence, p50/p99", microseconds(warm)),
      Goal("first event at a time, p50/p99", microseconds(time)),
      Goal("paging through all, events with bodies", "\(Goal.text(paged.events)) a second"),
      Goal("  bytes of records", "\(Goal.text(paged.gigabytes)) GB/s"),
      Goal("  resident memory after that", "\(Goal.text(Double(resident) / 1e6)) MB"),
    ]
  }

  private static func bySequence(
    _ reader: JournalReader,
    _ records: Int,
    count: Int
  ) throws -> [Int64] {
    var number = 1
    return try (0..<count).map { _ in
      number = (number + 7_368_787) % records + 1
      let sequence = UInt64(number)
      return try CommitBenchmark.nanoseconds {
        guard try reader.event(sequence, body: true)?.sequence == sequence else {
          throw BenchmarkFailure(reason: "event \(sequence) is not there")
        }
      }
    }
  }

  private static func byTime(_ reader: JournalReader, _ records: Int) throws -> [Int64] {
    var number = 1
    return try (0..<lookups).map { _ in
      number = (number + 7_368_787) % records + 1
      let time = firstMicroseconds + Int64(number) * 1000
      let wanted = UInt64(number)
      return try CommitBenchmark.nanoseconds {
        let found = reader.firstSequence(at: time)
        guard found == wanted else {
          throw BenchmarkFailure(reason: "event \(wanted) was looked up, \(found) was found")
        }
      }
    }
  }

  private static func page(
    _ reader: JournalReader
  ) throws -> (events: Double, gigabytes: Double) {
    var next = reader.bounds.first
    var (events, bytes) = (0, 0)
    var isAtEnd = false
    let took = try CommitBenchmark.nanoseconds {
      while !isAtEnd {
        let page = try reader.read(
          from: next,
          order: .ascending,
          limit: ReadLimit(events: 1000, bytes: 8 << 20, scanned: 10_000),
          body: true
        ) { _ in true }
        events += page.entries.count
        bytes += page.entries.count * recordBytes
        isAtEnd = page.reachedEnd
        next = page.next
      }
    }
    let seconds = Double(took) / 1e9
    return (Double(events) / seconds, Double(bytes) / seconds / 1e9)
  }

  /// Gigabytes a second of the whole journal, its state and runs of keys included.
  private static func verify(_ directory: String) throws -> Double {
    let inspector = try JournalInspector(directory: directory)
    let bytes = try inspector.statistics().bytes
    let took = try CommitBenchmark.nanoseconds {
      guard try inspector.verify().problems.isEmpty else {
        throw BenchmarkFailure(reason: "the journal is damaged")
      }
    }
    return Double(bytes) / (Double(took) / 1e9) / 1e9
  }

  private static func residentBytes() -> Int {
    let text = (try? readFile("/proc/self/statm", limit: 4096)) ?? []
    let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
    return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
  }
}
