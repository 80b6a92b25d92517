import RelayJournal
import RelaySystem
import Testing

@Suite("Repairing") struct RepairTests {
  private func write(_ folder: String, isClosed: Bool) throws {
    let journal = try Journal.open(realOptions(folder))
    for number in 1...150 {
      _ = try journal.stage(Sample.draft(number, bytes: 3000))
      if number % 3 == 0 { try journal.commit() }
    }
    if isClosed { try journal.close() }
  }

  private func segments(_ folder: String) throws -> [String] {
    try Directory.list(folder + "/log").filter { $0.hasPrefix("0") && $0.hasSuffix(".seg") }.map {
      "\(folder)/log/\($0)"
    }
  }

  private func files(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for part in ["", "/log", "/state"] {
      for name in try Directory.list(folder + part) where name.contains(".") {
        files[part + name] = try readFile(folder + part + "/" + name, limit: 1 << 20)
      }
    }
    return files
  }

  private func damage(_ path: String, at offset: Int64) throws {
    let file = try File.open(path)
    try file.write([UInt8](repeating: 0xA5, count: 100).span, at: offset)
    try file.synchronize()
  }

  @Test(arguments: [JournalRepair.Extent.tail, .acceptingLoss])
  func `a journal that was killed is closed, with every event`(extent: JournalRepair.Extent) throws
  {
    try withJournalFolder { folder in
      try write(folder, isClosed: false)
      let report = try JournalRepair.run(directory: folder, extent: extent)
      #expect(report.durableSequence == 150 && report.gaps.isEmpty)
      let inspector = try JournalInspector(directory: folder)
      #expect(try inspector.verify().problems == [])
      #expect(try inspector.verify().tail == "closed cleanly")
      #expect(try inspector.verify(tailOnly: true).problems == [])
      #expect(try Survey(Journal.open(realOptions(folder))).bodies.count == 150)
    }
  }

  @Test func `damage is left as it is unless the loss is accepted`() throws {
    try withJournalFolder { folder in
      try write(folder, isClosed: true)
      try damage(try segments(folder)[0], at: 30_000)
      let before = try files(folder)
      let error = #expect(throws: JournalError.self) {
        _ = try JournalRepair.run(directory: folder, extent: .tail)
      }
      #expect(error?.exitCode == 1)
      #expect(try files(folder) == before)
      let report = try JournalRepair.run(directory: folder, extent: .acceptingLoss)
      #expect(report.durableSequence == 150)
      let lost = report.gaps.reduce(0) { $0 + Int($1.to - $1.from) + 1 }
      #expect((1...6).contains(lost))
      // What was accepted is known, and no damage any more.
      let verified = try JournalInspector(directory: folder).verify()
      #expect(verified.problems == [])
      #expect(verified.accepted.map(\.offset) == report.losses.map(\.offset))
      #expect(verified.accepted.count == 1)
      let survey = try Survey(Journal.open(realOptions(folder)))
      #expect(survey.bodies.count == 150 - lost && survey.unexplained == [])
    }
  }

  @Test func `what is cut off a damaged tail is kept aside, and only the tail is looked at`() throws
  {
    try withJournalFolder { folder in
      try write(folder, isClosed: true)
      let tail = try #require(try segments(folder).last)
      let damaged = try readFile(tail, limit: 1 << 20)[8192..<8292]
      try damage(try segments(folder)[0], at: 30_000)
      #expect(try JournalInspector(directory: folder).verify(tailOnly: true).problems == [])
      try damage(tail, at: 8192)
      #expect(!damaged.elementsEqual(try readFile(tail, limit: 1 << 20)[8192..<8292]))
      #expect(try !JournalInspector(directory: folder).verify(tailOnly: true).problems.isEmpty)
      _ = try JournalRepair.run(directory: folder, extent: .acceptingLoss)
      #expect(try Directory.list(folder + "/quarantine").count == 1)
      let survey = try Survey(Journal.open(realOptions(folder)))
      #expect(!survey.gaps.isEmpty && survey.unexplained == [] && survey.durable >= 150)
    }
  }

  @Test func `a journal that is in use is not touched`() throws {
    try withJournalFolder { folder in
      let journal = try Journal.open(realOptions(folder))
      let error = #expect(throws: JournalError.self) {
        _ = try JournalRepair.run(directory: folder, extent: .acceptingLoss)
      }
      #expect(error?.exitCode == 75)
      try journal.close()
    }
  }

  /// The n-th call of a repair fails: the next one does the rest, and nothing is lost on the way.
  @Test func `a repair that is interrupted can be done again`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...40 {
      _ = try journal.stage(Sample.draft(number, bytes: 4000))
      if number % 2 == 0 { try journal.commit() }
    }
    let crashed = storage.disk.afterKill()
    var number = 0
    var isDone = false
    while !isDone {
      number += 1
      let faulty = SimulatedStorage(crashed, fault: .failure(atChange: number, code: 5))
      do {
        _ = try JournalRepair.run(directory: "/disk/journal", extent: .tail, storage: faulty)
        isDone = faulty.changes < number
      } catch {}
      let again = SimulatedStorage(faulty.disk.afterKill())
      let report = try JournalRepair.run(
        directory: "/disk/journal",
        extent: .tail,
        storage: again
      )
      #expect(report.durableSequence == 40 && report.gaps.isEmpty, "call \(number)")
      #expect(number < 1000)
    }
    #expect(number > 10)
  }
}
