/// How many requests a day may take: a bucket that fills evenly.
package struct PollBudget: Equatable, Sendable {
  /// Verification leaves a tenth for the sweeps, which find what nothing else finds.
  private static let reservedParts = 10
  private static let day = Duration.seconds(86400)

  private let daily: Int
  private var tokens: Double
  private var filledAt: Duration

  package init(daily: Int, at now: Duration) {
    precondition(daily > 0, "a budget of nothing polls nothing")
    self.daily = daily
    tokens = Double(daily)
    filledAt = now
  }

  package mutating func spend(_ requests: Int, at now: Duration) {
    fill(at: now)
    // Below zero: what sweeps have overdrawn is paid back before anything else is asked.
    tokens = max(tokens - Double(requests), -Double(daily))
  }

  package mutating func hasRoom(at now: Duration) -> Bool {
    fill(at: now)
    return tokens >= Double(daily) / Double(Self.reservedParts)
  }

  private mutating func fill(at now: Duration) {
    let passed = max(.zero, now - filledAt)
    filledAt = max(filledAt, now)
    tokens = min(Double(daily), tokens + passed / Self.day * Double(daily))
  }

  /// What is left, for people.
  package var remaining: Int { Int(tokens) }
}
