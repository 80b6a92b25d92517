import RelayJournal
import Testing

@Suite("Fuse filter") struct FuseFilterTests {
  private func hashes(_ count: Int, seed: UInt64) -> [UInt64] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in random.next() }
  }

  @Test func `knows a million members, and is wrong about one in 65 536 others`() throws {
    let members = hashes(1_000_000, seed: 1)
    let filter = try #require(FuseFilter(members))
    let missing = members.count { !filter.contains($0) }
    #expect(missing == 0)
    let wrong = hashes(1_000_000, seed: 2).count { filter.contains($0) }
    // 15.3 are to be expected.
    #expect(wrong > 0 && wrong < 50, "\(wrong)")
    #expect(Double(filter.byteCount) / 1_000_000 <= 2.3)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 7, 10, 33, 100, 999, 20_000])
  func `of any size knows its members`(count: Int) throws {
    for seed in 0..<UInt64(count < 200 ? 200 : 3) {
      let members = hashes(count, seed: seed)
      let filter = try #require(FuseFilter(members))
      let missing = members.count { !filter.contains($0) }
      #expect(missing == 0)
      #expect(filter.hashCount == count)
    }
  }

  @Test func `takes hashes that are there twice, and hashes in a row`() throws {
    let twice = hashes(500, seed: 3)
    let filter = try #require(FuseFilter(twice + twice))
    #expect(filter.hashCount == 500)
    let row = try #require(FuseFilter(Array(0..<5000)))
    let missing = twice.count { !filter.contains($0) } + (0..<5000).count { !row.contains($0) }
    #expect(missing == 0)
  }

  @Test(arguments: [0, 1, 50, 3000])
  func `comes back from its bytes`(count: Int) throws {
    let filter = try #require(FuseFilter(hashes(count, seed: 4)))
    let bytes = filter.encode()
    #expect(bytes.count == filter.byteCount)
    #expect(FuseFilter(decoding: bytes) == filter)
  }

  @Test func `of another length than it says is refused`() throws {
    let bytes = try #require(FuseFilter(hashes(50, seed: 5))).encode()
    for count in 0..<bytes.count { #expect(FuseFilter(decoding: Array(bytes[..<count])) == nil) }
    #expect(FuseFilter(decoding: bytes + [0]) == nil)
    #expect(FuseFilter(decoding: bytes + [0, 0]) == nil)
  }

  /// Every other value of the fields that say lengths, and of those that are zero.
  @Test(arguments: Array(8..<20) + Array(24..<32))
  func `with a changed length is refused`(byte: Int) throws {
    let bytes = try #require(FuseFilter(hashes(50, seed: 6))).encode()
    for value in 0...UInt8.max where value != bytes[byte] {
      var changed = bytes
      changed[byte] = value
      #expect(FuseFilter(decoding: changed) == nil)
    }
  }

  /// Whatever is taken can be asked about anything.
  @Test func `of random bytes is refused or answers`() {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<20_000 {
      var bytes = random.bytes(Int.random(in: 0...120, using: &random))
      if bytes.count >= 32 {
        // Small lengths that nearly fit each other.
        for (index, value) in [(8, 4), (12, Int.random(in: 0...9, using: &random))] {
          bytes.replaceSubrange(index..<index + 4, with: [UInt8(value), 0, 0, 0])
        }
        let count = UInt8((bytes.count - 32) / 2)
        bytes.replaceSubrange(16..<20, with: [count, 0, 0, 0])
        bytes.replaceSubrange(20..<32, with: [UInt8](repeating: 0, count: 12))
      }
      guard let filter = FuseFilter(decoding: bytes) else { continue }
      for _ in 0..<50 { _ = filter.contains(random.next()) }
    }
  }
}
