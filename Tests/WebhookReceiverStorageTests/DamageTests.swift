import Testing
import WebhookReceiver
import WebhookReceiverStorage

@Suite("File store: torn and damaged files") struct DamageTests {
  private typealias OpenError = FileIdempotencyStore.OpenError

  private static func world() -> World {
    var world = World()
    world.configuration.entriesMax = 20
    world.configuration.resultBytesMax = 10_000
    return world
  }

  private static func result(_ number: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(number), count: number * 31)
  }

  /// A file with three keys that it was born with and three that were appended, and its length
  /// when each number of them was durable.
  private static func file() async throws -> (bytes: [UInt8], lengths: [Int]) {
    let world = world()
    var store = try await world.open()
    for number in 0..<3 { try await store.finish(number, result: result(number)) }
    store = try await world.reopen(store)
    var lengths = [world.files.contents(of: World.path)?.count ?? 0]
    for number in 3..<6 {
      try await store.finish(number, result: result(number))
      lengths.append(world.files.contents(of: World.path)?.count ?? 0)
    }
    return (world.files.contents(of: World.path) ?? [], lengths)
  }

  /// The keys of the six that are done; nil when the file was refused as damaged.
  private static func done(in bytes: [UInt8]) async throws -> [Int]? {
    let world = world()
    world.files.put(bytes, at: World.path)
    let store: FileIdempotencyStore
    do throws(OpenError) {
      store = try await world.open()
    } catch {
      guard case .damaged(World.path, let offset) = error else { throw error }
      #expect((0...bytes.count).contains(offset))
      // Nothing was changed.
      #expect(world.files.contents(of: World.path) == bytes)
      return nil
    }
    var done: [Int] = []
    for number in 0..<6 {
      switch try await store.claim(testKey(number)) {
      case .done(let result):
        #expect(result == Self.result(number))
        done.append(number)
      case .claimed(let token): #expect(token.fence > 6)
      case .inProgress: Issue.record("\(number) is stuck")
      }
    }
    return done
  }

  @Test func `a file that ends anywhere holds what was durable by then`() async throws {
    let (bytes, lengths) = try await Self.file()
    for length in 0..<bytes.count {
      let done = try await Self.done(in: Array(bytes[..<length]))
      if length < lengths[0] {
        #expect(done == nil, "\(length)")
      } else {
        #expect(done == Array(0..<2 + lengths.count { $0 <= length }), "\(length)")
      }
    }
  }

  @Test func `every bit that is flipped is found, and nothing is lost in silence`() async throws {
    let (bytes, _) = try await Self.file()
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      #expect(try await Self.done(in: flipped) == nil, "bit \(bit)")
    }
  }

  @Test func `results of zeros do not make damage look like a torn end`() async throws {
    let world = Self.world()
    let store = try await world.open()
    try await store.finish(1, result: [UInt8](repeating: 0, count: 4000))
    let bytes = try #require(world.files.contents(of: World.path))
    for index in stride(from: bytes.count - 4000, to: bytes.count, by: 97) {
      var flipped = bytes
      flipped[index] ^= 0x10
      #expect(try await Self.done(in: flipped) == nil)
    }
  }

  @Test func `a last batch of which sectors were never written is cut off`() async throws {
    let (bytes, lengths) = try await Self.file()
    let world = Self.world()
    world.files.put(bytes, at: World.path)
    let last = lengths[lengths.count - 2]
    let first = (last + 511) / 512 * 512
    try #require(first < bytes.count)
    var torn = bytes
    for index in first..<bytes.count { torn[index] = 0 }
    #expect(try await Self.done(in: torn) == [0, 1, 2, 3, 4])
    torn = bytes
    for index in last..<min(first, bytes.count) { torn[index] = 0 }
    #expect(try await Self.done(in: torn) == [0, 1, 2, 3, 4])
  }

  @Test func `a lost sector ahead of a later record is damage`() async throws {
    let (bytes, lengths) = try await Self.file()
    // The place of the first of the three that were appended.
    var lost = bytes
    for index in lengths[0]..<lengths[1] { lost[index] = 0 }
    #expect(try await Self.done(in: lost) == nil)
  }

  @Test func `what is no store is refused`() async throws {
    for bytes in [[], [UInt8](repeating: 0, count: 5000), Array("a text file\n".utf8)] {
      #expect(try await Self.done(in: bytes) == nil)
    }
  }

  @Test func `a later format is refused by its number`() async throws {
    let world = Self.world()
    let header = KeyFileHeader(bornBytes: 30, version: 7).encoded()
    world.files.put(header + [1, 2, 3, 4, 5, 6], at: World.path)
    let expected = OpenError.unknownVersion(path: World.path, version: 7)
    await #expect(throws: expected) { try await world.open() }
    #expect(expected.description.contains("format 7"))
  }

  @Test func `a record copied to another place is none`() async throws {
    let (bytes, lengths) = try await Self.file()
    let copied = bytes + bytes[lengths[0]..<lengths[1]]
    #expect(try await Self.done(in: copied) == nil)
  }

  @Test(arguments: 0..<200)
  func `random bytes behind the end trap nothing and change no key`(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let (bytes, _) = try await Self.file()
    let tail = (0..<Int.random(in: 1...2000, using: &generator)).map { _ in
      UInt8.random(in: .min ... .max, using: &generator)
    }
    let done = try await Self.done(in: bytes + tail)
    #expect(done == nil || done == [0, 1, 2, 3, 4, 5])
    // With a length that fits, too.
    let forged = bytes + [48, 0, 0, 0, 2, 0, 0, 0] + tail
    let found = try await Self.done(in: forged)
    #expect(found == nil || found == [0, 1, 2, 3, 4, 5])
  }

  @Test func `a forged fence leaves no store that cannot count`() throws {
    var bytes = KeyFileHeader(bornBytes: 24).encoded()
    let time = StoreTime(age: 0, wall: 0)
    KeyRecord(content: .mark, fence: KeyRecord.fenceMax, time: time).encode(into: &bytes, at: 24)
    #expect(throws: Recovery.Failure.damaged(offset: 24)) { try Recovery(bytes) }
  }

  @Test func `the checksum is CRC-32C`() {
    var crc = CRC32C()
    crc.update(Array("1234".utf8)[...])
    crc.update(Array("56789".utf8)[...])
    #expect(crc.value == 0xE306_9283)
  }
}
