import RelayJournal
import RelaySystem
import Testing

@Suite("Inspecting") struct InspectorTests {
  private func write(_ folder: String, isClosed: Bool) throws {
    let journal = try Journal.open(realOptions(folder))
    for number in 1...150 {
      _ = try journal.stage(Sample.draft(number, bytes: 3000))
      if number % 3 == 0 { try journal.commit() }
    }
    try journal.stageState(key: "consumer/a", value: [1])
    try journal.commit()
    if isClosed { try journal.close() }
  }

  private func files(_ folder: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for log in ["", "/log", "/state"] {
      for name in try Directory.list(folder + log) where name.contains(".") || name == "FORMAT" {
        files[log + name] = try readFile(folder + log + "/" + name, limit: 1 << 20)
      }
    }
    return files
  }

  @Test(arguments: [true, false])
  func `counts what is there, and changes nothing`(isClosed: Bool) throws {
    try withJournalFolder { folder in
      try write(folder, isClosed: isClosed)
      let before = try files(folder)
      let inspector = try JournalInspector(directory: folder)
      let report = try inspector.verify()
      #expect(report.problems == [])
      #expect(report.records == 150)
      #expect(report.batches == 50)
      #expect(report.segments > 1)
      #expect(report.durableSequence == 150)
      #expect(report.tail == (isClosed ? "closed cleanly" : "complete, not closed"))
      let statistics = try inspector.statistics()
      #expect(statistics.events == 150)
      #expect(statistics.sources == ["source-0": 50, "source-1": 50, "source-2": 50])
      #expect(statistics.stateEntries == 1)
      #expect(statistics.isClean == isClosed)
      #expect(statistics.firstSequence == 1)
      #expect(try files(folder) == before)
    }
  }

  @Test func `finds a key run that is not what it was, and says where`() throws {
    let storage = SimulatedStorage()
    var options = simulatedOptions()
    options.keysPerRun = 4
    let journal = try Journal.open(options, storage: storage)
    for number in 1...9 {
      _ = try journal.stage(Sample.draft(number))
      try journal.commit()
    }
    try journal.close()
    let path = KeySamples.path(2)
    let whole = try JournalInspector(directory: options.directory, storage: storage).verify()
    #expect(whole.problems == [])
    storage.flip(path, bit: 4096 * 8 + 5)
    let inspector = try JournalInspector(directory: options.directory, storage: storage)
    let problem = try #require(try inspector.verify().problems.first)
    #expect(problem.segment == "dedup/00000000000000000002.run" && problem.offset == 4096)
    #expect(try inspector.verify(tailOnly: true).problems == [])
  }

  @Test func `dumps every event, with its body when asked`() throws {
    try withJournalFolder { folder in
      try write(folder, isClosed: true)
      let inspector = try JournalInspector(directory: folder)
      var sequences: [UInt64] = []
      var bodies = 0
      let damaged = try inspector.dump(bodies: true) { event in
        sequences.append(event.sequence)
        if event.body == Sample.draft(Int(event.sequence), bytes: 3000).body { bodies += 1 }
      }
      #expect(damaged == 0)
      #expect(sequences == Array(1...150))
      #expect(bodies == 150)
      var isEmpty = true
      _ = try inspector.dump(bodies: false) { if !$0.body.isEmpty { isEmpty = false } }
      #expect(isEmpty)
    }
  }

  @Test func `works beside a running writer`() throws {
    try withJournalFolder { folder in
      let journal = try Journal.open(realOptions(folder))
      for round in 1...20 {
        for number in 1...20 { _ = try journal.stage(Sample.draft(number, bytes: 1500)) }
        try journal.commit()
        if round % 3 == 0 { try journal.commitIdleMark() }
        let inspector = try JournalInspector(directory: folder)
        #expect(inspector.isInUse)
        let report = try inspector.verify()
        #expect(report.problems == [])
        #expect(report.durableSequence == UInt64(round * 20))
      }
    }
  }

  @Test func `names segment, byte and sequence of damage`() throws {
    try withJournalFolder { folder in
      try write(folder, isClosed: true)
      let name = try #require(try Directory.list(folder + "/log").first { $0.hasSuffix(".seg") })
      let file = try File.open(folder + "/log/" + name)
      // In the body of the first record of the second batch: three records of 3 KiB are 3 blocks.
      let position: Int64 = 4096 + 3 * 4096 + 2000
      let byte = try file.read(1, at: position)[0] ^ 1
      try file.write([byte].span, at: position)
      let report = try JournalInspector(directory: folder).verify()
      #expect(report.problems.count == 1)
      #expect(report.problems.first?.segment == name)
      #expect(report.problems.first?.sequence == 4)
      #expect(report.records == 149)
    }
  }

  @Test func `takes the data directory as well as the journal's`() throws {
    try withJournalFolder { folder in
      try write(folder, isClosed: true)
      let above = String(folder.dropLast("/journal".count))
      #expect(try JournalInspector(directory: above).verify().records == 150)
    }
  }

  @Test func `a folder without a journal is an error`() throws {
    try withJournalFolder { folder in
      try Directory.create(folder)
      #expect(throws: JournalError.self) { _ = try JournalInspector(directory: folder) }
    }
  }
}
