import RelayJournal
import RelaySystem
import Testing

/// All segments of a closed journal were removed: EPOCH knows how far it had come.
@Suite("A log without its segments") struct AllGoneTests {
  private func emptied(_ folder: String) throws -> SimulatedStorage {
    let storage = SimulatedStorage(try Specimen(.closed).disk)
    let names = storage.disk.fileNames.filter { $0.contains("/\(folder)/") }
    storage.with { state in for name in names { _ = state.disk.remove(name) } }
    return storage
  }

  private func inspector(_ storage: SimulatedStorage) throws -> JournalInspector {
    try JournalInspector(directory: "/disk/journal", storage: storage)
  }

  @Test(arguments: ["log", "state"])
  func `verify names it, and a repair needs to be told`(folder: String) throws {
    let storage = try emptied(folder)
    let problems = try inspector(storage).verify().problems
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(problem.reason == "all segments before it are missing")
    if folder == "log" { #expect(problem.sequence == 1 && problem.through == 8) }
    let error = #expect(throws: JournalError.self) {
      try JournalRepair.run(directory: "/disk/journal", extent: .tail, storage: storage)
    }
    #expect(error?.exitCode == 1)
    #expect(!storage.disk.fileNames.contains { $0.contains("/\(folder)/") })
    _ = try JournalRepair.run(
      directory: "/disk/journal",
      extent: .acceptingLoss,
      storage: storage
    )
    #expect(try inspector(storage).verify().problems == [])
  }

  @Test func `a start that goes on remembers what is lost`() throws {
    let storage = try emptied("log")
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    #expect(try Survey(journal).gaps == [1...8])
    #expect(try journal.stage(Sample.draft(9)) == 9)
    try journal.close()
    let report = try inspector(storage).verify()
    #expect(report.problems == [])
    #expect(report.accepted.map(\.sequence) == [1] && report.accepted.map(\.through) == [8])
    let again = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(again.room != .readOnly && again.losses.all.count == 1)
  }

  @Test(arguments: ["log", "state"])
  func `a start that is to refuse damage takes nothing`(folder: String) throws {
    let storage = try emptied(folder)
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .readOnly)
    #expect(throws: JournalError.self) { try journal.stage(Sample.draft(9)) }
  }
}
