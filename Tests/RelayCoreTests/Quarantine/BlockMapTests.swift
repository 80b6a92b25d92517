import RelayCore
import Testing

@Suite struct BlockMapTests {
  @Test func `the first run that is long enough is taken`() {
    var map = BlockMap(count: 10)
    #expect(map.take(3) == 0..<3)
    #expect(map.take(2) == 3..<5)
    map.give(0..<3)
    #expect(map.take(4) == 5..<9)
    #expect(map.take(2) == 0..<2)
    #expect(map.freeCount == 2)
    // Two are free, and not beside each other.
    #expect(map.take(2) == nil)
    #expect(map.take(1) == 2..<3)
    #expect(map.take(1) == 9..<10)
    #expect(map.take(1) == nil)
  }

  @Test func `what is given back joins what is beside it`() {
    var map = BlockMap(count: 6)
    for start in 0..<3 { #expect(map.take(2) == start * 2..<start * 2 + 2) }
    map.give(0..<2)
    map.give(4..<6)
    #expect(map.take(3) == nil)
    map.give(2..<4)
    #expect(map == BlockMap(count: 6))
  }

  @Test func `what is claimed must be free`() {
    var map = BlockMap(count: 8)
    #expect(map.claim(2..<4) == true)
    #expect(map.claim(3..<5) == false)
    #expect(map.claim(6..<9) == false)
    #expect(map.claim(0..<2) == true)
    #expect(map.take(4) == 4..<8)
    map.grow(to: 10)
    #expect(map.take(2) == 8..<10)
  }

  @Test(arguments: 0..<20)
  func `it agrees with a list of flags`(_ seed: UInt64) {
    var random = Seeded(seed)
    var map = BlockMap(count: 64)
    var taken = Array(repeating: false, count: 64)
    var held: [Range<Int>] = []
    for _ in 0..<500 {
      if Bool.random(using: &random), !held.isEmpty {
        let run = held.remove(at: Int.random(in: held.indices, using: &random))
        map.give(run)
        for block in run { taken[block] = false }
      } else {
        let length = Int.random(in: 1...8, using: &random)
        let expected = (0...64 - length).first { start in
          !taken[start..<start + length].contains(true)
        }
        let run = map.take(length)
        #expect(run?.lowerBound == expected)
        guard let run else { continue }
        held.append(run)
        for block in run { taken[block] = true }
      }
      #expect(map.freeCount == taken.count { !$0 })
    }
  }
}
