/// How the sequence of events meets a sidecar that does not answer.
public struct RelayRetry: Sendable, Equatable {
  /// After this many failures in a row the loop ends with `unavailable`; nil goes on for ever.
  public var attemptsMax: Int?
  /// The delay after the first failure; it doubles from there.
  public var delay: Duration
  /// No delay is longer.
  public var delayMax: Duration

  /// Makes a rule; by default a restart of the sidecar is waited out for about five minutes.
  public init(
    attemptsMax: Int? = 20,
    delay: Duration = .milliseconds(250),
    delayMax: Duration = .seconds(20)
  ) {
    self.attemptsMax = attemptsMax
    self.delay = delay
    self.delayMax = delayMax
  }

  /// How long to wait after `failures` failures in a row; nil when it is enough.
  package func pause(afterFailures failures: Int) -> Duration? {
    if let attemptsMax, failures >= attemptsMax { return nil }
    // 2^20 times any useful delay is beyond every useful maximum; a larger shift could overflow.
    let doublings = min(max(failures - 1, 0), 20)
    return min(delay * (1 << doublings), delayMax)
  }
}
