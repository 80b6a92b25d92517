import RelayJournal
import RelaySystem
import Testing

/// Reads records with nothing but the byte tables of the format.
private struct Records {
  static let flagErased: UInt16 = 16
  let bytes: [UInt8]

  func number(_ at: Int, _ count: Int) -> Int {
    (0..<count).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }

  func crc(_ range: Range<Int>) -> Int { Int(crc32c(bytes.span.extracting(range))) }

  /// Where the records of the first batch begin.
  var starts: [Int] {
    var at = 4096 + 64
    return (0..<number(4096 + 24, 4)).map { _ in
      defer { at += number(at, 4) }
      return at
    }
  }

  /// The header of the first batch: what the chain runs over.
  var batchHeader: [UInt8] { Array(bytes[4096..<4096 + 64]) }

  func header(_ start: Int) -> [UInt8] { Array(bytes[start..<start + 64]) }

  func body(_ start: Int) -> ArraySlice<UInt8> {
    let begin = start + 64 + number(start + 44, 4)
    return bytes[begin..<begin + number(start + 40, 4)]
  }
}

@Suite("The record of an erased body") struct ErasedRecordTests {
  /// One batch with a body of each length, before and after all of them are erased.
  private func erase(_ bodies: [[UInt8]]) throws -> (before: Records, after: Records) {
    var options = simulatedOptions()
    options.segmentBytes = 16 << 20
    let storage = SimulatedStorage()
    let journal = try Journal.open(options, storage: storage)
    for (number, body) in bodies.enumerated() {
      var draft = Sample.draft(number + 1)
      draft.body = body
      _ = try journal.stage(draft)
    }
    try journal.commit()
    let name = try #require(storage.disk.segmentNames.first)
    let node = try #require(storage.disk.node(name))
    let before = Records(bytes: storage.disk.read(node, 16 << 20, at: 0))
    for number in bodies.indices { _ = try journal.eraseBody(of: UInt64(number) + 1) }
    let found = try Survey(journal)
    #expect(found.gaps == [] && found.bodies.count == bodies.count)
    let inspector = try JournalInspector(directory: options.directory, storage: storage)
    #expect(try inspector.verify().problems == [])
    return (before, Records(bytes: storage.disk.read(node, 16 << 20, at: 0)))
  }

  /// Of every length, with an even and an odd number of ones.
  @Test(arguments: [
    Array(0...40), [4095, 4096, 4097, 20_001],
    Array(stride(from: 100, to: 16_000, by: isCampaign ? 7 : 997)),
    [1 << 20],
  ])
  func `verifies, and changes nothing of its batch`(lengths: [Int]) throws {
    var random = SeededGenerator(seed: 1)
    let bodies = lengths.flatMap { length -> [[UInt8]] in
      var other = random.bytes(length)
      if length > 0 { other[0] = other[0] ^ 1 }
      return [random.bytes(length), other]
    }
    let (before, after) = try erase(bodies)
    #expect(before.batchHeader == after.batchHeader && before.starts.count == bodies.count)
    for (start, body) in zip(before.starts, bodies) {
      #expect(Array(before.body(start)) == body)
      let end = start + after.number(start, 4)
      #expect(after.number(start + 4, 4) == after.crc(start + 8..<end))
      #expect(UInt16(after.number(start + 54, 2)) & Records.flagErased != 0)
      #expect(after.crc(start..<start + 64) == before.crc(start..<start + 64))
      #expect(after.body(start).dropLast().allSatisfy { $0 == 0 })
      #expect((after.body(start).last ?? 0) <= 1)
      // Everything else of the header is as it was: crc, flags and the four bytes changed.
      let changed = zip(before.header(start), after.header(start)).enumerated()
        .filter { $0.element.0 != $0.element.1 }.map(\.offset)
      #expect(Set(changed).isSubset(of: Set([4, 5, 6, 7, 54, 56, 57, 58, 59])))
    }
  }
}
