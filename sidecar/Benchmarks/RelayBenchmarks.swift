internal import RelaySystem

/// Prints the table of what one operation costs, each beside a peer measured in the same run.
///
/// `scripts/bench` runs it together with the ingest comparison against nginx.
@main enum RelayBenchmarks {
  static func main() {
    if let index = CommandLine.arguments.firstIndex(of: "--verify") {
      let sizes = CommandLine.arguments[(index + 1)...].compactMap { Int($0) }
      let verify = VerifyBenchmark.run(sizes: sizes.isEmpty ? nil : sizes)
      Row.printTable(verify.rows + AddressBenchmark.rows() + JSONBenchmark.rows())
      Goal.printTable("verification", verify.goals)
      return printAllocations()
    }
    if let index = CommandLine.arguments.firstIndex(of: "--verify-loop") {
      let arguments = CommandLine.arguments[(index + 1)...]
      let counts = arguments.compactMap { Int($0) }
      let isDone =
        counts.count == 2
        && VerifyBenchmark.loop(arguments.first ?? "", bodyBytes: counts[0], calls: counts[1])
      return isDone ? () : print("--verify-loop PROFILE BYTES CALLS: that is no profile to verify")
    }
    if let index = CommandLine.arguments.firstIndex(of: "--keys") {
      return KeyBenchmark.run(Array(CommandLine.arguments[(index + 1)...]))
    }
    if let index = CommandLine.arguments.firstIndex(of: "--journal") {
      return JournalGoals.run(Array(CommandLine.arguments[(index + 1)...]))
    }
    var rows: [Row] = []
    let verify = VerifyBenchmark.run()
    rows += verify.rows
    rows += AddressBenchmark.rows()
    rows += JSONBenchmark.rows()
    rows += JournalBenchmark.rows(directory: CommandLine.arguments.dropFirst().first ?? ".")
    Row.printTable(rows)
    Goal.printTable("verification", verify.goals)
    printAllocations()
  }

  private static func printAllocations() {
    print("\nallocations per verify, after warm-up; those of the first line are libcrypto's own")
    for (what, count) in AllocationBenchmark.counts() { print("\(Row.pad(what, 44))\(count)") }
  }
}

/// One line of the table: ours, the peer's, and the ratio of the two.
struct Row {
  let what: String
  let unit: String
  let ours: Double
  let peer: Double

  static func printTable(_ rows: [Row]) {
    print(columns("operation", "ours", "peer", "ours/peer", "unit"))
    for row in rows {
      print(columns(row.what, text(row.ours), text(row.peer), text(row.ours / row.peer), row.unit))
    }
  }

  private static func text(_ value: Double) -> String {
    let scaled = (value * 100).rounded() / 100
    return value >= 100 ? "\(Int(value.rounded()))" : "\(scaled)"
  }

  private static func columns(
    _ what: String,
    _ ours: String,
    _ peer: String,
    _ ratio: String,
    _ unit: String
  ) -> String {
    pad(what, 44) + left(ours, 10) + left(peer, 10) + left(ratio, 11) + "  " + unit
  }

  static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  private static func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}

/// Times `body` in rounds and returns the median of nanoseconds per call: medians survive a noisy
/// neighbour, and of work that never waits only the thread's own time on a core is counted.
func nanosecondsPerCall(rounds: Int = 9, calls: Int, _ body: () -> Void) -> Double {
  var samples: [Double] = []
  for _ in 0..<rounds {
    let start = SystemClock.threadNanoseconds()
    for _ in 0..<calls { body() }
    samples.append(Double(SystemClock.threadNanoseconds() - start) / Double(calls))
  }
  return samples.sorted()[rounds / 2]
}
