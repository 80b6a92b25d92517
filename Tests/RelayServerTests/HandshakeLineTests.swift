import RelayServer
import Testing

@Suite("Handshake line") struct HandshakeLineTests {
  @Test func `the oldest that still shakes hands is taken first`() {
    var line = HandshakeLine<Int>()
    var shaking = Set(0..<10)
    for member in 0..<10 { line.join(member, isShaking: shaking.contains) }
    for done in [0, 1, 3] {
      shaking.remove(done)
      line.leave()
    }
    #expect(line.count == 7)
    var taken: [Int] = []
    while let oldest = line.takeOldest(isShaking: shaking.contains) {
      taken.append(oldest)
      shaking.remove(oldest)
      line.leave()
    }
    #expect(taken == [2, 4, 5, 6, 7, 8, 9])
    #expect(line.count == 0)
  }

  @Test func `those who are done do not gather`() {
    var line = HandshakeLine<Int>()
    var shaking: Set<Int> = []
    for member in 0..<10_000 {
      line.join(member, isShaking: shaking.contains)
      // Every hundredth stays.
      if member % 100 == 0 { shaking.insert(member) } else { line.leave() }
      #expect(line.held <= max(65, 2 * line.count + 1))
    }
    #expect(line.count == 100)
    #expect(line.takeOldest(isShaking: shaking.contains) == 0)
  }
}
