import RelayJournal
import Testing

/// Batches end anywhere in a block; the zeros behind them are written, and looked at.
@Suite("The zeros between batches") struct StainTests {
  /// Of two batches of one block each the first, and the byte behind its records.
  private func stained(_ end: Specimen.End, block: Int = 1) throws -> (DiskModel, String) {
    let specimen = try Specimen(end)
    var disk = specimen.disk
    let segment = try specimen.segment
    disk.flip(segment, byte: (block + 1) * 4096 - 3, mask: 4)
    return (disk, segment)
  }

  private func problems(_ disk: DiskModel) throws -> [LogProblem] {
    try JournalInspector(directory: "/disk/journal", storage: SimulatedStorage(disk))
      .verify().problems
  }

  @Test(arguments: [Specimen.End.closed, .marked, .crashed])
  func `are named when they are no zeros any more`(end: Specimen.End) throws {
    let (disk, segment) = try stained(end)
    let found = try problems(disk)
    #expect(found.count == 1)
    #expect(found.first.map { segment.hasSuffix($0.segment) } == true)
    #expect(found.first.map { $0.offset > 4096 && $0.offset < 8192 } == true)
    #expect(found.first?.sequence == nil)
  }

  @Test func `cost no event, and are remembered`() throws {
    let (disk, _) = try stained(.closed)
    let storage = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let survey = try Survey(journal)
    #expect(survey.bodies.count == 8 && survey.gaps.isEmpty && survey.unexplained.isEmpty)
    #expect(journal.recovery.lines.contains { $0.contains("not zeros; no event is lost") })
    #expect(journal.losses.all.map(\.concernsEvents) == [false])
    try journal.close()
    let report = try JournalInspector(directory: "/disk/journal", storage: storage).verify()
    #expect(report.problems.isEmpty && report.accepted.count == 1)
  }

  @Test func `are damage where damage is to be left alone`() throws {
    let (disk, _) = try stained(.closed)
    let storage = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .readOnly)
    #expect(try Survey(journal).bodies.count == 8)
  }

  /// A power cut may have kept the batch and not the zeros behind it, or what a file that is used
  /// again held before.
  @Test func `of the last batch of a crash say nothing, then and later`() throws {
    let (disk, _) = try stained(.crashed, block: 4)
    #expect(try problems(disk).isEmpty)
    let storage = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .open)
    _ = try journal.stage(Sample.draft(100))
    try journal.commit()
    try journal.close()
    #expect(try problems(storage.disk).isEmpty)
  }

  @Test func `are forgotten with their segment`() throws {
    let (disk, segment) = try stained(.closed)
    let storage = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 100..<200 {
      _ = try journal.stage(Sample.draft(number, bytes: 3000))
      try journal.commit()
    }
    #expect(journal.losses.all.count == 1)
    try journal.retire(1)
    #expect(journal.losses.all.isEmpty)
    #expect(!storage.disk.fileNames.contains(segment))
  }
}
