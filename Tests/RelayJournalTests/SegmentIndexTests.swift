import RelayJournal
import RelaySystem
import Synchronization
import Testing

/// Indexes are derived: whatever becomes of one, a start finds what it would have found without.
@Suite("Indexes of segments") struct SegmentIndexTests {
  private static let count = 60
  private static let first = "/disk/journal/log/00000000000000000001-0000000000000001.idx"

  /// A journal of several segments, ended by a kill.
  private func disk() -> DiskModel {
    let storage = SimulatedStorage()
    var player = Player(simulatedOptions(), storage)
    player.play(Script((1...Self.count).flatMap { [.event(number: $0, bytes: 3000), .commit] }))
    #expect(player.failure == nil)
    return storage.disk
  }

  private func bytes(_ disk: DiskModel, _ path: String) throws -> [UInt8] {
    let node = try #require(disk.node(path))
    return disk.read(node, disk.size(node), at: 0)
  }

  /// What is not as it must be after a start on this disk; changes the disk as the start did.
  private func problems(_ disk: inout DiskModel) throws -> [String] {
    let storage = SimulatedStorage(disk)
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let found = try Survey(journal)
    disk = storage.disk
    var problems: [String] = []
    if found.bodies.count != Self.count { problems.append("\(found.bodies.count) events") }
    if !found.gaps.isEmpty || !found.unexplained.isEmpty { problems.append("gaps") }
    if !journal.losses.all.isEmpty { problems.append("losses") }
    for number in 1...Self.count
    where try journal.keys.find(Sample.key(number))?.sequence != UInt64(number) {
      problems.append("the key of \(number) is lost")
    }
    if journal.reader.firstSequence(at: 1_700_000_000_030_000) != 30 { problems.append("time") }
    return problems
  }

  @Test func `each sealed segment has one, the newest none`() throws {
    let disk = disk()
    let indexes = disk.fileNames.filter { $0.hasSuffix(".idx") }
    let sealed = disk.segmentNames.dropLast()
    #expect(sealed.count >= 3)
    #expect(indexes.map { $0.dropLast(4) } == sealed.map { $0.dropLast(4) })
  }

  @Test func `any flipped bit of one costs nothing, and it is made again`() throws {
    let whole = disk()
    let before = try bytes(whole, Self.first)
    var random = SeededGenerator(seed: 31)
    for position in before.indices {
      var disk = whole
      let node = try #require(disk.node(Self.first))
      disk.write(node, [before[position] ^ (1 << UInt8(random.next() % 8))], at: position)
      #expect(try problems(&disk) == [], "byte \(position)")
      #expect(try bytes(disk, Self.first) == before, "byte \(position)")
    }
  }

  @Test func `one that was cut short, or is gone, is made again`() throws {
    let whole = disk()
    let before = try bytes(whole, Self.first)
    for length in [-1, 0, 1, 111, 112, before.count - 1] {
      var disk = whole
      let node = try #require(disk.node(Self.first))
      if length < 0 { _ = disk.remove(Self.first) } else { disk.resize(node, length) }
      #expect(try problems(&disk) == [], "\(length) bytes")
      #expect(try bytes(disk, Self.first) == before, "\(length) bytes")
    }
  }

  @Test func `that of another segment is not believed`() throws {
    var disk = disk()
    let before = try bytes(disk, Self.first)
    let indexes = disk.fileNames.filter { $0.hasSuffix(".idx") }
    let other = try bytes(disk, indexes[1])
    let node = try #require(disk.node(Self.first))
    disk.resize(node, 0)
    disk.write(node, other, at: 0)
    #expect(try problems(&disk) == [])
    #expect(try bytes(disk, Self.first) == before)
  }

  @Test func `that of a segment that is not there is removed`() throws {
    var disk = disk()
    let path = "/disk/journal/log/00000000000000000900-0000000000000900.idx"
    disk.write(disk.create(path), try bytes(disk, Self.first), at: 0)
    #expect(try problems(&disk) == [])
    #expect(disk.node(path) == nil)
  }

  @Test func `keys are taken from them where no run holds them`() throws {
    var disk = disk()
    for name in disk.fileNames where name.contains("/keys/") { _ = disk.remove(name) }
    #expect(try problems(&disk) == [])
  }

  // MARK: Damage behind an index

  /// A disk on which a sealed body has a flipped bit; the sequence that it was of.
  private func damaged() throws -> DiskModel {
    var disk = disk()
    let name = try #require(disk.segmentNames.first)
    let node = try #require(disk.node(name))
    let position = 4096 + 4096 + 2000
    disk.write(node, [disk.read(node, 1, at: position)[0] ^ 4], at: position)
    return disk
  }

  @Test func `damage that a start passes over is found by the first reader`() throws {
    let storage = SimulatedStorage(try damaged())
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    #expect(journal.losses.all.isEmpty)
    #expect(try Survey(journal).gaps == [2...2])
    let heard = Heard()
    journal.reportDamage { heard.add($0) }
    #expect(heard.problems.map(\.sequence) == [2] && heard.problems.map(\.through) == [2])
    #expect(try journal.take(damage: heard.problems) == heard.problems)
    #expect(journal.losses.all.map(\.from) == [2])
    #expect(journal.reader.losses == journal.losses.all)
    // Said once: the same damage is no news, now or at the next start.
    #expect(try journal.take(damage: heard.problems) == [])
    #expect(try Survey(journal).gaps == [2...2])
    try journal.close()
    let again = try Journal.open(simulatedOptions(), storage: storage)
    #expect(again.losses.all.map(\.through) == [2] && again.room == .open)
  }

  @Test func `a journal that is to stop at damage reads every byte at its start`() throws {
    let storage = SimulatedStorage(try damaged())
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    #expect(journal.room == .readOnly)
  }

  @Test func `a journal that is to stop at damage stops when a reader finds some`() throws {
    let storage = SimulatedStorage(disk())
    let journal = try Journal.open(simulatedOptions(.refuse), storage: storage)
    let name = try #require(storage.disk.segmentNames.first)
    let node = try #require(storage.disk.node(name))
    storage.with { $0.disk.write(node, [1, 2, 3], at: 4096 + 4096 + 2000) }
    let heard = Heard()
    journal.reportDamage { heard.add($0) }
    #expect(journal.room == .open)
    #expect(try Survey(journal).gaps == [2...2])
    #expect(try journal.take(damage: heard.problems).count == 1)
    #expect(journal.room == .readOnly && journal.losses.all.isEmpty)
    #expect(throws: JournalError.self) { _ = try journal.stage(Sample.draft(99)) }
    try journal.close()
  }
}

/// What was reported, from whatever thread.
final class Heard: Sendable {
  private let found = Mutex<[LogProblem]>([])

  var problems: [LogProblem] { found.withLock { $0 } }

  func add(_ problems: [LogProblem]) { found.withLock { $0 += problems } }
}
