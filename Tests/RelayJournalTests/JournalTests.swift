import RelayJournal
import RelaySystem
import Testing

private func open(
  _ storage: SimulatedStorage,
  _ options: JournalOptions = simulatedOptions()
) throws -> Journal {
  try Journal.open(options, storage: storage)
}

@Suite("Journal") struct JournalTests {
  @Test func `gives back every field of an event`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    var draft = Sample.draft(2, bytes: 500, keys: [Sample.key(1), Sample.key(2), Sample.key(3)])
    draft.origin = .poll
    draft.flags = [.verified, .conflict, .replayedBody, .latePush]
    draft.eventID = [0, 255, 10]
    let sequence = try journal.stage(draft)
    try journal.commit()
    let event = try #require(try journal.reader.event(sequence, body: true))
    #expect(event.sequence == 1)
    #expect(event.source == draft.source)
    #expect(event.origin == .poll)
    #expect(event.flags == draft.flags)
    #expect(event.receivedAt == draft.receivedAt)
    #expect(event.providerTime == draft.providerTime)
    #expect(event.remote == draft.remote)
    #expect(event.method == draft.method)
    #expect(event.target == draft.target)
    #expect(event.headerBlock == draft.headerBlock)
    #expect(event.eventID == draft.eventID)
    #expect(event.eventType == draft.eventType)
    #expect(event.idempotencyKey == draft.idempotencyKey)
    #expect(event.keys == draft.keys)
    #expect(event.bodyDigest == draft.bodyDigest)
    #expect(event.bodySize == 500)
    #expect(event.body == draft.body)
  }

  @Test func `tells an absent field from an empty one`() throws {
    let journal = try open(SimulatedStorage())
    var draft = Sample.draft(1, keys: [])
    draft.eventID = nil
    draft.eventType = []
    draft.providerTime = nil
    draft.body = []
    draft.target = []
    draft.headerBlock = []
    _ = try journal.stage(draft)
    try journal.commit()
    let event = try #require(try journal.reader.event(1, body: true))
    #expect(event.eventID == nil)
    #expect(event.eventType == [])
    #expect(event.providerTime == nil)
    #expect(event.body == [])
    #expect(event.keys == [])
  }

  @Test func `leaves the body out when it is not asked for`() throws {
    let journal = try open(SimulatedStorage())
    _ = try journal.stage(Sample.draft(1, bytes: 300))
    try journal.commit()
    let event = try #require(try journal.reader.event(1, body: false))
    #expect(event.body == [])
    #expect(event.bodySize == 300)
  }

  @Test func `shows nothing before it is durable`() throws {
    let journal = try open(SimulatedStorage())
    #expect(journal.reader.bounds == (1, 0))
    _ = try journal.stage(Sample.draft(1))
    #expect(journal.durableSequence == 0)
    #expect(try journal.reader.event(1, body: false) == nil)
    try journal.commit()
    #expect(journal.reader.bounds == (1, 1))
    #expect(try journal.reader.event(2, body: false) == nil)
    #expect(try journal.reader.event(0, body: false) == nil)
  }

  @Test func `one commit is one write and one sync, whatever it holds`() throws {
    let storage = SimulatedStorage()
    let journal = try open(
      storage,
      JournalOptions(
        directory: "/disk/journal",
        segmentBytes: 1 << 20,
        stateSegmentBytes: 64 << 10,
        reserveBytes: 0,
        preparesSegments: false
      )
    )
    for batch in [1, 10, 200] {
      for number in 0..<batch { _ = try journal.stage(Sample.draft(number)) }
      let before = storage.with { ($0.changes, $0.synchronizations) }
      try journal.commit()
      let after = storage.with { ($0.changes, $0.synchronizations) }
      #expect(after == (before.0 + 2, before.1 + 1))
    }
  }

  @Test func `nothing staged is nothing written`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let before = storage.changes
    try journal.commit()
    try journal.commitIdleMark()
    #expect(storage.changes == before)
    #expect(!journal.needsIdleMark)
  }

  @Test func `an idle mark is written once, and costs no space`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    for number in 1...8 {
      _ = try journal.stage(Sample.draft(number))
      try journal.commit()
      #expect(journal.needsIdleMark)
      try journal.commitIdleMark()
      #expect(!journal.needsIdleMark)
    }
    #expect(journal.reader.usage.bytes == 9 * 4096)
    #expect(journal.reader.usage.segments == 1)
  }

  @Test func `received times never go back, and the wall clock is kept as it was`() throws {
    let journal = try open(SimulatedStorage())
    for (number, time) in [5000, 3000, 7000].enumerated() {
      var draft = Sample.draft(number + 1)
      draft.receivedAt = Int64(time)
      _ = try journal.stage(draft)
      try journal.commit()
    }
    #expect(try journal.reader.event(2, body: false)?.receivedAt == 3000)
    #expect(try journal.keys.find(Sample.key(2))?.seconds == 0)
  }

  @Test(arguments: [0, 1, 2])
  func `a record at the limit fits, one above it is refused and changes nothing`(
    above: Int
  ) throws {
    let journal = try open(SimulatedStorage())
    let limit = 16 << 10
    let small = Sample.draft(1, bytes: 8)
    // What the record takes beside the body, padded to 8.
    let fields: [Int] = [
      small.source.utf8.count, small.method.utf8.count, small.target.count,
      small.remote.utf8.count, small.headerBlock.count, 32, 32, 8, 1, small.eventID?.count ?? 0,
    ]
    let fixed = 64 + fields.reduce(0) { $0 + $1 + 8 }
    let bytes = limit - fixed + above * 8
    let draft = Sample.draft(1, bytes: bytes)
    guard above > 0 else {
      #expect(try journal.stage(draft) == 1)
      return try journal.commit()
    }
    let error = #expect(throws: JournalError.self) { _ = try journal.stage(draft) }
    guard case .recordTooLarge(let found) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(found == limit)
    #expect(journal.keys.count == 0)
    #expect(try journal.stage(small) == 1)
  }

  @Test func `a head that is too large is refused`() throws {
    let options = JournalOptions(
      directory: "/disk/journal",
      segmentBytes: 4 << 20,
      stateSegmentBytes: 64 << 10,
      reserveBytes: 0,
      preparesSegments: false
    )
    let journal = try open(SimulatedStorage(), options)
    var draft = Sample.draft(1)
    draft.headerBlock = [UInt8](repeating: 97, count: 256 << 10)
    #expect(throws: JournalError.self) { _ = try journal.stage(draft) }
    draft.headerBlock.removeLast(1000)
    #expect(try journal.stage(draft) == 1)
  }

  @Test func `is opened once at a time`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    let error = #expect(throws: JournalError.self) { _ = try open(storage) }
    guard case .locked(let path) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(path == "/disk/journal/LOCK")
    #expect(error?.exitCode == 75)
    try journal.close()
    #expect(try open(storage).epoch == journal.epoch + 1)
  }

  @Test func `keeps who it is, and counts its openings`() throws {
    let storage = SimulatedStorage()
    let first = try open(storage)
    let (uuid, key) = (first.uuid, first.keyHashKey)
    #expect(uuid.count == 16 && key.count == 16 && uuid != key)
    try first.close()
    let second = try open(storage)
    #expect(second.uuid == uuid)
    #expect(second.keyHashKey == key)
    #expect(second.epoch == 2)
    #expect(second.reader.uuid == uuid)
  }
}

@Suite("Opening again") struct ReopeningTests {
  @Test func `cleanly and uncleanly in turn loses and repeats nothing`() throws {
    let storage = SimulatedStorage()
    for round in 1...40 {
      let journal = try open(storage)
      #expect(journal.durableSequence == UInt64(round - 1))
      #expect(try journal.stage(Sample.draft(round)) == UInt64(round))
      try journal.commit()
      if round % 3 == 0 { try journal.commitIdleMark() }
      if round % 2 == 0 { try journal.close() }
    }
    let journal = try open(storage)
    let found = try Survey(journal)
    #expect(found.bodies.count == 40)
    #expect(found.gaps == [])
    #expect(journal.keys.count == 40)
    for number in 1...40 {
      #expect(try journal.keys.find(Sample.key(number))?.sequence == UInt64(number))
    }
  }

  @Test func `crashes in a row eat no space`() throws {
    let storage = SimulatedStorage()
    for _ in 1...30 { _ = try open(storage) }
    let files = storage.disk.fileNames.filter { $0.hasSuffix(".seg") || $0.hasSuffix(".tmp") }
    // One segment of each log, and at most one spare of each.
    #expect(files.count <= 4)
  }

  @Test func `after a clean close nothing is made`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    _ = try journal.stage(Sample.draft(1))
    try journal.commit()
    try journal.close()
    let files = storage.disk.fileNames
    _ = try open(storage)
    #expect(storage.disk.fileNames == files)
  }

  @Test func `a clean close is reported as one, a crash as one`() throws {
    let storage = SimulatedStorage()
    var journal = try open(storage)
    _ = try journal.stage(Sample.draft(1))
    try journal.commit()
    try journal.close()
    journal = try open(storage)
    #expect(journal.recovery.lines.contains { $0.contains("clean close") })
    let crashed = SimulatedStorage(storage.disk)
    #expect(try open(crashed).recovery.lines.contains { $0.contains("after a crash") })
  }
}

@Suite("The state map") struct StateTests {
  @Test func `survives, with removals, rolls and restarts`() throws {
    let storage = SimulatedStorage()
    var expected: [String: [UInt8]] = [:]
    var random = SeededGenerator(seed: 3)
    for round in 1...8 {
      let journal = try open(storage)
      #expect(journal.state == expected)
      for _ in 1...30 {
        let key = "consumer/\(Int.random(in: 0..<12, using: &random))"
        let value = random.chance(30) ? nil : random.bytes(Int.random(in: 0...900, using: &random))
        try journal.stageState(key: key, value: value)
        expected[key] = value
        if random.chance(50) { try journal.commit() }
      }
      try journal.commit()
      #expect(journal.state == expected)
      if round % 2 == 0 { try journal.close() }
    }
    #expect(try open(storage).state == expected)
    let segments = storage.disk.fileNames.filter { $0.contains("/state/0") }
    #expect(segments.count <= 2, "older segments are removed: \(segments)")
  }

  @Test func `may be larger than a segment`() throws {
    let storage = SimulatedStorage()
    var expected: [String: [UInt8]] = [:]
    var journal = try open(storage)
    for round in 0..<3 {
      for number in 0..<60 {
        let value = [UInt8](repeating: UInt8(number + round), count: 2500)
        expected["consumer/\(number)"] = value
        try journal.stageState(key: "consumer/\(number)", value: value)
        try journal.commit()
      }
      if round == 1 { try journal.close() }
      journal = try open(round == 1 ? storage : SimulatedStorage(storage.disk))
      #expect(journal.state == expected)
      if round != 1 { break }
    }
    let again = try open(SimulatedStorage(storage.disk))
    #expect(again.state == expected)
  }

  @Test func `a change that does not fit leaves the map as it was`() throws {
    let journal = try open(SimulatedStorage())
    try journal.stageState(key: "a", value: [1])
    #expect(throws: JournalError.self) {
      try journal.stageState(key: "a", value: [UInt8](repeating: 0, count: 20 << 10))
    }
    #expect(journal.state == ["a": [1]])
  }
}

@Suite("A full disk") struct FullDiskTests {
  private func fill(_ storage: SimulatedStorage, _ journal: Journal) throws -> Int {
    var count = 0
    do throws(JournalError) {
      while count < 1000 {
        _ = try journal.stage(Sample.draft(count + 1, bytes: 3000))
        try journal.commit()
        count += 1
      }
    } catch {
      guard case .full = error else { throw error }
    }
    return count
  }

  @Test func `refuses what does not fit, keeps what was staged, and goes on when there is room`()
    throws
  {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    storage.with { $0.freeBytes = 1000 }
    let count = try fill(storage, journal)
    #expect(count > 3 && count < 20)
    #expect(journal.keys.count == count)
    #expect(journal.durableSequence == UInt64(count))
    // State changes and reads go on.
    try journal.stageState(key: "consumer", value: [1])
    try journal.commit()
    #expect(try journal.reader.event(1, body: true) != nil)
    storage.with { $0.freeBytes = 1 << 30 }
    #expect(try journal.stage(Sample.draft(5000)) == UInt64(count + 1))
    try journal.commit()
  }

  @Test func `says what there is room for, and learns of room by itself`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    #expect(journal.room == .open)
    storage.with { $0.freeBytes = 1000 }
    _ = try fill(storage, journal)
    #expect(journal.room == .full)
    storage.with { $0.freeBytes = 1 << 30 }
    _ = try journal.stage(Sample.draft(5000))
    #expect(journal.room == .open)
  }

  @Test func `is full where the keys of the largest event find no room`() throws {
    let storage = SimulatedStorage()
    var options = simulatedOptions()
    options.segmentBytes = 1 << 20
    options.keysPerRun = EventDraft.keysMax + 1
    let journal = try open(storage, options)
    // No keys go to the disk, and events do.
    storage.with { $0.closedFolder = "/disk/journal/dedup" }
    func stage(_ numbers: Range<Int>) throws {
      _ = try journal.stage(Sample.draft(1, keys: numbers.map { Sample.key($0) }))
      try journal.commit()
    }
    for table in 1...KeyIndex.frozenMax {
      try stage(table * 10_000..<table * 10_000 + options.keysPerRun)
    }
    #expect(journal.room != .full)
    try stage(1..<3)
    #expect(journal.room == .full)
    #expect(journal.shortage == journal.keys.fullReason)
    guard
      case .full = #expect(
        throws: JournalError.self,
        performing: { try stage(100..<100 + EventDraft.keysMax) }
      )
    else { throw JournalError.noSuchEvent(4) }
    // Smaller ones may find some.
    try stage(3..<4)
  }

  /// A full disk must not keep readers out, nor stop a consumer that moves.
  @Test func `starts on a full disk after a crash, reads, and goes on when there is room`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    for number in 1...5 { _ = try journal.stage(Sample.draft(number)) }
    try journal.stageState(key: "consumer/a", value: [1])
    try journal.commit()
    // The state keeps a file in hand, as a maker's thread would have made it.
    let spare = try storage.open("/disk/journal/state/spare-1-9.seg")
    try spare.allocate(64 << 10)
    try spare.synchronize()
    try storage.synchronizeDirectory("/disk/journal/state")
    let crashed = SimulatedStorage(storage.disk.afterKill())
    crashed.with { $0.freeBytes = 0 }
    let full = try open(crashed)
    #expect(full.room == .full)
    #expect(try Survey(full).bodies.count == 5)
    guard
      case .full = #expect(
        throws: JournalError.self,
        performing: { try full.stage(Sample.draft(6)) }
      )
    else { throw JournalError.noSuchEvent(6) }
    // More changes of the state than one of its files holds.
    for number in 0..<3000 {
      try full.stageState(
        key: "consumer/a",
        value: [UInt8](repeating: UInt8(number & 255), count: 40)
      )
      if number % 3 == 0 { try full.commit() }
    }
    try full.commit()
    // Killed again, and again: always the same.
    let again = SimulatedStorage(crashed.disk.afterKill())
    again.with { $0.freeBytes = 0 }
    let still = try open(again)
    #expect(still.room == .full)
    #expect(try Survey(still).bodies.count == 5)
    #expect(still.state["consumer/a"] == [UInt8](repeating: UInt8(2999 & 255), count: 40))
    again.with { $0.freeBytes = 1 << 30 }
    #expect(try still.stage(Sample.draft(6)) == 6)
    try still.commit()
    #expect(still.room == .open)
    try still.close()
    let last = try open(again)
    #expect(try Survey(last).bodies.count == 6)
  }

  @Test func `keeps the reserve free`() throws {
    var options = simulatedOptions()
    options.reserveBytes = 1 << 20
    let storage = SimulatedStorage()
    storage.with { $0.freeBytes = (1 << 20) + (130 << 10) }
    let journal = try open(storage, options)
    storage.with { $0.freeBytes = (1 << 20) + (63 << 10) }
    let count = try fill(storage, journal)
    #expect(count < 20)
  }

  @Test func `a start after a crash finds the spare that was left`() throws {
    let storage = SimulatedStorage()
    let journal = try open(storage)
    _ = try journal.stage(Sample.draft(1))
    try journal.commit()
    // What a maker's thread would have left.
    for folder in ["log", "state"] {
      let spare = try storage.open("/disk/journal/\(folder)/spare-1-9.seg")
      try spare.allocate(64 << 10)
      try spare.synchronize()
      try storage.synchronizeDirectory("/disk/journal/\(folder)")
    }
    let crashed = SimulatedStorage(storage.disk)
    crashed.with { $0.freeBytes = 0 }
    #expect(try open(crashed).durableSequence == 1)
  }
}
