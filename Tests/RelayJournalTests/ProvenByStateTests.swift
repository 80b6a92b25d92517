import RelayJournal
import RelaySystem
import Testing

/// Newest segments that are gone after a crash, and what still tells that they had been there.
@Suite("Events that the state speaks of") struct ProvenByStateTests {
  private static let events = 40

  /// Stands in for a consumer: the last sequence it has read.
  private static func position(_ state: [String: [UInt8]]) -> UInt64 {
    UInt64(state["position"]?.first ?? 0)
  }

  private var options: JournalOptions {
    var options = simulatedOptions()
    options.lastSpokenOf = Self.position
    return options
  }

  /// Ends without a word, after somebody has read everything up to `position`.
  private func crashed(_ storage: SimulatedStorage, position: UInt8) throws -> UInt64 {
    let journal = try Journal.open(options, storage: storage)
    for number in 1...Self.events {
      _ = try journal.stage(Sample.draft(number, bytes: 5000))
      try journal.commit()
    }
    if position > 0 { try journal.stageState(key: "position", value: [position]) }
    try journal.commit()
    #expect(journal.sealedSegments.count > 2)
    return try #require(journal.sealedSegments.last).lastSequence
  }

  private func removeNewest(_ storage: SimulatedStorage, index: Bool) throws {
    let path = try #require(storage.disk.segmentNames.last)
    storage.with { state in
      _ = state.disk.remove(path)
      if index { _ = state.disk.remove(path.dropLast(4) + ".idx") }
    }
  }

  @Test func `what somebody has read and is gone is a gap, and its sequences are not given again`()
    throws
  {
    let storage = SimulatedStorage()
    let end = try crashed(storage, position: 40)
    try removeNewest(storage, index: true)
    let report = try JournalInspector(
      directory: options.directory,
      storage: storage,
      lastSpokenOf: Self.position
    ).verify()
    let problem = try #require(report.problems.first)
    #expect(problem.sequence == end + 1 && problem.through == 40)
    for _ in 0..<2 {
      let journal = try Journal.open(options, storage: storage)
      #expect(try Survey(journal).gaps == [end + 1...40])
      #expect(journal.losses.all.map(\.from) == [end + 1])
      try journal.close()
    }
    let journal = try Journal.open(options, storage: storage)
    #expect(try journal.stage(Sample.draft(41, bytes: 10)) == 41)
    try journal.commit()
    #expect(try Survey(journal).bodies.count == Int(end) + 1)
  }

  @Test func `an index without its segment tells of it as well`() throws {
    let folder = "/tmp/relay-proven-" + randomBytes(8).map { String($0, radix: 36) }.joined()
    defer { Directory.removeTree(folder) }
    var options = JournalOptions(directory: folder, segmentBytes: 64 << 10, reserveBytes: 0)
    options.stateSegmentBytes = 64 << 10
    var end: UInt64 = 0
    do {
      let journal = try Journal.open(options)
      for number in 1...Self.events {
        _ = try journal.stage(Sample.draft(number, bytes: 5000))
        try journal.commit()
      }
      end = try #require(journal.sealedSegments.last).lastSequence
      // The background makes it.
      let pause = Gate()
      for _ in 0..<500 where try indexes(folder).count < journal.sealedSegments.count {
        _ = pause.wait(timeoutMilliseconds: 20)
      }
      #expect(try indexes(folder).count == journal.sealedSegments.count)
      try journal.close()
    }
    // Two segments, and what EPOCH says of a clean end.
    let names = try Directory.list(folder + "/log").filter {
      $0.hasPrefix("0") && $0.hasSuffix(".seg")
    }
    for name in names.suffix(2) { try Directory.remove("\(folder)/log/\(name)") }
    for slot in ["EPOCH.0", "EPOCH.1"] { try Directory.remove("\(folder)/\(slot)") }
    let journal = try Journal.open(options)
    #expect(try Survey(journal).gaps.map(\.upperBound) == [end])
    #expect(try journal.stage(Sample.draft(41, bytes: 10)) == end + 1)
  }

  private func indexes(_ folder: String) throws -> [String] {
    try Directory.list(folder + "/log").filter { $0.hasSuffix(".idx") }
  }

  @Test func `nobody who has read it, and no index: it looks like a log that ended before`() throws
  {
    let storage = SimulatedStorage()
    let end = try crashed(storage, position: 0)
    try removeNewest(storage, index: true)
    let journal = try Journal.open(options, storage: storage)
    #expect(try Survey(journal).gaps == [] && journal.durableSequence == end)
  }

  @Test func `a position that cannot be is no proof`() throws {
    let storage = SimulatedStorage()
    var options = options
    options.lastSpokenOf = { _ in .max }
    for _ in 0..<2 {
      let journal = try Journal.open(options, storage: storage)
      #expect(journal.losses.all.isEmpty)
      try journal.close()
    }
    let journal = try Journal.open(options, storage: storage)
    #expect(try journal.stage(Sample.draft(1, bytes: 10)) == 1)
  }

  @Test func `whoever refuses damage touches nothing`() throws {
    let storage = SimulatedStorage()
    _ = try crashed(storage, position: 40)
    try removeNewest(storage, index: true)
    var options = options
    options.onDamage = .refuse
    let before = storage.disk.segmentNames
    let journal = try Journal.open(options, storage: storage)
    #expect(journal.room == .readOnly)
    #expect(storage.disk.segmentNames == before)
  }
}
