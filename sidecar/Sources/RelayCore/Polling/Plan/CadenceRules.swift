package import WebhookReceiver

/// When a source is polled (polling §6).
package struct CadenceRules: Hashable, Sendable {
  /// Where the first walk begins.
  package enum Initial: Hashable, Sendable {
    /// Only what happens from now on.
    case now
    /// As far back as the provider keeps.
    case earliest
    case since(Timestamp)
  }

  /// So long without a push, and a poll verifies that nothing was missed.
  package var silence = Duration.seconds(300)
  /// Verification polls that find nothing come half as often each time, down to this.
  package var cap = Duration.seconds(900)
  /// How often everything is walked over, however well pushes come.
  package var sweep = Duration.seconds(3600)
  /// An event that is older and was not pushed is evidence.
  package var deliveryGrace = Duration.seconds(120)
  /// What is younger may still change its place in the list: it is read, and read again.
  package var settle = Duration.seconds(120)
  /// How far before the checkpoint a walk reaches back.
  package var overlap = Duration.seconds(300)
  package var initial = Initial.now
  /// How long the provider keeps what it lists; nil: not known.
  package var retention: Duration?
  package var intervalMin = Duration.seconds(15)
  /// Requests in 24 hours.
  package var dailyBudget = Self.dailyBudgetUsual

  /// Ten times what a quiet source takes, and less than any provider's limit.
  package static let dailyBudgetUsual = 5000

  package init() {}
}

/// What one answer and one walk may take.
package struct PollLimits: Hashable, Sendable {
  /// A walk that reaches it is not complete, and goes on with the next tick.
  package var pages = 100
  package var pageBytes = 8 << 20
  /// Items of one page.
  package var items = 1000
  package var request = Duration.seconds(30)
  package var walk = Duration.seconds(300)

  package init() {}
}
