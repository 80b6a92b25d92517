internal import RelayJournal
internal import RelaySystem

/// The key index with many keys: memory for each, and lookups, with the answers checked.
///
/// A lookup that hits reads and checks one page: its peer is the bare read of a page. One that
/// misses asks the filter of every run: its peer is one miss in a dictionary of a million keys.
enum KeyBenchmark {
  private static let defaultCount = 5_000_000
  private static let lookups = 200_000
  private static let keysPerCommit = 1000
  /// How often is looked whether the merges that the filling has left are done.
  private static let mergeMilliseconds: Int32 = 20
  /// Never rung: a wait that only takes time.
  private static let pause = Gate()

  static func run(_ arguments: [String]) {
    let count = arguments.first.flatMap(Int.init) ?? defaultCount
    let folder = (arguments.dropFirst().first ?? ".") + "/benchmark-\(Process.pid)"
    defer { Directory.removeTree(folder) }
    do {
      try measure(max(1000, count), folder)
    } catch {
      print("the key index could not be measured: \(error)")
    }
  }

  private static func measure(_ count: Int, _ folder: String) throws {
    try Directory.create(folder)
    let before = residentBytes()
    let opening = try opening(folder)
    let index = opening.index
    try index.startThread()
    let start = SystemClock.monotonicNanoseconds()
    let longest = fill(index, count)
    while index.durableThrough < UInt64(count) { index.seal() }
    let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
    while index.book.runs.count > KeyIndex.runsMax {
      _ = pause.wait(timeoutMilliseconds: mergeMilliseconds)
    }
    let runs = index.book.runs
    print("\(count) keys in \(runs.count) runs")
    line("memory of a sealed key", Double(runs.memoryBytes) / Double(runs.keyCount), "B")
    line("resident memory above the start, all in all", megabytes(residentBytes() - before), "MB")
    line("inserting and sealing, keys a second", Double(count) / seconds, "")
    line("longest \(keysPerCommit) inserts and commit", longest, "us")
    try Row.printTable(rows(runs, count, folder))
    print("wrong answers: \(try wrongAnswers(runs, count))")
    index.stop()
    let again = SystemClock.monotonicNanoseconds()
    let reopened = try self.opening(folder)
    line(
      "opening again, every byte checked",
      Double(SystemClock.monotonicNanoseconds() - again) / 1e9,
      "s"
    )
    print("wrong answers after that: \(try wrongAnswers(reopened.index.book.runs, count))")
  }

  private static func opening(_ folder: String) throws -> KeyIndexOpening {
    let settings = KeyIndex.Settings(
      storage: FileStorage(),
      directory: folder + "/dedup",
      uuid: [UInt8](repeating: 1, count: 16)
    )
    return try KeyIndexOpening(settings, quarantine: folder + "/quarantine", first: 1)
  }

  /// Returns the microseconds of the slowest batch: what a seal costs the thread that inserts.
  private static func fill(_ index: KeyIndex, _ count: Int) -> Double {
    var longest: Int64 = 0
    var number = 0
    while number < count {
      let batch = min(keysPerCommit, count - number)
      let start = SystemClock.monotonicNanoseconds()
      if index.hasRoom(for: batch) {
        for _ in 0..<batch {
          number += 1
          index.insert(key(number), sequence: UInt64(number), seconds: 1)
        }
      }
      index.committed(through: UInt64(number))
      longest = max(longest, SystemClock.monotonicNanoseconds() - start)
    }
    return Double(longest) / 1000
  }

  // MARK: Looking up

  private static func rows(_ runs: KeyRuns, _ count: Int, _ folder: String) throws -> [Row] {
    let hit = perLookup { (try? runs.find(key($0 % count + 1))) != nil }
    let miss = perLookup { (try? runs.find(key(count + 1 + $0 % count))) == nil }
    let read = try readOfAPage(folder + "/dedup")
    var dictionary: [Key128: UInt64] = [:]
    dictionary.reserveCapacity(1 << 20)
    for number in 1...1 << 20 { dictionary[key(number)] = UInt64(number) }
    let exact = perLookup { dictionary[key((1 << 20) + 1 + $0)] == nil }
    return [
      Row(what: "lookup that hits / read of a page", unit: "ns", ours: hit, peer: read),
      Row(what: "lookup that misses / dictionary of 1 Mi", unit: "ns", ours: miss, peer: exact),
    ]
  }

  /// A page of any of the files, as lookups read them: one file alone would stay in the caches.
  private static func readOfAPage(_ folder: String) throws -> Double {
    var files: [any StorageFile] = []
    var pages: [UInt64] = []
    for name in try Directory.list(folder) {
      let file = try FileStorage().openForReading(folder + "/" + name)
      pages.append(max(1, UInt64(try file.size()) / 4096))
      files.append(file)
    }
    return perLookup { number in
      let random = key(number)
      let index = Int(random.high % UInt64(files.count))
      let page = Int64(random.low % pages[index])
      return (try? files[index].read(4096, at: page * 4096)) != nil
    }
  }

  /// `isRight` is given numbers far from each other.
  private static func perLookup(_ isRight: (Int) -> Bool) -> Double {
    var number = 1
    return nanosecondsPerCall(calls: lookups) {
      number = (number + 7_368_787) & 0xFFFF_FFFF
      guard isRight(number) else { preconditionFailure("a wrong answer, or a file that is gone") }
    }
  }

  /// Every key that is there, and as many that are not.
  private static func wrongAnswers(_ runs: KeyRuns, _ count: Int) throws -> Int {
    var wrong = 0
    // All of five million; of more, as many.
    let step = max(1, count / defaultCount)
    for number in stride(from: 1, through: count, by: step) {
      if try runs.find(key(number))?.sequence != UInt64(number) { wrong += 1 }
      if try runs.find(key(count + number)) != nil { wrong += 1 }
    }
    return wrong
  }

  private static func key(_ number: Int) -> Key128 { BenchmarkEvents.key(number) }

  // MARK: Printing

  private static func line(_ what: String, _ value: Double, _ unit: String) {
    print("\(Row.pad(what, 48))\((value * 1000).rounded() / 1000) \(unit)")
  }

  private static func megabytes(_ bytes: Int) -> Double { Double(bytes) / 1e6 }

  private static func residentBytes() -> Int {
    let text = (try? readFile("/proc/self/statm", limit: 4096)) ?? []
    let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
    return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
  }
}
