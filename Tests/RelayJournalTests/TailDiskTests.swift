import RelayJournal
import Testing

/// Every combination of facts that the recovery table knows, as a disk that a start finds.
@Suite("The recovery table, from the disk") struct TailDiskTests {
  private static let folder = "/disk/journal"
  private static let events = 4

  /// Commits of one event each, and an end.
  private func write(_ next: TailDecision.Facts.Next) throws -> SimulatedStorage {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    for number in 1...Self.events {
      _ = try journal.stage(Sample.draft(number))
      try journal.commit()
    }
    switch next {
    case .cleanMark: try journal.close()
    case .mark: try journal.commitIdleMark()
    case .nothing: break
    // The last batch was never synced, as far as anybody can tell.
    case .unreadable: storage.flip(try #require(storage.disk.segmentNames.first), bit: 8 * 16_500)
    }
    return SimulatedStorage(storage.disk)
  }

  /// An EPOCH that knows of batches which are not there.
  private func prove(_ storage: SimulatedStorage) throws {
    let later = SimulatedStorage(storage.disk)
    let journal = try Journal.open(simulatedOptions(), storage: later)
    for number in 10...15 {
      _ = try journal.stage(Sample.draft(number))
      try journal.commit()
    }
    try journal.close()
    for slot in 0..<2 {
      let path = "\(Self.folder)/EPOCH.\(slot)"
      let bytes = try later.openForReading(path).read(4096, at: 0)
      try storage.open(path).write(bytes.span, at: 0)
    }
  }

  /// A file with a later segment's name, and nothing in it.
  private func loseSegment(_ storage: SimulatedStorage) throws {
    let name = "\(Self.folder)/log/00000000000000000100-0000000000000009.seg"
    let file = try storage.open(name)
    try file.allocate(64 << 10)
    try storage.synchronizeDirectory(Self.folder + "/log")
  }

  private func disk(_ facts: TailDecision.Facts) throws -> DiskModel {
    let storage = try write(facts.next)
    if facts.isProven { try prove(storage) }
    if facts.hasLostSegment { try loseSegment(storage) }
    return storage.disk
  }

  private func events(_ disk: DiskModel) -> [String] {
    disk.fileNames.filter { $0.hasPrefix(Self.folder + "/log/0") || $0.contains("quarantine") }
  }

  private func everything() -> [TailDecision.Facts] {
    TailDecision.Facts.Next.allCases.flatMap { next in
      [false, true].flatMap { isProven in
        [false, true].map { hasLost in
          TailDecision.Facts(next: next, isProven: isProven, hasLostSegment: hasLost)
        }
      }
    }
  }

  @Test func `a start does what the table says for each of the sixteen`() throws {
    for facts in everything() {
      let disk = try disk(facts)
      let storage = SimulatedStorage(disk)
      let journal = try Journal.open(simulatedOptions(), storage: storage)
      let decision = TailDecision.decide(facts)
      let hasDamage = journal.recovery.lines.contains { $0.contains("damage in") }
      #expect(hasDamage == (decision == .damaged), "\(facts): \(journal.recovery.lines)")
      #expect(journal.losses.all.isEmpty == !hasDamage, "\(facts)")
      let isSameSegment = storage.disk.segmentNames == disk.segmentNames
      #expect(isSameSegment == (decision == .appendHere), "\(facts)")
      let found = try Survey(journal)
      #expect(found.unexplained == [], "\(facts)")
      let kept = facts.next == .unreadable ? Self.events - 1 : Self.events
      #expect(found.bodies.count >= kept, "\(facts)")
      let next = try journal.stage(Sample.draft(99))
      #expect(next > UInt64(kept), "\(facts)")
      if decision != .damaged { #expect(next == UInt64(kept) + 1, "\(facts)") }
    }
  }

  @Test func `where damage is to be left alone, it is in the same twelve of them`() throws {
    var refused = 0
    for facts in everything() {
      let disk = try disk(facts)
      let storage = SimulatedStorage(disk)
      let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
      let isDamage = TailDecision.decide(facts) == .damaged
      #expect((journal.room == .readOnly) == isDamage, "\(facts)")
      if isDamage {
        refused += 1
        // Of the events; the state, which is whole, goes on.
        #expect(events(storage.disk) == events(disk), "\(facts)")
      }
    }
    #expect(refused == 12)
  }
}
