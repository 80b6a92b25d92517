import RelayCore
import Testing

@Suite struct RetentionPolicyTests {
  private let policy = RetentionPolicy(age: .seconds(100), bytes: 1000)

  private func segments(_ ages: [Int], bytes: Int64 = 10, pinned: Int? = nil)
    -> [RetentionPolicy.Segment]
  {
    ages.enumerated().map { index, age in
      RetentionPolicy.Segment(bytes: bytes, age: .seconds(age), isPinned: index == pinned)
    }
  }

  @Test(arguments: [
    ([], 0), ([99], 0), ([100], 1), ([300, 200, 100, 50], 3), ([300, 99, 100], 1),
  ])
  func `what is old enough is removed, oldest first and without holes`(ages: [Int], count: Int) {
    let decision = policy.decide(segments(ages), otherBytes: 0)
    #expect(decision == RetentionPolicy.Decision(expired: count))
  }

  @Test(arguments: [(700, 0), (701, 1), (800, 1), (801, 2), (5000, 3)] as [(Int64, Int)])
  func `what has no room is removed, and no more than that`(other: Int64, count: Int) {
    let decision = policy.decide(segments([5, 4, 3], bytes: 100), otherBytes: other)
    #expect(decision == RetentionPolicy.Decision(displaced: count))
  }

  @Test func `what is pinned holds back what is behind it`() {
    let aged = policy.decide(segments([300, 200, 150], pinned: 1), otherBytes: 0)
    #expect(aged == RetentionPolicy.Decision(expired: 1, isHeldBack: true))
    let full = policy.decide(segments([3, 2, 1], bytes: 900, pinned: 0), otherBytes: 0)
    #expect(full == RetentionPolicy.Decision(isHeldBack: true, isOverfull: true))
    let young = policy.decide(segments([3, 2, 1], pinned: 0), otherBytes: 0)
    #expect(young == RetentionPolicy.Decision())
  }

  @Test func `for any segments nothing young is removed while there is room`() {
    var generator = Numbers()
    for _ in 0..<20_000 {
      let policy = RetentionPolicy(
        age: .seconds(generator.below(200) + 1),
        bytes: Int64(generator.below(3000) + 1)
      )
      let segments = (0..<generator.below(12)).map { _ in
        RetentionPolicy.Segment(
          bytes: Int64(generator.below(500)),
          age: .seconds(generator.below(400)),
          isPinned: generator.below(20) == 0
        )
      }
      let other = Int64(generator.below(2000))
      let decision = policy.decide(segments, otherBytes: other)
      let removed = segments.prefix(decision.count)
      #expect(removed.allSatisfy { !$0.isPinned })
      #expect(removed.count { $0.age >= policy.age } == decision.expired)
      var kept = other + segments.dropFirst(decision.count).reduce(0) { $0 + $1.bytes }
      if let next = segments.dropFirst(decision.count).first {
        // Nothing more was to be removed, or could be.
        let isWanted = next.age >= policy.age || kept > policy.bytes
        #expect(isWanted == decision.isHeldBack && (!isWanted || next.isPinned))
      }
      for segment in removed.reversed() {
        kept += segment.bytes
        guard segment.age < policy.age else { continue }
        #expect(kept > policy.bytes)
        break
      }
    }
  }
}

/// The same numbers at every run.
private struct Numbers {
  private var state: UInt64 = 42

  mutating func below(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}
