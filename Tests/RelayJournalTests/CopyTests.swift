import RelayJournal
import Testing

@Suite("Copying a journal") struct CopyTests {
  private static let copy = "/disk/backup"

  private func options(_ directory: String = "/disk/journal") -> JournalOptions {
    JournalOptions(
      directory: directory,
      segmentBytes: 64 << 10,
      stateSegmentBytes: 64 << 10,
      reserveBytes: 0,
      keysPerRun: 20,
      preparesSegments: false
    )
  }

  private func fill(_ journal: Journal, _ numbers: ClosedRange<Int>) throws {
    for number in numbers {
      _ = try journal.stage(Sample.draft(number, bytes: 3000))
      try journal.stageState(key: "consumer/a", value: [UInt8(truncatingIfNeeded: number)])
      try journal.commit()
    }
  }

  private func run(_ storage: SimulatedStorage) throws(JournalError) -> JournalCopy.Report {
    try JournalCopy.run(from: "/disk/journal", to: Self.copy, storage: storage)
  }

  private func reopen(_ storage: SimulatedStorage) throws -> Journal {
    try Journal.open(options(Self.copy + "/journal"), storage: storage)
  }

  @Test(arguments: [true, false])
  func `has every event, key and entry, and the original is as it was`(isOpen: Bool) throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(options(), storage: storage)
    try fill(journal, 1...90)
    try journal.retire(1)
    let whole = try Survey(journal)
    if !isOpen { try journal.close() }
    let before = storage.disk
    let report = try run(storage)
    #expect(report.durableSequence == 90 && report.firstSequence == whole.first)
    #expect(report.gaps == [])
    for name in before.fileNames {
      let (old, new) = (try #require(before.node(name)), try #require(storage.disk.node(name)))
      #expect(before.read(old, 1 << 20, at: 0) == storage.disk.read(new, 1 << 20, at: 0))
    }
    let copied = try reopen(storage)
    #expect(copied.recovery.lines == ["opened after a clean close, last sequence 90"])
    let found = try Survey(copied)
    #expect(found.bodies == whole.bodies && found.first == whole.first && found.gaps == [])
    #expect(found.ownState == whole.ownState)
    // Those of removed events, too: their keys are in runs alone.
    for number in 1...90 {
      #expect(try copied.keys.find(Sample.key(number))?.sequence == UInt64(number))
    }
    #expect(try copied.stage(Sample.draft(91)) == 91)
    try copied.commit()
    let inspector = try JournalInspector(directory: Self.copy, storage: storage)
    #expect(try inspector.verify().problems == [])
  }

  @Test func `knows what it was copied from, and so does a copy of it`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(options(), storage: storage)
    try fill(journal, 1...5)
    #expect(journal.lineage.ancestors == [])
    #expect(journal.lineage.tag == Array(journal.uuid.prefix(8)))
    _ = try run(storage)
    let copied = try reopen(storage)
    let first = copied.lineage
    #expect(copied.uuid == journal.uuid && copied.keyHashKey == journal.keyHashKey)
    #expect(first.ancestors.map(\.through) == [5])
    #expect(first.ancestors.map(\.tag) == [journal.lineage.tag])
    #expect(first.tag != journal.lineage.tag)
    try fill(copied, 6...9)
    try copied.close()
    let again = "/disk/again"
    _ = try JournalCopy.run(from: Self.copy, to: again, storage: storage)
    let second = try Journal.open(options(again + "/journal"), storage: storage).lineage
    #expect(second.ancestors.map(\.through) == [5, 9])
    #expect(second.ancestors.map(\.tag) == [journal.lineage.tag, first.tag])
  }

  @Test func `of many generations is remembered as far as there is room`() {
    var state: [String: [UInt8]] = [:]
    var lineage = JournalLineage(uuid: [UInt8](1...16), state: state)
    for number in 1...100 as ClosedRange<UInt64> {
      lineage.part(after: number, as: [UInt8](repeating: UInt8(number), count: 8))
      state[JournalLineage.key] = lineage.value
    }
    let found = JournalLineage(uuid: [UInt8](1...16), state: state)
    #expect(found.ancestors.count == JournalLineage.ancestorsMax)
    #expect(found.ancestors.last?.through == 100)
    #expect(found.tag == [UInt8](repeating: 100, count: 8))
  }

  @Test func `takes damage along as what it is`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(options(), storage: storage)
    try fill(journal, 1...90)
    try journal.close()
    let segment = try #require(storage.disk.segmentNames.first)
    storage.flip(segment, bit: 8 * 5000)
    let report = try run(storage)
    #expect(report.gaps.map(\.from) == [1] && report.gaps.map(\.to) == [1])
    let copied = try reopen(storage)
    #expect(try Survey(copied).gaps == [1...1])
    #expect(copied.losses.all.count == 1)
  }

  @Test func `goes nowhere where something is, and half of one is no journal`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(options(), storage: storage)
    try fill(journal, 1...3)
    _ = try run(storage)
    let error = #expect(throws: JournalError.self) { _ = try run(storage) }
    guard case .notEmpty(let path) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path == Self.copy + "/journal")
  }

  /// The n-th call fails for every n: then the copy is whole, or it is none.
  @Test func `that fails leaves the original alone`() throws {
    let source = SimulatedStorage()
    let journal = try Journal.open(options(), storage: source)
    try fill(journal, 1...40)
    let whole = try Survey(journal)
    let disk = source.disk
    var number = 0
    var isDone = false
    while !isDone {
      number += 1
      let storage = SimulatedStorage(disk, fault: .failure(atChange: number, code: 5))
      let result = Result { () throws(JournalError) in try run(storage) }
      if case .success = result { isDone = true }
      let again = SimulatedStorage(storage.disk)
      let names = again.disk.fileNames
      let isJournal = names.contains(Self.copy + "/journal/FORMAT")
      if isDone || isJournal {
        let copied = try reopen(again)
        #expect(try Survey(copied).bodies == whole.bodies, "call \(number)")
        #expect(copied.lineage.ancestors.count == 1)
      } else if names.contains(where: { $0.hasPrefix(Self.copy + "/journal/log/0") }) {
        #expect(throws: JournalError.self) { _ = try reopen(again) }
      }
      let original = try Journal.open(options(), storage: SimulatedStorage(storage.disk))
      #expect(try Survey(original).bodies == whole.bodies)
      #expect(number < 5000)
    }
    #expect(number > 30)
  }
}
