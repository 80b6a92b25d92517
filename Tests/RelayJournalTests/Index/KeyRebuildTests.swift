import RelayJournal
import Testing

/// Runs that are not what they were, beside a log that has their events, or some, or none.
@Suite("Key runs that are lost") struct KeyRebuildTests {
  private typealias Event = KeyIndexModel.Event

  /// Forty events with a key of their own and one that they share with the eighth before it: five
  /// runs of eight events.
  private static let log: [Event] = (1...40).map { number in
    Event(
      sequence: UInt64(number),
      keys: [Sample.key(number), Sample.key(1000 + number % 8)],
      seconds: 1000
    )
  }

  private func storage() throws -> SimulatedStorage {
    let storage = SimulatedStorage()
    let index = try KeyIndexModel.open(storage, [], first: 1, next: 1).index
    for event in Self.log {
      for key in event.keys {
        index.insert(key, sequence: event.sequence, seconds: event.seconds)
      }
      if event.sequence % 8 == 0 {
        index.committed(through: event.sequence)
        index.seal()
      }
    }
    #expect(index.book.runs.count == 5 && index.durableThrough == 40)
    return storage
  }

  private func open(_ storage: SimulatedStorage, first: UInt64 = 1) throws -> KeyIndexOpening {
    let log = Self.log.filter { $0.sequence >= first }
    return try KeyIndexModel.open(storage, log, first: first, next: 41)
  }

  private func check(_ index: KeyIndex, unknown: ClosedRange<Int>? = nil) throws {
    for number in 1...40 {
      let isUnknown = unknown?.contains(number) ?? false
      let found = try index.find(Sample.key(number))
      #expect(found?.sequence == (isUnknown ? nil : UInt64(number)), "key \(number)")
    }
    // The newest of those that share a key.
    guard unknown?.contains(40) != true else { return }
    for number in 33...40 {
      #expect(try index.find(Sample.key(1000 + number % 8))?.sequence == UInt64(number))
    }
  }

  @Test func `none: all are taken as they are, and nothing is written`() throws {
    let storage = try storage()
    let changes = storage.changes
    let opening = try open(storage)
    #expect(opening.lines == [] && opening.index.count == 80 && storage.changes == changes)
    try check(opening.index)
    // Without a log they are the only copy.
    try check(try open(storage, first: 41).index)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>, [true, false])
  func `one that the log has: it is said, and its keys are taken from there`(
    generation: UInt64,
    isHeader: Bool
  ) throws {
    let storage = try storage()
    storage.flip(KeySamples.path(generation), bit: isHeader ? 300 : 50_000)
    let opening = try open(storage)
    #expect(opening.lines.first?.contains(KeySamples.quarantine) == true)
    #expect(!opening.lines.contains { $0.contains("unknown") })
    try check(opening.index)
    #expect(storage.disk.fileNames.contains { $0.hasPrefix(KeySamples.quarantine) })
    // From now on it is whole; the newest waits in memory for its generation to be full.
    let again = try open(storage)
    try check(again.index)
    #expect(again.lines == [])
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `one that the log does not have: its keys are said to be unknown`(
    generation: UInt64
  ) throws {
    let storage = try storage()
    let range = Int(generation) * 8 - 7...Int(generation) * 8
    storage.flip(KeySamples.path(generation), bit: 50_000)
    let opening = try open(storage, first: 41)
    let line = "keys unknown \(range.lowerBound)..\(range.upperBound)"
    #expect(opening.lines.contains(line), "\(opening.lines)")
    #expect(opening.lines.count == 2)
    try check(opening.index, unknown: range)
  }

  @Test func `one that the log has in part: the rest is unknown, at every start`() throws {
    let storage = try storage()
    storage.flip(KeySamples.path(3), bit: 50_000)
    let opening = try open(storage, first: 20)
    #expect(opening.lines.contains("keys unknown 17..19"), "\(opening.lines)")
    try check(opening.index, unknown: 17...19)
    let again = try open(storage, first: 20)
    #expect(again.lines == ["keys unknown 17..19"])
    try check(again.index, unknown: 17...19)
  }

  @Test func `a file that is missing between two is noticed`() throws {
    let storage = try storage()
    try storage.remove(KeySamples.path(2))
    #expect(try open(storage, first: 41).lines == ["keys unknown 9..16"])
    try check(try open(storage).index)
    #expect(try open(storage).lines == [])
  }

  @Test(arguments: [1, 41] as [UInt64])
  func `all of them`(first: UInt64) throws {
    let storage = try storage()
    for generation in 1...5 { storage.flip(KeySamples.path(UInt64(generation)), bit: 700) }
    let opening = try open(storage, first: first)
    #expect(opening.lines.count == (first == 1 ? 5 : 6))
    #expect(opening.lines.contains("keys unknown 1..40") == (first == 41))
    try check(opening.index, unknown: first == 1 ? nil : 1...40)
    // It goes on.
    opening.index.insert(Sample.key(99), sequence: 41, seconds: 1000)
    opening.index.committed(through: 41)
    opening.index.seal()
    #expect(try opening.index.find(Sample.key(99))?.sequence == 41)
  }

  @Test func `runs of another journal are set aside`() throws {
    let storage = try storage()
    let foreign = SimulatedStorage()
    try KeySamples.write(
      KeySamples.entries(20, seed: 1),
      foreign,
      generations: 2...2,
      uuid: [UInt8](repeating: 5, count: 16)
    )
    let file = try storage.open(KeySamples.path(2))
    try file.truncate(0)
    try file.write(foreign.bytes(KeySamples.path(2)).span, at: 0)
    let opening = try open(storage)
    #expect(opening.lines.first?.contains("another journal") == true)
    try check(opening.index)
  }

  /// A log that lost its end gives its sequences out again: an entry would name another event.
  @Test func `runs that go on behind the end of the log are not believed`() throws {
    let storage = try storage()
    let log = Self.log.filter { $0.sequence <= 20 }
    let opening = try KeyIndexModel.open(storage, log, first: 1, next: 21)
    #expect(opening.lines.contains("keys unknown 17.."))
    let index = opening.index
    for number in 1...16 { #expect(try index.find(Sample.key(number)) != nil) }
    for number in 17...40 { #expect(try index.find(Sample.key(number)) == nil) }
    index.insert(Sample.key(99), sequence: 21, seconds: 1000)
    index.committed(through: 21)
    #expect(try index.find(Sample.key(99))?.sequence == 21)
  }

  /// The wall clock stood still or was set while the steady one went on.
  @Test(arguments: [0, 1000, 900_000] as [UInt32])
  func `keys from the log are not older than those of a run before them`(seconds: UInt32) throws {
    let storage = SimulatedStorage()
    let index = try KeyIndexModel.open(storage, [], first: 1, next: 1).index
    for number in 1...2 {
      index.insert(Sample.key(number), sequence: UInt64(number), seconds: UInt32(number) * 50_000)
      index.committed(through: UInt64(number))
      index.seal()
    }
    try storage.remove(KeySamples.path(1))
    let log = (1...3).map { number in
      Event(sequence: UInt64(number), keys: [Sample.key(number)], seconds: seconds)
    }
    let again = try KeyIndexModel.open(storage, log, first: 1, next: 4).index
    #expect(try again.find(Sample.key(3))?.seconds == max(seconds, 100_000))
    #expect(try again.find(Sample.key(2))?.seconds == 100_000)
    // Before the runs, 4000 seconds of a window ago, it is of no use to anybody.
    #expect(try again.find(Sample.key(1))?.seconds == (seconds > 96_000 ? 100_000 : nil))
  }

  @Test func `what a crash left of a merge is removed`() throws {
    let storage = try storage()
    let whole = storage.disk
    let index = try open(storage).index
    for number in 41...48 {
      index.insert(Sample.key(number), sequence: UInt64(number), seconds: 1000)
    }
    index.committed(through: 48)
    // Six runs are one too many: three became one.
    #expect(index.book.runs.count == 4)
    let merged = index.book.runs.generation
    #expect(merged == 6)
    // The old files come back beside it.
    for generation in 1...3 {
      let path = KeySamples.path(UInt64(generation))
      guard storage.disk.node(path) == nil else { continue }
      let bytes = SimulatedStorage(whole).bytes(path)
      try storage.open(path).write(bytes.span, at: 0)
    }
    try storage.open(KeySamples.path(9) + ".tmp").write([1, 2, 3].span, at: 0)
    let opening = try KeyIndexModel.open(storage, Self.log, first: 1, next: 49)
    #expect(opening.lines == [] && opening.index.book.runs.count == 4)
    #expect(storage.disk.fileNames.count == 4)
    try check(opening.index)
  }
}
