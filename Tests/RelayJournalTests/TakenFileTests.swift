import RelayJournal
import RelaySystem
import Testing

/// The file that is written to is cut or removed by somebody while the journal is open: fdatasync
/// says nothing of it, and the next start would find nothing of what was acknowledged.
@Suite("A file that is taken away") struct TakenFileTests {
  enum Theft: CaseIterable, Sendable { case removed, cutToNothing, cutByABlock }

  private func open(_ storage: SimulatedStorage) throws -> Journal {
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    _ = try journal.stage(Sample.draft(1))
    try journal.stageState(key: "consumer", value: [1])
    try journal.commit()
    return journal
  }

  private func take(_ how: Theft, _ folder: String, _ storage: SimulatedStorage) throws -> String {
    let path = try #require(storage.disk.fileNames.last { $0.contains("/\(folder)/0") })
    let node = try #require(storage.disk.node(path))
    storage.with { state in
      switch how {
      case .removed: _ = state.disk.remove(path)
      case .cutToNothing: state.disk.resize(node, 0)
      case .cutByABlock: state.disk.resize(node, state.disk.size(node) - 4096)
      }
    }
    return path
  }

  private func expectFailure(_ path: String, _ body: () throws -> Void) {
    let error = #expect(throws: JournalError.self) { try body() }
    #expect(error?.exitCode == 74)
    #expect("\(error.map { "\($0)" } ?? "")".contains("\(path) was "))
    #expect("\(error.map { "\($0)" } ?? "")".contains("while the journal was in use"))
  }

  @Test(arguments: Theft.allCases)
  func `events are not acknowledged`(how: Theft) throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let path = try take(how, "log", storage)
    _ = try journal.stage(Sample.draft(2))
    expectFailure(path) { try journal.commit() }
    #expect(journal.durableSequence == 1)
    // Nothing is taken any more.
    #expect(throws: JournalError.self) { try journal.stage(Sample.draft(3)) }
    #expect(throws: JournalError.self) { try journal.stageState(key: "consumer", value: [2]) }
  }

  @Test(arguments: Theft.allCases)
  func `positions are not acknowledged`(how: Theft) throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let path = try take(how, "state", storage)
    try journal.stageState(key: "consumer", value: [2])
    expectFailure(path) { try journal.commit() }
    #expect(throws: JournalError.self) { try journal.stage(Sample.draft(3)) }
  }

  @Test(arguments: Theft.allCases)
  func `a journal that was closed and opened again notices it, too`(how: Theft) throws {
    let storage = SimulatedStorage()
    try open(storage).close()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let path = try take(how, "log", storage)
    expectFailure(path) { try journal.close() }
  }

  @Test func `a spare that was cut becomes no segment`() throws {
    try withJournalFolder { folder in
      let journal = try Journal.open(realOptions(folder))
      let path = folder + "/log/"
      var spare: String?
      while spare == nil {
        spare = try Directory.list(path).first { $0.hasPrefix("spare-") && $0.hasSuffix(".seg") }
      }
      try File.open(path + (try #require(spare))).truncate(4096)
      expectFailure(path + (spare ?? "")) {
        for number in 1...40 {
          _ = try journal.stage(Sample.draft(number, bytes: 12_000))
          try journal.commit()
        }
      }
      let segments = try Directory.list(path).filter { $0.hasPrefix("0") && $0.hasSuffix(".seg") }
      #expect(segments.count == 1)
    }
  }

  @Test(arguments: [true, false])
  func `real files tell it as well`(removes: Bool) throws {
    try withJournalFolder { folder in
      let journal = try Journal.open(realOptions(folder))
      _ = try journal.stage(Sample.draft(1))
      try journal.commit()
      let names = try Directory.list(folder + "/log")
      let path = folder + "/log/" + (try #require(names.first { $0.hasPrefix("0") }))
      if removes { try Directory.remove(path) } else { try File.open(path).truncate(8192) }
      _ = try journal.stage(Sample.draft(2))
      expectFailure(path) { try journal.commit() }
    }
  }
}
