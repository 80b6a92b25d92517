import RelayCore
import Testing

@Suite struct RetryScheduleTests {
  private var generator = Seeded(7)

  private static func plain(_ delays: [Int], horizon: Int) -> RetrySchedule {
    RetrySchedule(delays: delays.map { .seconds($0) }, jitter: 0, horizon: .seconds(horizon))
  }

  @Test(arguments: [(1, 1), (2, 5), (3, 30), (4, 30), (400, 30)])
  mutating func `the last delay is repeated`(attempt: Int, seconds: Int) {
    let schedule = Self.plain([1, 5, 30], horizon: 1000)
    let next = schedule.next(afterAttempt: attempt, age: .zero, retryAfter: nil, using: &generator)
    #expect(next == .wait(.seconds(seconds)))
  }

  @Test(arguments: [(969, true), (970, true), (971, false), (1000, false), (99_999, false)])
  mutating func `no attempt begins behind the horizon`(age: Int, goesOn: Bool) {
    let schedule = Self.plain([30], horizon: 1000)
    let next = schedule.next(
      afterAttempt: 3,
      age: .seconds(age),
      retryAfter: nil,
      using: &generator
    )
    #expect(next == (goesOn ? .wait(.seconds(30)) : .giveUp))
  }

  @Test(
    arguments: [
      (nil, 30), (-5, 30), (0, 30), (29, 30), (31, 31), (3600, 3600), (3601, 3600),
      (86_400_000, 3600),
    ] as [(Int?, Int)]
  )
  mutating func `41: Retry-After lengthens a wait by at most an hour, and never shortens it`(
    asked: Int?,
    seconds: Int
  ) {
    let schedule = Self.plain([30], horizon: 100_000)
    let next = schedule.next(
      afterAttempt: 1,
      age: .zero,
      retryAfter: asked.map { .seconds($0) },
      using: &generator
    )
    #expect(next == .wait(.seconds(seconds)))
  }

  @Test mutating func `41: Retry-After ends no retries`() {
    let schedule = Self.plain([30], horizon: 1000)
    let next = schedule.next(
      afterAttempt: 1,
      age: .seconds(400),
      retryAfter: .seconds(3600),
      using: &generator
    )
    #expect(next == .wait(.seconds(600)), "up to the horizon")
  }

  @Test mutating func `jitter spreads waits evenly around the delay and within its share`() {
    let schedule = RetrySchedule(delays: [.seconds(100)], jitter: 0.2, horizon: .seconds(10_000))
    var low = 0
    for _ in 0..<10_000 {
      guard
        case .wait(let wait) = schedule.next(
          afterAttempt: 1,
          age: .zero,
          retryAfter: nil,
          using: &generator
        )
      else {
        Issue.record("the horizon is far")
        return
      }
      #expect(wait >= .seconds(80) && wait <= .seconds(120))
      if wait < .seconds(100) { low += 1 }
    }
    #expect((4700...5300).contains(low))
  }

  @Test func `a schedule that is nonsense is a mistake of who makes it`() async {
    await #expect(processExitsWith: .failure) { _ = RetrySchedule(delays: []) }
    await #expect(processExitsWith: .failure) { _ = RetrySchedule(delays: [.zero]) }
  }
}
