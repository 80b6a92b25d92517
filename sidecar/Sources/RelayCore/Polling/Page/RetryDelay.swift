package import WebhookReceiver

/// How long a provider asks us to stay away.
package enum RetryDelay {
  /// Shorter is a burst.
  package static let shortest = Duration.seconds(1)
  /// Longer is a mistake of the provider's, or somebody who wants us blind.
  package static let longest = Duration.seconds(3600)

  /// The delay that an answer asks for; nil where it asks for none that can be read.
  ///
  /// `Retry-After` as seconds, with a fraction, or as a date; else the time at which a limit is
  /// reset, where the answer says that nothing is left of it.
  package static func read(_ response: PollResponse, now: Timestamp) -> Duration? {
    let now = date(of: response) ?? now
    if let text = response.first("Retry-After") {
      if let seconds = seconds(text) { return clamp(seconds) }
      if let date = Timestamp(rfc1123: Array(trimmed(text).utf8).span) {
        return clamp(now.distance(to: date))
      }
      return nil
    }
    guard isSpent(response) else { return nil }
    for name in ["RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"] {
      guard let text = response.first(name), let value = seconds(text) else { continue }
      // A number this large is a moment, and a small one is a distance.
      let isMoment = value > .seconds(100_000_000)
      let moment = Timestamp(microseconds: 0) + value
      return clamp(isMoment ? now.distance(to: moment) : value)
    }
    return nil
  }

  /// The provider's own time.
  package static func date(of response: PollResponse) -> Timestamp? {
    response.first("Date").flatMap { Timestamp(rfc1123: Array(trimmed($0).utf8).span) }
  }

  /// Whether the answer says that a limit has been reached.
  static func isSpent(_ response: PollResponse) -> Bool {
    if response.status == 429 { return true }
    return ["RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining"]
      .contains { name in response.first(name).map { trimmed($0) == "0" } ?? false }
  }

  static func clamp(_ delay: Duration) -> Duration { min(max(delay, shortest), longest) }

  /// Digits with at most one point; a minus sign makes it the shortest delay.
  private static func seconds(_ text: String) -> Duration? {
    var rest = trimmed(text)[...]
    let isNegative = rest.first == "-"
    if isNegative { rest = rest.dropFirst() }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), !parts[0].isEmpty,
      parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    if isNegative { return .zero }
    // More digits than a clamp lets through need not be counted.
    guard let whole = Int64(parts[0].prefix(15)) else { return nil }
    let fraction = parts.count == 2 ? Int64((parts[1] + "000").prefix(3)) ?? 0 : 0
    return .seconds(whole) + .milliseconds(fraction)
  }

  static func trimmed(_ text: String) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    return String(text.drop(while: isBlank).reversed().drop(while: isBlank).reversed())
  }
}
