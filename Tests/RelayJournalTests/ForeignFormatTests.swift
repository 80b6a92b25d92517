import RelayJournal
import RelaySystem
import Testing

/// FORMAT of another journal was copied over this one's: every segment looks like a stranger's.
@Suite("FORMAT of another journal") struct ForeignFormatTests {
  private func exchanged() throws -> (SimulatedStorage, own: [UInt8]) {
    let path = "/disk/journal/FORMAT"
    let other = try Specimen(.closed).disk
    var disk = try Specimen(.closed).disk
    let node = try #require(disk.node(path))
    let own = disk.read(node, 4096, at: 0)
    disk.write(node, other.read(try #require(other.node(path)), 4096, at: 0), at: 0)
    disk.synchronize(node)
    return (SimulatedStorage(disk), own)
  }

  @Test(arguments: [JournalOptions.OnDamage.continue, .refuse])
  func `is refused, and nothing is moved`(onDamage: JournalOptions.OnDamage) throws {
    let (storage, own) = try exchanged()
    let before = storage.disk.segmentNames
    let error = #expect(throws: JournalError.self) {
      try Journal.open(simulatedOptions(onDamage), storage: storage)
    }
    let id = own[24..<40].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(error?.exitCode == 1)
    #expect("\(error.map { "\($0)" } ?? "")".contains("are of journal \(id), and FORMAT is"))
    #expect(storage.disk.segmentNames == before)
    #expect(!storage.disk.fileNames.contains { $0.contains("/quarantine/") })
    // With its own again it is as it was.
    let node = try #require(storage.disk.node("/disk/journal/FORMAT"))
    storage.with { $0.disk.write(node, own, at: 0) }
    let journal = try Journal.open(simulatedOptions(onDamage), storage: storage)
    #expect(try Survey(journal).bodies.count == 8 && journal.room != .readOnly)
  }

  @Test func `verify names it, and a repair needs to be told`() throws {
    let (storage, _) = try exchanged()
    let inspector = try JournalInspector(directory: "/disk/journal", storage: storage)
    let problem = try #require(try inspector.verify().problems.first)
    #expect(problem.segment == "FORMAT" && problem.reason.contains("the segments are of journal"))
    let before = storage.disk.segmentNames
    let error = #expect(throws: JournalError.self) {
      try JournalRepair.run(directory: "/disk/journal", extent: .tail, storage: storage)
    }
    #expect(error?.exitCode == 1)
    #expect(storage.disk.segmentNames == before)
    _ = try JournalRepair.run(
      directory: "/disk/journal",
      extent: .acceptingLoss,
      storage: storage
    )
    #expect(storage.disk.fileNames.contains { $0.contains("/quarantine/") })
  }
}
