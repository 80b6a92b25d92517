import RelayJournal
import Testing

/// The lock holds off the processes of one machine; a folder may be shared by two.
@Suite("Another writer") struct WriterTests {
  /// What a start on another machine leaves, which knows nothing of this one's lock.
  private func openElsewhere(_ storage: SimulatedStorage) throws {
    let other = SimulatedStorage(storage.disk)
    let journal = try Journal.open(simulatedOptions(), storage: other)
    #expect(journal.epoch == 2)
    for slot in 0..<2 {
      let path = "/disk/journal/EPOCH.\(slot)"
      let bytes = try other.openForReading(path).read(4096, at: 0)
      try storage.open(path).write(bytes.span, at: 0)
    }
  }

  private func check(_ error: JournalError?, _ journal: Journal) {
    #expect(error?.exitCode == 74)
    #expect(error?.description.contains("another process opened this journal later") == true)
    #expect(throws: JournalError.self) { _ = try journal.stage(Sample.draft(900)) }
  }

  @Test func `is found within ten seconds, before anything is acknowledged`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    _ = try journal.stage(Sample.draft(1))
    try journal.commit()
    try openElsewhere(storage)
    _ = try journal.stage(Sample.draft(2))
    try journal.commit()
    storage.advanceClock(seconds: 10)
    _ = try journal.stage(Sample.draft(3))
    let error = #expect(throws: JournalError.self) { try journal.commit() }
    check(error, journal)
    #expect(journal.durableSequence == 2)
  }

  @Test func `is found when the clock was set back, too`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    try openElsewhere(storage)
    storage.advanceClock(seconds: -3600)
    _ = try journal.stage(Sample.draft(1))
    let error = #expect(throws: JournalError.self) { try journal.commit() }
    check(error, journal)
  }

  @Test func `is found before a new segment is opened`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    try openElsewhere(storage)
    let segments = storage.disk.segmentNames
    let error = #expect(throws: JournalError.self) {
      for number in 1...100 {
        _ = try journal.stage(Sample.draft(number, bytes: 3000))
        try journal.commit()
      }
    }
    check(error, journal)
    #expect(storage.disk.segmentNames == segments)
  }

  @Test func `is not this one`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...100 {
      storage.advanceClock(seconds: 10)
      _ = try journal.stage(Sample.draft(number, bytes: 3000))
      try journal.commit()
    }
    try journal.close()
  }
}
