import RelayJournal
import RelaySystem
import Synchronization
import Testing

@Suite("Removing the oldest events") struct RetentionTests {
  private func options(recycles: Bool = true) -> JournalOptions {
    var options = simulatedOptions()
    options.recycles = recycles
    return options
  }

  private func journal(_ storage: SimulatedStorage, recycles: Bool = true) throws -> Journal {
    let journal = try Journal.open(options(recycles: recycles), storage: storage)
    for number in 1...60 {
      _ = try journal.stage(Sample.draft(number, bytes: 9000))
      try journal.commit()
    }
    #expect(journal.sealedSegments.count > 3)
    return journal
  }

  @Test func `what was removed is not there, and what was not is`() throws {
    let storage = SimulatedStorage()
    let journal = try journal(storage)
    let first = journal.sealedSegments[1].lastSequence + 1
    try journal.retire(2)
    #expect(journal.reader.bounds == (first, 60))
    #expect(try journal.reader.event(first - 1, body: false) == nil)
    #expect(
      try journal.reader.event(first, body: true)?.body
        == Sample.draft(Int(first), bytes: 9000).body
    )
    let survey = try Survey(journal)
    #expect(survey.bodies.keys.sorted() == Array(first...60))
    #expect(survey.gaps == [] && survey.unexplained == [])
    #expect(journal.reader.firstSequence(at: 0) == first)
  }

  @Test func `a read that begins before it says what is gone`() throws {
    let journal = try journal(SimulatedStorage())
    try journal.retire(2)
    let first = journal.reader.bounds.first
    let limit = ReadLimit(events: 3, bytes: .max, scanned: .max)
    let page = try journal.reader.read(from: 2, order: .ascending, limit: limit, body: false) {
      _ in true
    }
    guard case .gap(2, first - 1, "expired")? = page.entries.first else {
      Issue.record("\(page.entries)")
      return
    }
    #expect(page.entries.count == 3 && page.next == first + 2)
    let back = try journal.reader.read(
      from: .max,
      order: .descending,
      limit: .init(events: .max, bytes: .max, scanned: .max),
      body: false
    ) { _ in true }
    #expect(back.reachedEnd && back.entries.count == Int(61 - first))
  }

  /// Segments and spares; what is derived from them goes with them.
  private func logFiles(_ storage: SimulatedStorage) -> [String] {
    storage.disk.fileNames.filter { $0.contains("/log/") && $0.hasSuffix(".seg") }
  }

  @Test func `the file of a removed segment is used again, and only its name changes`() throws {
    let storage = SimulatedStorage()
    let journal = try journal(storage)
    let before = logFiles(storage).count
    try journal.retire(3)
    let names = logFiles(storage)
    // One waits as the next segment's, the others are gone.
    #expect(names.count == before - 2)
    #expect(names.count { $0.contains("/spare-") } == 1)
    for number in 61...90 {
      _ = try journal.stage(Sample.draft(number, bytes: 9000))
      try journal.commit()
    }
    let survey = try Survey(journal)
    #expect(survey.bodies.keys.max() == 90 && survey.gaps == [] && survey.unexplained == [])
  }

  @Test func `without recycling no byte of a removed event is left in any file`() throws {
    let storage = SimulatedStorage()
    let journal = try journal(storage, recycles: false)
    let names = Set(storage.disk.fileNames)
    let count = journal.sealedSegments.count
    try journal.retire(count)
    // Each had an index.
    #expect(names.subtracting(storage.disk.fileNames).count == 2 * count)
    #expect(!storage.disk.fileNames.contains { $0.contains("/log/spare-") })
  }

  @Test func `after a start the log begins where it did`() throws {
    let storage = SimulatedStorage()
    let journal = try journal(storage)
    try journal.retire(2)
    let bounds = journal.reader.bounds
    try journal.close()
    let again = try Journal.open(options(), storage: storage)
    #expect(again.reader.bounds == bounds)
    #expect(again.recovery.gaps == [])
    #expect(try Survey(again).gaps == [])
  }

  @Test func `a file that cannot be removed waits, and so do those behind it`() throws {
    let storage = SimulatedStorage()
    let journal = try journal(storage, recycles: false)
    let first = journal.sealedSegments[2].lastSequence + 1
    let names = logFiles(storage)
    // The two syncs of the start of the log, its mark or batch, then the first file.
    let now = storage.changes
    storage.with { $0.fault = .failure(atChange: now + 3, code: 5) }
    try journal.retire(3)
    #expect(journal.reader.bounds.first == first)
    #expect(logFiles(storage) == names)
    // Nobody reads them; the next removal takes them along.
    #expect(try Survey(journal).bodies.keys.min() == first)
    try journal.retire(1)
    #expect(logFiles(storage).count == names.count - 4)
  }

  @Test func `a file that was renamed and not synced is no spare, and holds up nobody`() throws {
    var failed = 0
    for step in 3..<10 {
      let storage = SimulatedStorage()
      let journal = try journal(storage)
      let first = journal.sealedSegments[2].lastSequence + 1
      let now = storage.changes
      storage.with { $0.fault = .failure(atChange: now + step, code: 5) }
      try journal.retire(2)
      if storage.changes > now + step { failed += 1 }
      storage.with { $0.fault = nil }
      try journal.retire(1)
      #expect(journal.reader.bounds.first == first)
      let spares = storage.disk.fileNames.filter { $0.contains("/log/spare-") }
      #expect(spares.count <= 1, "at step \(step)")
      let segments = logFiles(storage).filter { $0.hasSuffix(".seg") && !$0.contains("spare-") }
      #expect(segments.count == journal.sealedSegments.count + 1, "at step \(step)")
    }
    #expect(failed >= 3, "the failures were of this removal")
  }
}
