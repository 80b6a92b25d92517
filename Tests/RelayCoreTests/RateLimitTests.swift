import RelayCore
import Testing

@Suite("RateMeter") struct RateLimitTests {
  static let second: Int64 = 1_000_000_000

  @Test func `a burst is taken at once, and then the rate holds`() {
    var meter = RateMeter(
      RateLimit(requestsPerSecond: 10, burst: 20, bytesPerSecond: nil),
      at: 0
    )
    for _ in 0..<20 { #expect(meter.take(bytes: 1000, at: 0) == nil) }
    #expect(meter.take(bytes: 0, at: 0) == .milliseconds(100))
    #expect(meter.take(bytes: 0, at: 99_999_999) == .nanoseconds(1))
    #expect(meter.take(bytes: 0, at: 100_000_000) == nil)
    #expect(meter.take(bytes: 0, at: 100_000_000) == .milliseconds(100))
  }

  @Test(arguments: [1, 3, 7, 200, 1_000_000])
  func `over time no more is taken than the rate and one burst`(rate: Int) {
    var generator = SystemRandomNumberGenerator()
    var meter = RateMeter(RateLimit(requestsPerSecond: rate, bytesPerSecond: nil), at: 0)
    var now: Int64 = 0
    var taken = 0
    for _ in 0..<10_000 {
      now += Int64.random(in: 0...(2 * Self.second / Int64(rate)), using: &generator)
      if meter.take(bytes: 0, at: now) == nil { taken += 1 }
    }
    let allowed = Double(rate) * (1 + Double(now) / Double(Self.second))
    #expect(Double(taken) <= allowed + 1)
  }

  @Test func `whoever waits as long as told is taken`() {
    var meter = RateMeter(
      RateLimit(requestsPerSecond: 7, burst: 1, bytesPerSecond: 300),
      at: 5
    )
    var now: Int64 = 5
    for _ in 0..<1000 {
      if let wait = meter.take(bytes: 512, at: now) {
        now +=
          wait.components.seconds * Self.second
          + wait.components.attoseconds / 1_000_000_000
        #expect(meter.take(bytes: 512, at: now) == nil)
      }
    }
  }

  @Test func `a body larger than a second's bytes gets in, and pays afterwards`() {
    var meter = RateMeter(RateLimit(requestsPerSecond: nil, bytesPerSecond: 1000), at: 0)
    #expect(meter.take(bytes: 5000, at: 0) == nil)
    #expect(meter.take(bytes: 1, at: 4 * Self.second) == .milliseconds(1))
    #expect(meter.take(bytes: 1, at: 4 * Self.second + 1_000_000) == nil)
  }

  @Test func `under another limit it is as full as before`() {
    let old = RateLimit(requestsPerSecond: 10, burst: 10, bytesPerSecond: nil)
    var meter = RateMeter(old, at: 0)
    for _ in 0..<10 { #expect(meter.take(bytes: 0, at: 0) == nil) }
    let same = RateMeter(old, after: meter, at: 0)
    #expect(same == meter)
    var wider = RateMeter(
      RateLimit(requestsPerSecond: 10, burst: 15, bytesPerSecond: nil),
      after: meter,
      at: 0
    )
    #expect(wider.take(bytes: 0, at: 0) != nil)
  }

  @Test(arguments: [(1000, 10, 4), (10, 1000, 400), (1000, 1000, 400)])
  func `a share of the old burst is the same share of the new one`(
    _ old: Int,
    _ new: Int,
    _ left: Int
  ) {
    func limit(_ burst: Int) -> RateLimit {
      RateLimit(requestsPerSecond: 1, burst: burst, bytesPerSecond: 1000)
    }
    var meter = RateMeter(limit(old), at: 0)
    for _ in 0..<(old * 6 / 10) { #expect(meter.take(bytes: 0, at: 0) == nil) }
    var next = RateMeter(limit(new), after: meter, at: 0)
    for _ in 0..<left { #expect(next.take(bytes: 0, at: 0) == nil) }
    #expect(next.take(bytes: 0, at: 0) != nil)
  }

  @Test func `a debt of bytes takes as long under another limit`() {
    var meter = RateMeter(RateLimit(requestsPerSecond: nil, bytesPerSecond: 1000), at: 0)
    #expect(meter.take(bytes: 5000, at: 0) == nil)
    let faster = RateLimit(requestsPerSecond: nil, bytesPerSecond: 4000)
    var next = RateMeter(faster, after: meter, at: 0)
    #expect(next.take(bytes: 1, at: 3_999_000_000) != nil)
    #expect(next.take(bytes: 1, at: 4_001_000_000) == nil)
    // Numbers without end trap nowhere.
    #expect(meter.take(bytes: .max, at: 6 * Self.second) == nil)
    var huge = RateMeter(
      RateLimit(requestsPerSecond: nil, bytesPerSecond: .max),
      after: meter,
      at: 0
    )
    #expect(huge.take(bytes: 1, at: 0) != nil)
  }

  @Test func `clocks that stand, and numbers without end, trap nowhere`() {
    var meter = RateMeter(
      RateLimit(requestsPerSecond: .max, burst: .max, bytesPerSecond: .max),
      at: .max - 1
    )
    #expect(meter.take(bytes: .max, at: 0) == nil)
    #expect(meter.take(bytes: .max, at: .max - 1) != nil)
    var slow = RateMeter(RateLimit(requestsPerSecond: 1, bytesPerSecond: 1), at: 0)
    #expect(slow.take(bytes: .max, at: 0) == nil)
    #expect(slow.take(bytes: 0, at: 1) != nil)
  }
}
