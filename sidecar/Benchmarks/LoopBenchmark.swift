internal import CGroupCommit
internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// Writers that each have one record in flight, against the same in C (`group_commit.c`): two
/// threads, a queue, group commit.
///
/// The journal does more in it: segments that end, files that are used again, indexes of them.
enum LoopBenchmark {
  private static let rounds = 5
  private static let seconds = 3.0
  private static let recordBytes = 1024

  static func goals(_ folder: String) throws -> [Goal] {
    try [64, 256].flatMap { try goals(folder, clients: $0) }
  }

  private static func goals(
    _ folder: String,
    clients: Int
  ) throws -> [Goal] {
    var (ratios, ours, theirs): ([Double], [Double], [Double]) = ([], [], [])
    for round in 1...rounds {
      // The path is a C string for the call only.
      let peer = unsafe group_commit(folder, Int32(clients), Int32(recordBytes), seconds)
      let own = try run(folder + "/loop-\(clients)-\(round)", clients)
      ratios.append(own / peer)
      ours.append(own)
      theirs.append(peer)
    }
    let range = "\(Goal.text(ratios.min() ?? 0)) to \(Goal.text(ratios.max() ?? 0))"
    return [
      Goal("closed loop, \(clients) writers / C reference", median(ratios), atLeast: 0.85, " x"),
      Goal(
        "  records/s ours, C; ratio of the \(rounds) rounds",
        "\(Goal.text(median(ours))), \(Goal.text(median(theirs))); \(range)"
      ),
    ]
  }

  /// Records a second.
  private static func run(_ folder: String, _ clients: Int) throws -> Double {
    let exchange = Exchange()
    let thread = try Thread(name: "writer") {
      do { try write(folder, exchange) } catch { exchange.fail("\(error)") }
    }
    exchange.waitUntilReady()
    var ready = Array(0..<clients)
    var records = 0
    let start = SystemClock.monotonicNanoseconds()
    var elapsed = 0.0
    while elapsed < seconds, exchange.failure == nil {
      exchange.submit(ready)
      exchange.takeDone(into: &ready)
      records += ready.count
      elapsed = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
    }
    exchange.stop()
    thread.join()
    Directory.removeTree(folder)
    if let failure = exchange.failure { throw BenchmarkFailure(reason: failure) }
    return Double(records) / elapsed
  }

  private static func write(_ folder: String, _ exchange: Exchange) throws {
    let journal = try Journal.open(JournalOptions(directory: folder, reserveBytes: 0))
    // Encoded once: whoever takes an event in does that, and not the journal's thread.
    let record = EventRecord(BenchmarkEvents.draft(recordBytes: recordBytes))
    try makeFiles(journal, record)
    exchange.beReady()
    var batch: [Int] = []
    while exchange.takeSubmitted(into: &batch) {
      for _ in batch { _ = try journal.stage(record) }
      try journal.commit()
      exchange.finish(&batch)
      // The disk stays as full as it is, and files are used again.
      if journal.sealedSegments.count > segmentsKept { try journal.retire(1) }
    }
    try journal.close()
  }

  /// Goes on until files are used again: the peer, too, writes to one that was made before.
  private static func makeFiles(_ journal: Journal, _ record: EventRecord) throws {
    for _ in 0..<segmentsKept {
      let sealed = journal.sealedSegments.count
      while journal.sealedSegments.count == sealed {
        for _ in 0..<64 { _ = try journal.stage(record) }
        try journal.commit()
      }
    }
  }

  /// As few as show that the files go round.
  private static let segmentsKept = 3
}

struct BenchmarkFailure: Error, CustomStringConvertible {
  let reason: String
  var description: String { reason }
}

/// What the two threads of the loop share.
private final class Exchange: Sendable {
  private let submitted = Mutex<[Int]>([])
  private let done = Mutex<[Int]>([])
  private let problem = Mutex<String?>(nil)
  private let isStopping = Atomic<Bool>(false)
  private let toWriter = Gate()
  private let toClients = Gate()

  var failure: String? { problem.withLock { $0 } }

  func fail(_ reason: String) {
    problem.withLock { $0 = reason }
    toClients.ring()
  }

  func waitUntilReady() { _ = toClients.wait(timeoutMilliseconds: nil) }

  func beReady() { toClients.ring() }

  func submit(_ clients: [Int]) {
    submitted.withLock { $0 += clients }
    toWriter.ring()
  }

  func takeDone(into clients: inout [Int]) {
    clients.removeAll(keepingCapacity: true)
    while clients.isEmpty, failure == nil {
      _ = toClients.wait(timeoutMilliseconds: nil)
      done.withLock { swap(&$0, &clients) }
    }
  }

  func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    toWriter.ring()
  }

  /// Waits for work; false when there is none and none will come.
  func takeSubmitted(into batch: inout [Int]) -> Bool {
    while true {
      submitted.withLock { swap(&$0, &batch) }
      if !batch.isEmpty { return true }
      if isStopping.load(ordering: .sequentiallyConsistent) { return false }
      _ = toWriter.wait(timeoutMilliseconds: nil)
    }
  }

  func finish(_ batch: inout [Int]) {
    done.withLock { $0 += batch }
    batch.removeAll(keepingCapacity: true)
    toClients.ring()
  }
}
