import RelayJournal
import RelaySystem
import Testing

/// Reads what a journal wrote with nothing but the byte tables of the format.
private struct Bytes {
  let all: [UInt8]

  func number(_ at: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(all[at + $1]) << (8 * UInt64($1)) }
  }

  func slice(_ at: Int, _ count: Int) -> [UInt8] { Array(all[at..<at + count]) }

  func crc(_ range: Range<Int>, after prefix: [UInt8] = []) -> UInt64 {
    let bytes = prefix + all[range]
    return UInt64(crc32c(bytes.span))
  }
}

@Suite("Format version 1") struct FormatTests {
  private func journal() throws -> (SimulatedStorage, Bytes) {
    let storage = SimulatedStorage(seed: 5)
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    _ = try journal.stage(Sample.draft(1, bytes: 100))
    _ = try journal.stage(Sample.draft(2, bytes: 33, keys: [Sample.key(2), Sample.key(3)]))
    try journal.commit()
    _ = try journal.stage(Sample.draft(3))
    try journal.commit()
    try journal.commitIdleMark()
    let name = try #require(storage.disk.segmentNames.first)
    #expect(name.hasSuffix("/log/00000000000000000001-0000000000000001.seg"))
    let node = try #require(storage.disk.node(name))
    return (storage, Bytes(all: storage.disk.read(node, 64 << 10, at: 0)))
  }

  @Test func `a segment begins as its table says`() throws {
    let (storage, bytes) = try journal()
    let format = try #require(storage.disk.node("/disk/journal/FORMAT"))
    let uuid = Array(storage.disk.read(format, 40, at: 0)[24..<40])
    #expect(bytes.slice(0, 8) == Array("WRJSEG".utf8) + [0, 1])
    #expect(bytes.number(8, 4) == bytes.crc(12..<4096))
    #expect(bytes.number(12, 2) == 1)
    #expect(bytes.number(14, 2) == 0)
    #expect(bytes.number(16, 8) == 0)
    #expect(bytes.number(24, 4) == 4096)
    #expect(bytes.number(28, 4) == 4096)
    #expect(bytes.slice(32, 16) == uuid)
    #expect(bytes.number(48, 8) == 1)
    #expect(bytes.number(56, 8) != 0)
    #expect(bytes.number(64, 8) == 1)
    #expect(bytes.number(72, 8) == 1)
    #expect(bytes.number(80, 8) == 64 << 10)
    #expect(bytes.number(88, 8) > 1_700_000_000_000_000)
    #expect(bytes.slice(96, 32).allSatisfy { $0 == 0 })
    #expect(bytes.number(128, 4) == 1)
    #expect(bytes.slice(132, 4096 - 132).allSatisfy { $0 == 0 })
  }

  @Test func `a batch is as its table says`() throws {
    let (_, bytes) = try journal()
    let salt = bytes.slice(56, 8)
    let first = 4096
    #expect(bytes.slice(first, 4) == Array("WRJB".utf8))
    #expect(bytes.number(first + 4, 4) == bytes.crc(first + 8..<first + 64, after: salt))
    #expect(bytes.number(first + 8, 8) == 1)
    #expect(bytes.number(first + 16, 8) == 1)
    #expect(bytes.number(first + 24, 4) == 2)
    let payload = Int(bytes.number(first + 28, 4))
    let second = first + 64 + Int(bytes.number(first + 64, 4))
    let heads = bytes.slice(first + 64, 64) + bytes.slice(second, 64)
    let index = crc32c((salt + heads).span)
    #expect(bytes.number(first + 32, 4) == UInt64(index))
    #expect(bytes.number(first + 36, 4) == bytes.number(8, 4))
    #expect(bytes.number(first + 40, 8) == 0)
    #expect(bytes.number(first + 48, 8) > 1_700_000_000_000_000)
    #expect(bytes.number(first + 56, 4) == 1)
    #expect(bytes.number(first + 60, 4) == 0)
    #expect(second + Int(bytes.number(second, 4)) == first + 64 + payload)
    #expect(bytes.slice(first + 64 + payload, 4096 - 64 - payload).allSatisfy { $0 == 0 })
  }

  @Test func `batches are chained, and a mark proves the last one`() throws {
    let (_, bytes) = try journal()
    let (second, mark) = (8192, 12288)
    #expect(bytes.number(second + 8, 8) == 2)
    #expect(bytes.number(second + 16, 8) == 3)
    #expect(bytes.number(second + 36, 4) == bytes.number(4096 + 4, 4))
    #expect(bytes.number(second + 40, 8) == 1)
    #expect(bytes.number(mark + 8, 8) == 3)
    #expect(bytes.number(mark + 16, 8) == 4)
    #expect(bytes.number(mark + 24, 8) == 0)
    #expect(bytes.number(mark + 36, 4) == bytes.number(second + 4, 4))
    #expect(bytes.number(mark + 40, 8) == 2)
    #expect(bytes.number(mark + 60, 2) == 1)
    #expect(bytes.number(second + 48, 8) <= bytes.number(mark + 48, 8))
  }

  @Test func `a record is as its table says, with every field of the event`() throws {
    let (_, bytes) = try journal()
    let at = 4096 + 64
    let draft = Sample.draft(1, bytes: 100)
    let total = Int(bytes.number(at, 4))
    #expect(total % 8 == 0)
    #expect(bytes.number(at + 4, 4) == bytes.crc(at + 8..<at + total))
    #expect(bytes.number(at + 8, 8) == 1)
    #expect(bytes.number(at + 16, 8) == UInt64(draft.receivedAt))
    #expect(bytes.number(at + 24, 8) == Sample.key(1).high)
    #expect(bytes.number(at + 32, 8) == Sample.key(1).low)
    #expect(bytes.number(at + 40, 4) == 100)
    let meta = Int(bytes.number(at + 44, 4))
    let source = Array(draft.source.utf8)
    let sourceID = crc32c(source.span)
    #expect(bytes.number(at + 48, 4) == UInt64(sourceID))
    #expect(bytes.number(at + 52, 2) == 1)
    #expect(bytes.number(at + 54, 2) == 1)
    #expect(bytes.number(at + 56, 8) == 0)
    #expect(bytes.slice(at + 64 + meta, 100) == draft.body)
    #expect(bytes.slice(at + 164 + meta, total - 164 - meta).allSatisfy { $0 == 0 })
    let fields = fields(bytes, at + 64, meta)
    #expect(fields[1] == source)
    #expect(fields[2] == Array("POST".utf8))
    #expect(fields[3] == draft.target)
    #expect(fields[5] == Array("192.0.2.1".utf8))
    #expect(fields[6] == draft.headerBlock)
    #expect(fields[7] == draft.eventID)
    #expect(fields[8] == nil)
    #expect(fields[10] == draft.idempotencyKey)
    #expect(fields[11] == nil)
    #expect(fields[12] == draft.bodyDigest)
    #expect(fields[14]?.count == 8)
    #expect(fields[15] == [1])
  }

  private func fields(_ bytes: Bytes, _ start: Int, _ count: Int) -> [UInt8: [UInt8]] {
    var fields: [UInt8: [UInt8]] = [:]
    var at = start
    while at < start + count {
      #expect(bytes.number(at + 1, 3) == 0)
      let length = Int(bytes.number(at + 4, 4))
      fields[bytes.all[at]] = bytes.slice(at + 8, length)
      at += 8 + length
    }
    #expect(at == start + count)
    return fields
  }

  @Test func `the next segment proves where the one before it ends`() throws {
    let storage = SimulatedStorage()
    var player = Player(simulatedOptions(), storage)
    player.play(Script((1...30).flatMap { [.event(number: $0, bytes: 3000), .commit] }))
    let names = storage.disk.segmentNames
    let first = try read(storage, names[0])
    let second = try read(storage, names[1])
    #expect(second.number(96, 8) == first.number(48, 8))
    #expect(second.number(48, 8) == first.number(48, 8) + 1)
    #expect(second.number(116, 4) == 0)
    let end = Int(second.number(120, 8))
    // The last batch of the first segment stands right before that end, and a SEAL mark behind it.
    let seal = end < 64 << 10 ? first.number(end + 60, 2) : 3
    #expect(seal == 3)
    #expect(second.number(104, 8) + 1 == second.number(72, 8))
    #expect(second.number(56, 8) != first.number(56, 8))
  }

  private func read(_ storage: SimulatedStorage, _ name: String) throws -> Bytes {
    let node = try #require(storage.disk.node(name))
    return Bytes(all: storage.disk.read(node, 64 << 10, at: 0))
  }
}
