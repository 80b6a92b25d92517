/// How long to wait after each failed attempt of a delivery, and when to give up.
///
///     delays 1 s, 5 s, 30 s; horizon 3 d     delay before jitter
///     after attempt 1                         1 s
///     after attempt 2                         5 s
///     after attempt 3, 4, 5 …                30 s, until 3 d have passed since the first attempt
package struct RetrySchedule: Equatable, Sendable {
  /// At least one; the last is repeated.
  package let delays: [Duration]
  /// 0.2: between 0.8 and 1.2 of a delay, so that what failed together does not return together.
  package let jitter: Double
  /// Counted from the first attempt; an attempt that would begin later is not made.
  package let horizon: Duration

  package init(
    delays: [Duration] = Self.defaultDelays,
    jitter: Double = 0.2,
    horizon: Duration = .seconds(3 * 86_400)
  ) {
    precondition(!delays.isEmpty, "a schedule says how long to wait")
    precondition(delays.allSatisfy { $0 >= Self.delayMin }, "a retry without a wait is a storm")
    precondition((0...Self.jitterMax).contains(jitter), "a jitter is a share of the delay")
    precondition(horizon >= .zero, "a horizon lies ahead")
    self.delays = delays
    self.jitter = jitter
    self.horizon = horizon
  }

  package static let defaultDelays: [Duration] = [
    .seconds(1), .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600),
    .seconds(6 * 3600), .seconds(12 * 3600), .seconds(24 * 3600),
  ]
  /// As many as anybody writes down.
  package static let delaysMax = 64
  /// Less is no wait but a loop.
  package static let delayMin = Duration.milliseconds(10)
  package static let delayMax = Duration.seconds(7 * 86_400)
  package static let jitterMax = 0.5
  package static let horizonMax = Duration.seconds(365 * 86_400)
  /// A service cannot ask for a longer wait than this (contract §6).
  package static let retryAfterMax = Duration.seconds(3600)

  /// What follows a failed attempt.
  package enum Next: Equatable, Sendable {
    case wait(Duration)
    /// The horizon lies behind.
    case giveUp
  }

  /// `attempt` is how many have failed, this one included; `age` how long ago the first began.
  ///
  /// `retryAfter` is what the service asked for: it may lengthen the wait up to the horizon, and
  /// never shortens it nor ends the retries.
  package func next(
    afterAttempt attempt: Int,
    age: Duration,
    retryAfter: Duration?,
    using generator: inout some RandomNumberGenerator
  ) -> Next {
    precondition(attempt >= 1, "attempts are counted from one")
    let plain = delays[min(attempt, delays.count) - 1]
    let factor = jitter == 0 ? 1 : Double.random(in: 1 - jitter...1 + jitter, using: &generator)
    let wait = plain * factor
    guard age + wait <= horizon else { return .giveUp }
    let wished = min(max(retryAfter ?? .zero, .zero), Self.retryAfterMax)
    return .wait(max(wait, min(wished, horizon - age)))
  }
}
