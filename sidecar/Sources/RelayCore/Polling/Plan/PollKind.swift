/// What the provider's list shows, which decides what polling can repair (polling §1).
package enum PollKind: String, CaseIterable, Sendable {
  /// Every event of the account.
  case eventLog = "event_log"
  /// The attempts to deliver to this hook.
  case deliveryLog = "delivery_log"
  /// Resources as they are now.
  case resourceState = "resource_state"
}
