import RelayCore
import Testing

@Suite struct CircuitBreakerTests {
  private var breaker = CircuitBreaker(
    CircuitBreaker.Settings(failures: 6, window: .seconds(30), cooldown: .seconds(15))
  )

  private mutating func fail(_ count: Int = 1, weight: Int = 1, at now: Int) {
    for _ in 0..<count { breaker.recordFailure(weight: weight, isProbe: false, at: .seconds(now)) }
  }

  @Test mutating func `it opens at the threshold and not before`() {
    fail(5, at: 0)
    #expect(breaker.permission(at: .zero) == .deliver)
    fail(at: 0)
    #expect(breaker.permission(at: .zero) == .wait(until: .seconds(15)))
  }

  @Test mutating func `failures older than the window do not count`() {
    fail(5, at: 0)
    fail(5, at: 31)
    #expect(breaker.state == .closed)
    fail(at: 61)
    #expect(breaker.state == .open(until: .seconds(76)))
  }

  @Test mutating func `what looks like a wrong address or key opens it three times sooner`() {
    fail(weight: 3, at: 0)
    #expect(breaker.state == .closed)
    fail(weight: 3, at: 0)
    #expect(breaker.state != .closed)
  }

  @Test mutating func `a success forgets failures, so one event that always fails stops nobody`() {
    for second in 0..<100 {
      fail(5, at: second)
      breaker.recordSuccess()
    }
    #expect(breaker.state == .closed)
  }

  @Test mutating func `after the cooldown one probe goes out, and its outcome decides`() {
    fail(6, at: 0)
    #expect(breaker.permission(at: .seconds(14)) == .wait(until: .seconds(15)))
    #expect(breaker.permission(at: .seconds(15)) == .probe)
    breaker.beginProbe()
    #expect(breaker.permission(at: .seconds(500)) == .waitForProbe)
    breaker.recordFailure(weight: 1, isProbe: true, at: .seconds(16))
    #expect(breaker.state == .open(until: .seconds(31)))
    #expect(breaker.permission(at: .seconds(31)) == .probe)
    breaker.beginProbe()
    breaker.recordSuccess()
    #expect(breaker.permission(at: .seconds(32)) == .deliver)
  }

  @Test mutating func `failures of deliveries begun before it opened change nothing`() {
    fail(6, at: 0)
    fail(10, at: 14)
    #expect(breaker.state == .open(until: .seconds(15)))
    breaker.beginProbe()
    fail(10, at: 20)
    #expect(breaker.state == .halfOpen)
  }

  @Test(arguments: [(0, 15), (14, 15), (40, 40), (60, 60), (86_400, 60)])
  mutating func `Retry-After lengthens the cooldown to a minute at most`(asked: Int, wait: Int) {
    fail(5, at: 0)
    breaker.recordFailure(weight: 1, isProbe: false, retryAfter: .seconds(asked), at: .zero)
    #expect(breaker.state == .open(until: .seconds(wait)))
  }

  @Test mutating func `a probe that says nothing about the service is made again`() {
    fail(6, at: 0)
    breaker.beginProbe()
    breaker.withdrawProbe(at: .seconds(20))
    #expect(breaker.permission(at: .seconds(20)) == .probe)
  }

  @Test(arguments: UInt64(1)...50)
  func `whatever happens, two probes are never out and an open breaker lets nobody else by`(
    seed: UInt64
  ) {
    var generator = Seeded(seed)
    var breaker = CircuitBreaker(
      CircuitBreaker.Settings(failures: 3, window: .seconds(5), cooldown: .seconds(2))
    )
    var now = Duration.zero
    var probes = 0
    for _ in 0..<2000 {
      now += .milliseconds(generator.below(900))
      switch breaker.permission(at: now) {
      case .probe:
        #expect(probes == 0)
        guard generator.happens(60) else { continue }
        breaker.beginProbe()
        probes = 1
      case .waitForProbe:
        #expect(probes == 1)
        guard generator.happens(50) else { continue }
        probes = 0
        if generator.happens(50) {
          breaker.recordSuccess()
        } else {
          breaker.recordFailure(weight: 1, isProbe: true, at: now)
        }
      case .wait(let until): #expect(until > now && probes == 0)
      case .deliver:
        #expect(probes == 0)
        if generator.happens(40) {
          breaker.recordSuccess()
        } else {
          breaker.recordFailure(weight: 1 + 2 * generator.below(2), isProbe: false, at: now)
        }
      }
    }
  }
}
