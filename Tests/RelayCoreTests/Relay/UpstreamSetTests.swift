import RelayCore
import Testing

@Suite struct UpstreamSetTests {
  @Test func `attempts go where the fewest are out, in turn where they are equal`() {
    var set = UpstreamSet(count: 3)
    let first = (0..<6).map { _ in set.take(at: .zero) }
    #expect(first == [0, 1, 2, 0, 1, 2])
    set.finish(1, isFailure: false, at: .zero)
    set.finish(1, isFailure: false, at: .zero)
    do {
      let taken = set.take(at: .zero)
      #expect(taken == 1)
    }
    do {
      let taken = set.take(at: .zero)
      #expect(taken == 1)
    }
  }

  @Test func `one that fails again and again rests, and then is tried again`() {
    var set = UpstreamSet(count: 2)
    for _ in 0..<UpstreamSet.failuresMax {
      while let index = set.take(at: .zero) {
        set.finish(index, isFailure: index == 0, at: .zero)
        if index == 0 { break }
      }
    }
    #expect(!set.isAvailable(0, at: .seconds(9)))
    let next = (0..<10).map { _ in set.take(at: .seconds(9)) }
    #expect(next.allSatisfy { $0 == 1 })
    #expect(set.isAvailable(0, at: .seconds(10)))
    do {
      let taken = set.take(at: .seconds(10))
      #expect(taken == 0)
    }
  }

  @Test func `when all rest, the one that returns first is tried`() {
    var set = UpstreamSet(count: 2)
    for (index, second) in [(1, 3), (1, 4), (1, 5), (0, 6), (0, 7), (0, 8)] {
      do {
        let taken = set.take(at: .seconds(second), avoiding: [1 - index])
        #expect(taken == index)
      }
      set.finish(index, isFailure: true, at: .seconds(second))
    }
    do {
      let taken = set.take(at: .seconds(9))
      #expect(taken == 1)
    }
  }

  @Test func `an attempt does not go to one that it has tried`() {
    var set = UpstreamSet(count: 2)
    do {
      let taken = set.take(at: .zero, avoiding: [0])
      #expect(taken == 1)
    }
    do {
      let taken = set.take(at: .zero, avoiding: [0, 1])
      #expect(taken == nil)
    }
  }

  @Test func `an active check overrules both ways`() {
    var set = UpstreamSet(count: 2)
    let isNews = set.report(0, isWell: false)
    #expect(isNews)
    let next = (0..<5).map { _ in set.take(at: .zero) }
    #expect(next.allSatisfy { $0 == 1 })
    let isAgain = set.report(0, isWell: true)
    #expect(isAgain)
    do {
      let taken = set.take(at: .zero)
      #expect(taken == 0)
    }
  }

  @Test(arguments: UInt64(1)...20)
  func `somebody is always tried, and counts never go wrong`(seed: UInt64) {
    var generator = Seeded(seed)
    var set = UpstreamSet(count: 1 + generator.below(5))
    var out: [Int] = []
    var now = Duration.zero
    for _ in 0..<3000 {
      now += .milliseconds(generator.below(2000))
      if generator.happens(55) || out.isEmpty {
        guard let index = set.take(at: now) else {
          Issue.record("nobody was tried")
          return
        }
        out.append(index)
      } else {
        let index = out.remove(at: generator.below(out.count))
        set.finish(index, isFailure: generator.happens(50), at: now)
      }
    }
  }
}
