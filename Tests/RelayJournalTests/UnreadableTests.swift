import Glibc
import RelayJournal
import RelaySystem
import Synchronization
import Testing

/// Files that the device does not give, or that somebody removed, while the journal is open.
@Suite("A segment that cannot be read") struct UnreadableTests {
  private static let events = 40

  private func open(_ storage: SimulatedStorage) throws -> Journal {
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...Self.events {
      _ = try journal.stage(Sample.draft(number, bytes: 5000))
      try journal.commit()
    }
    #expect(journal.sealedSegments.count > 2)
    return journal
  }

  /// Makes blocks of the n-th segment unreadable, all behind its header without a list.
  private func spoil(
    _ storage: SimulatedStorage,
    _ segment: Int,
    _ blocks: Set<Int>? = nil,
    _ code: Int32 = EIO
  ) throws -> String {
    let path = storage.disk.segmentNames[segment]
    let node = try #require(storage.disk.node(path))
    storage.with {
      $0.unreadable[node] = (blocks ?? Set(stride(from: 4096, to: 64 << 10, by: 4096)), code)
    }
    return path.split(separator: "/").last.map(String.init) ?? path
  }

  private func range(_ journal: Journal, _ index: Int) -> ClosedRange<UInt64> {
    let sealed = journal.sealedSegments
    return (index == 0 ? 1 : sealed[index - 1].lastSequence + 1)...sealed[index].lastSequence
  }

  @Test(arguments: [true, false])
  func `a whole one is a gap, reported once, and the others are read`(isRemoved: Bool) throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let lost = range(journal, 1)
    if isRemoved {
      let path = storage.disk.segmentNames[1]
      storage.with { _ = $0.disk.remove(path) }
    } else {
      _ = try spoil(storage, 1)
    }
    let reported = Mutex<[LogProblem]>([])
    journal.reportDamage { problems in reported.withLock { $0 += problems } }
    for _ in 0..<2 {
      let found = try Survey(journal)
      #expect(found.gaps == [lost] && found.unexplained == [])
      #expect(found.bodies.count == Self.events - lost.count)
    }
    #expect(try journal.reader.event(lost.lowerBound, body: true) == nil)
    let problems = reported.withLock { $0 }
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(problem.sequence == lost.lowerBound && problem.through == lost.upperBound)
    // As the next start finds it: remembered, and not found anew.
    #expect(try journal.take(damage: problems).count == 1)
    try journal.close()
    let again = try Journal.open(simulatedOptions(), storage: storage)
    #expect(again.losses.all.count == 1)
    #expect(try Survey(again).gaps == [lost])
  }

  @Test func `of one with a bad sector the other batches are read, either way`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let first = range(journal, 1).lowerBound
    // The second batch: each is two blocks.
    let name = try spoil(storage, 1, [4096 * 3])
    let found = try Survey(journal)
    #expect(found.gaps == [first + 1...first + 1] && found.unexplained == [])
    let page = try journal.reader.read(
      from: .max,
      order: .descending,
      limit: ReadLimit(events: 100, bytes: .max, scanned: 1000),
      body: false
    ) { _ in true }
    #expect(page.entries.count == Self.events)
    try journal.close()
    let inspector = try JournalInspector(directory: "/disk/journal", storage: storage)
    let problem = try #require(try inspector.verify().problems.first)
    #expect(problem.segment == name && problem.offset == 4096 * 3)
    #expect(problem.reason == "cannot be read: Input/output error")
    #expect(try inspector.verify().records == Self.events - 1)
    var dumped = 0
    #expect(try inspector.dump(bodies: false) { _ in dumped += 1 } == 1)
    #expect(dumped == Self.events - 1)
    // A repair decides nothing about it unless it is told to.
    let error = #expect(throws: JournalError.self) {
      try JournalRepair.run(directory: "/disk/journal", extent: .tail, storage: storage)
    }
    #expect(error?.exitCode == 1)
    let report = try JournalRepair.run(
      directory: "/disk/journal",
      extent: .acceptingLoss,
      storage: storage
    )
    #expect(report.losses.map(\.from) == [first + 1])
    #expect(try inspector.verify().problems == [])
  }

  @Test(arguments: [EMFILE, ENFILE, ENOMEM])
  func `what passes is an error and no gap`(code: Int32) throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    _ = try spoil(storage, 1, nil, code)
    #expect(throws: JournalError.self) { try Survey(journal) }
    storage.with { $0.unreadable = [:] }
    #expect(try Survey(journal).gaps == [])
  }

  @Test func `the newest one refuses a start, and nothing of it is cut`() throws {
    let storage = SimulatedStorage()
    try open(storage).close()
    let last = storage.disk.segmentNames.count - 1
    let name = try spoil(storage, last, [4096])
    let before = storage.disk.segmentNames
    let inspector = try JournalInspector(directory: "/disk/journal", storage: storage)
    let problems = try inspector.verify().problems
    #expect(problems.map(\.segment) == [name])
    #expect(problems.first?.reason == "cannot be read: Input/output error")
    for extent in [JournalRepair.Extent.tail, .acceptingLoss] {
      #expect(throws: JournalError.self) {
        try JournalRepair.run(directory: "/disk/journal", extent: extent, storage: storage)
      }
    }
    let error = #expect(throws: JournalError.self) {
      try Journal.open(simulatedOptions(), storage: storage)
    }
    #expect(error?.exitCode == 74)
    #expect(storage.disk.segmentNames == before)
    storage.with { $0.unreadable = [:] }
    #expect(try Survey(Journal.open(simulatedOptions(), storage: storage)).gaps == [])
  }
}
