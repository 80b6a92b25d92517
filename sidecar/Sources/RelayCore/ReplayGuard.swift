/// What happens to a body seen before that arrives under another id.
package enum ReplayGuard: String, CaseIterable, Sendable {
  /// Stored as an event of its own, flagged and counted.
  case flag
  /// Answered as a duplicate of the first.
  case drop
  /// Stored without a remark.
  case off
}
