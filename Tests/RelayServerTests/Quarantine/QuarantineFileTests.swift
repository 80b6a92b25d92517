import RelayCore
import RelayServer
import RelaySystem
import Testing
import WebhookReceiver

@Suite struct QuarantineFileTests {
  private static let block = QuarantineEntry.blockBytes

  /// A file in a folder of its own.
  private final class Place {
    let folder = "/tmp/quarantine-" + randomBytes(8).map { String($0, radix: 36) }.joined()
    var path: String { folder + "/quarantine" }
    init() throws { try Directory.create(folder) }
    deinit { Directory.removeTree(folder) }

    func open(boot: Int64 = 1) throws -> QuarantineFile.Found {
      try QuarantineFile.open(path, at: reading(boot: boot))
    }

    func reading(boot: Int64) -> ElapsedClock.Reading {
      ElapsedClock.Reading(
        bootID: Array(repeating: 1, count: 16),
        bootNanoseconds: boot * 1_000_000_000,
        wallMicroseconds: 1_700_000_000_000_000
      )
    }
  }

  private func entry(_ id: UInt64, body: [UInt8]) -> QuarantineEntry {
    QuarantineEntry(
      summary: QuarantineEntry.Summary(
        id: id,
        receivedAt: Int64(id),
        elapsedSeconds: 0,
        windowSeconds: 1_000_000_000,
        bodyBytes: Int64(body.count),
        source: "a",
        address: "127.0.0.1",
        reason: "signature_mismatch",
        detail: ""
      ),
      contents: .init(method: [], target: [], headerBlock: [], body: body)
    )
  }

  @Test func `a new opening finds what was kept, and only that`() throws {
    let place = try Place()
    let file = try place.open().file
    try file.grow(toBlocks: 100)
    var kept: [UInt64: Range<Int>] = [:]
    for id in UInt64(1)...20 {
      kept[id] = try file.write(entry(id, body: Array(repeating: 7, count: Int(id) * 1000)))
    }
    for id in stride(from: UInt64(1), through: 20, by: 3) {
      let blocks = kept.removeValue(forKey: id)
      try file.erase(try #require(blocks))
    }
    let again = try place.open()
    #expect(again.setAside == nil)
    #expect(again.file.blockCount == 100)
    let found = Dictionary(uniqueKeysWithValues: again.items.map { ($0.summary.id, $0.blocks) })
    #expect(found == kept)
    for (id, blocks) in kept {
      let read = try #require(try again.file.read(blocks))
      #expect(read == entry(id, body: Array(repeating: 7, count: Int(id) * 1000)))
    }
  }

  @Test func `a body that looks like an entry never becomes one`() throws {
    let place = try Place()
    let file = try place.open().file
    try file.grow(toBlocks: 20)
    let key = KeyedHash128(key: Array(repeating: 0, count: 16))
    let forged = entry(1, body: []).encode(key)
    var body = [UInt8](repeating: 0, count: 5 * Self.block)
    let start = entry(3, body: body).encode(key).count - body.count
    for block in 1...4 {
      let offset = block * Self.block - start
      body.replaceSubrange(offset..<offset + forged.count, with: forged)
    }
    // Wherever a block begins in it, there is the beginning of what wants to be an entry.
    let carrier = try #require(try file.write(entry(3, body: body)))
    #expect(try place.open().items.map(\.summary.id) == [3])
    // Its first block is lost, as by a crash in the midst of its removal: the rest stays behind.
    let disk = try File.open(place.path)
    let zeros = [UInt8](repeating: 0, count: Self.block)
    try disk.write(zeros.span, at: Int64(carrier.lowerBound * Self.block))
    #expect(try place.open().items.isEmpty)
  }

  @Test func `the clock goes on where it was`() throws {
    let place = try Place()
    let file = try place.open(boot: 10).file
    #expect(file.elapsed(at: place.reading(boot: 70)) == 60)
    try file.synchronize(at: place.reading(boot: 100))
    #expect(try place.open(boot: 110).file.elapsed(at: place.reading(boot: 115)) == 105)
  }

  @Test(arguments: 32..<84)
  func `a clock that is damaged begins anew, and nothing is older for it`(_ offset: Int) throws {
    let place = try Place()
    let file = try place.open(boot: 10).file
    try file.grow(toBlocks: 4)
    _ = try file.write(entry(1, body: []))
    try file.synchronize(at: place.reading(boot: 100))
    let disk = try File.open(place.path)
    let before = try disk.read(1, at: Int64(offset))
    try disk.write([before[0] ^ 0x80].span, at: Int64(offset))
    let again = try place.open(boot: 200)
    #expect(again.items.map(\.summary.id) == [1] && again.setAside == nil)
    #expect(again.file.elapsed(at: place.reading(boot: 205)) == 5)
    try again.file.synchronize(at: place.reading(boot: 206))
  }

  @Test(arguments: [0, 8, 24, 27])
  func `a file that is none of ours is set aside`(_ offset: Int64) throws {
    let place = try Place()
    let file = try place.open().file
    try file.grow(toBlocks: 4)
    _ = try file.write(entry(1, body: []))
    let disk = try File.open(place.path)
    let before = try disk.read(1, at: offset)
    try disk.write([before[0] ^ 1].span, at: offset)
    let found = try place.open()
    let aside = try #require(found.setAside)
    #expect(found.items.isEmpty && aside.hasPrefix(place.path + ".damaged-"))
    #expect(try File.open(aside).size() == Int64(4 * Self.block))
  }
}
