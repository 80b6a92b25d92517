import RelayJournal
import Testing

/// The next segment's file has to be there before this one is full, however fast that is.
@Suite struct SparePaceTests {
  private static let step: Int64 = 500_000
  private static let steps = 256

  /// How long a file takes at this pace, in nanoseconds.
  private func duration(_ pace: SparePace, from start: Int64, step: Int64 = step) -> Int64 {
    var now = start
    for done in 1...Self.steps {
      now += step
      now += Int64(pace.rest(before: Self.steps - done, of: step, at: now)) * 1_000_000
    }
    return now - start
  }

  @Test func `as long as nobody knows how long a segment lasts, it rests as long as may be`() {
    var pace = SparePace()
    #expect(pace.rest(before: 10, of: Self.step, at: 5) == SparePace.restMillisecondsMax)
    pace.begin(at: 1_000)
    #expect(pace.rest(before: 10, of: Self.step, at: 5) == SparePace.restMillisecondsMax)
    #expect(pace.rest(before: 0, of: Self.step, at: 5) == 0)
  }

  @Test(arguments: [2, 60, 86_400] as [Int64]) func `slow writers`(_ seconds: Int64) {
    var pace = SparePace()
    pace.begin(at: 0)
    pace.begin(at: seconds * 1_000_000_000)
    let rests = Int64(Self.steps - 1) * Int64(SparePace.restMillisecondsMax) * 1_000_000
    let took = duration(pace, from: seconds * 1_000_000_000)
    #expect(took == Int64(Self.steps) * Self.step + rests)
  }

  @Test(arguments: 1...100) func `a file is whole in half the time that a segment lasts`(
    _ hundredths: Int
  ) {
    let lasts = Int64(hundredths) * 10_000_000
    var pace = SparePace()
    pace.begin(at: 0)
    pace.begin(at: lasts)
    let took = duration(pace, from: lasts)
    // Rests are whole milliseconds, and the work itself takes what it takes.
    #expect(took <= max(lasts / 2, Int64(Self.steps) * Self.step) + 1_000_000)
  }

  @Test func `late: no rest at all`() {
    var pace = SparePace()
    pace.begin(at: 0)
    pace.begin(at: 100_000_000)
    #expect(pace.rest(before: 200, of: Self.step, at: 160_000_000) == 0)
    #expect(pace.rest(before: 200, of: Self.step, at: .max) == 0)
  }

  @Test func `a clock that stands still, and segments that last nothing`() {
    var pace = SparePace()
    for _ in 0..<3 { pace.begin(at: 7) }
    #expect(pace.rest(before: 1, of: 0, at: 7) == 0)
  }
}
