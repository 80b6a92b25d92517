/// How much of one source is taken, in requests and in bytes (contract §3).
///
/// It is charged with what has verified: a stranger's flood uses up nothing of it.
package struct RateLimit: Equatable, Sendable {
  /// How many events a second, over time; nil: any number.
  package let requestsPerSecond: Int?
  /// How many may come at once after a silence.
  package let burst: Int
  /// How many bytes of bodies a second, over time; nil: any number.
  package let bytesPerSecond: Int?

  /// Without a burst it is what one second brings.
  package init(requestsPerSecond: Int?, burst: Int? = nil, bytesPerSecond: Int?) {
    precondition((requestsPerSecond ?? 1) > 0 && (burst ?? 1) > 0 && (bytesPerSecond ?? 1) > 0)
    self.requestsPerSecond = requestsPerSecond
    self.burst = burst ?? requestsPerSecond ?? 1
    self.bytesPerSecond = bytesPerSecond
  }
}

/// What a limit has let through so far: two token buckets.
///
/// A delivery is taken while both hold something, and its bytes may take the second below zero: a
/// body larger than a second's bytes would never get in otherwise, and pays afterwards.
package struct RateMeter: Equatable, Sendable {
  package let limit: RateLimit
  private var requests: TokenBucket?
  private var bytes: TokenBucket?

  /// Full at first; `now` is monotonic nanoseconds, here and below.
  package init(_ limit: RateLimit, at now: Int64) {
    self.limit = limit
    requests = limit.requestsPerSecond.map {
      TokenBucket(perSecond: $0, capacity: limit.burst, at: now)
    }
    bytes = limit.bytesPerSecond.map { TokenBucket(perSecond: $0, capacity: $0, at: now) }
  }

  /// Goes on under another limit, as full as it was under the old one.
  package init(_ limit: RateLimit, after meter: RateMeter, at now: Int64) {
    self.init(limit, at: now)
    if let before = meter.requests { requests?.carry(before, at: now) }
    if let before = meter.bytes { bytes?.carry(before, at: now) }
  }

  /// Takes a delivery with a body of `count` bytes, or says how long to wait before the next try.
  package mutating func take(bytes count: Int, at now: Int64) -> Duration? {
    let wait = max(requests?.wait(at: now) ?? .zero, bytes?.wait(at: now) ?? .zero)
    guard wait == .zero else { return wait }
    requests?.take(1)
    bytes?.take(count)
    return nil
  }
}

/// Tokens that come at a rate, up to a capacity; billionths of them, so that nothing is rounded.
private struct TokenBucket: Equatable, Sendable {
  private static let unit: Int64 = 1_000_000_000
  /// More are neither counted nor owed: the product of a rate and a time stays in 64 bits.
  private static let tokensMax = Int64.max / unit / 4

  private let perSecond: Int64
  private let capacity: Int64
  private var level: Int64
  private var last: Int64

  init(perSecond: Int, capacity: Int, at now: Int64) {
    self.perSecond = min(Int64(perSecond), Self.tokensMax)
    self.capacity = min(Int64(capacity), Self.tokensMax) * Self.unit
    level = self.capacity
    last = now
  }

  /// Until at least one whole token is there.
  mutating func wait(at now: Int64) -> Duration {
    refill(at: now)
    let missing = Self.unit - level
    guard missing > 0 else { return .zero }
    return .nanoseconds((missing + perSecond - 1) / perSecond)
  }

  mutating func take(_ count: Int) {
    level = max(level - min(Int64(count), Self.tokensMax) * Self.unit, -Self.tokensMax * Self.unit)
  }

  /// Is as full as the other one.
  ///
  /// A share, and not what was used up: of a large bucket that may be more than a small one brings
  /// in an hour, and who lowers a limit does not want silence for as long.
  mutating func carry(_ other: TokenBucket, at now: Int64) {
    var before = other
    before.refill(at: now)
    guard before.capacity != capacity else { return level = before.level }
    let wanted = Double(before.level) / Double(before.capacity) * Double(capacity)
    level = min(capacity, Int64(max(wanted, -Double(Self.tokensMax * Self.unit))))
  }

  private mutating func refill(at now: Int64) {
    let passed = max(0, now - last)
    last = max(last, now)
    let (gained, isOverflow) = passed.multipliedReportingOverflow(by: perSecond)
    level = isOverflow ? capacity : min(capacity, level.addingClamped(gained))
  }
}

extension Int64 {
  fileprivate func addingClamped(_ other: Int64) -> Int64 {
    let (sum, isOverflow) = addingReportingOverflow(other)
    return isOverflow ? .max : sum
  }
}
