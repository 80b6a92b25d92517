import RelayJournal
import Testing

@Suite("Reading") struct ReaderTests {
  private static let count = 200

  /// Two hundred events over several segments, in commits of different sizes.
  private func journal() throws -> Journal {
    let journal = try Journal.open(simulatedOptions(), storage: SimulatedStorage())
    for number in 1...Self.count {
      _ = try journal.stage(Sample.draft(number, bytes: number % 11 == 0 ? 9000 : 300))
      if number % 4 == 0 || number % 7 == 0 { try journal.commit() }
    }
    try journal.commit()
    #expect(journal.reader.usage.segments > 3)
    return journal
  }

  private func sequences(_ page: Page) -> [UInt64] {
    page.entries.map { if case .event(let event) = $0 { event.sequence } else { 0 } }
  }

  private func pages(
    _ reader: JournalReader,
    from: UInt64,
    _ order: ReadOrder,
    _ limit: ReadLimit,
    where isWanted: (borrowing StoredEvent) -> Bool = { _ in true }
  ) throws -> [UInt64] {
    var all: [UInt64] = []
    var next = from
    for _ in 0..<1000 {
      let page = try reader.read(
        from: next,
        order: order,
        limit: limit,
        body: false,
        where: isWanted
      )
      #expect(page.entries.count <= limit.events)
      all += sequences(page)
      if page.reachedEnd { return all }
      #expect(order == .ascending ? page.next > next : page.next < next)
      next = page.next
    }
    Issue.record("the pages have no end")
    return all
  }

  @Test(arguments: [1, 3, 50, 1000], [1, 17, 10_000])
  func `pages in order hold every event once`(events: Int, scanned: Int) throws {
    let reader = try journal().reader
    let limit = ReadLimit(events: events, bytes: .max, scanned: scanned)
    #expect(try pages(reader, from: 1, .ascending, limit) == Array(1...200))
    #expect(try pages(reader, from: 0, .ascending, limit) == Array(1...200))
    #expect(try pages(reader, from: 123, .ascending, limit) == Array(123...200))
    #expect(try pages(reader, from: 201, .ascending, limit) == [])
    #expect(try pages(reader, from: 200, .descending, limit) == Array(1...200).reversed())
    #expect(try pages(reader, from: .max, .descending, limit) == Array(1...200).reversed())
    #expect(try pages(reader, from: 77, .descending, limit) == Array(1...77).reversed())
  }

  @Test func `a filter leaves out, and moves on`() throws {
    let reader = try journal().reader
    let limit = ReadLimit(events: 5, bytes: .max, scanned: 13)
    let isWanted: (borrowing StoredEvent) -> Bool = { $0.source == "source-1" }
    let wanted = (1...UInt64(Self.count)).filter { $0 % 3 == 1 }
    #expect(try pages(reader, from: 1, .ascending, limit, where: isWanted) == wanted)
    #expect(
      try pages(reader, from: .max, .descending, limit, where: isWanted) == wanted.reversed()
    )
    #expect(try pages(reader, from: 1, .ascending, limit) { _ in false } == [])
  }

  @Test func `a limit of bytes still gives one event`() throws {
    let reader = try journal().reader
    let limit = ReadLimit(events: 100, bytes: 1, scanned: 1000)
    let page = try reader.read(from: 11, order: .ascending, limit: limit, body: true) { _ in true }
    #expect(sequences(page) == [11])
    #expect(page.next == 12)
    #expect(try pages(reader, from: .max, .descending, limit) == Array(1...200).reversed())
  }

  @Test func `every event is found by its sequence`() throws {
    let reader = try journal().reader
    for sequence in 1...UInt64(Self.count) {
      #expect(try reader.event(sequence, body: false)?.sequence == sequence)
    }
    #expect(try reader.event(201, body: false) == nil)
    #expect(try reader.event(.max, body: false) == nil)
  }

  @Test func `the first event at a time is found, in whatever segment it lies`() throws {
    let journal = try journal()
    #expect(journal.sealedSegments.count > 2)
    for number in 1...Self.count {
      let time = Sample.draft(number).receivedAt
      #expect(journal.reader.firstSequence(at: time) == UInt64(number))
      #expect(journal.reader.firstSequence(at: time - 1) == UInt64(number))
      #expect(journal.reader.firstSequence(at: time + 1) == UInt64(number + 1))
    }
  }

  @Test func `a time before all and one after all have answers`() throws {
    let reader = try journal().reader
    #expect(reader.firstSequence(at: 0) == 1)
    #expect(reader.firstSequence(at: .max) == 201)
  }

  @Test func `an empty journal has no pages`() throws {
    let journal = try Journal.open(simulatedOptions(), storage: SimulatedStorage())
    let limit = ReadLimit(events: 5, bytes: 100, scanned: 100)
    for order in [ReadOrder.ascending, .descending] {
      let page = try journal.reader.read(from: 1, order: order, limit: limit, body: true) { _ in
        true
      }
      #expect(page.entries.isEmpty)
      #expect(page.reachedEnd)
    }
    #expect(journal.reader.firstSequence(at: 5) == 1)
  }
}
