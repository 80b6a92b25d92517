import RelayJournal
import Testing

/// Records are made in memory that held others, and are changed before they are stored.
@Suite struct EventRecordTests {
  @Test(arguments: 0...40) func `nothing of the record before is left, whatever the lengths`(
    _ bytes: Int
  ) {
    let draft = Sample.draft(bytes, bytes: bytes)
    let fresh = EventRecord(draft)
    for size in [0, 1, fresh.bytes.count - 1, fresh.bytes.count, 4096] {
      let record = EventRecord(draft, in: [UInt8](repeating: 0xA5, count: size))
      #expect(record.bytes == fresh.bytes)
      #expect(record.bytes.count % 8 == 0)
    }
  }

  @Test func `memory goes from one record to the next`() {
    var memory = EventRecord(Sample.draft(1, bytes: 3000)).takeMemory()
    for number in 2..<60 {
      let draft = Sample.draft(number, bytes: number * 37 % 2900)
      let record = EventRecord(draft, in: memory)
      #expect(record.bytes == EventRecord(draft).bytes)
      #expect(record.bodyDigest == draft.bodyDigest)
      memory = record.takeMemory()
    }
  }

  @Test func `what only the order of events tells is stored with the rest`() throws {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let draft = Sample.draft(3, bytes: 300, keys: [Sample.key(1), Sample.key(2)])
    var record = EventRecord(draft)
    let key = (0..<32).map { UInt8($0) }
    record.setIdempotencyKey(key)
    record.insert(.conflict)
    record.insert(.replayedBody)
    #expect(record.decoded.eventID == draft.eventID)
    #expect(record.decoded.flags == [.verified, .conflict, .replayedBody])
    let sequence = try journal.stage(record)
    try journal.commit()
    let event = try #require(try journal.reader.event(sequence, body: true))
    #expect(event.flags == [.verified, .conflict, .replayedBody])
    #expect(event.idempotencyKey == key)
    #expect(event.keys == draft.keys)
    #expect(event.body == draft.body)
    #expect(event.headerBlock == draft.headerBlock)
    // The record itself is as it was: it could be stored again.
    #expect(record.decoded.sequence == 0)
    #expect(try journal.stage(record) == sequence + 1)
  }
}
