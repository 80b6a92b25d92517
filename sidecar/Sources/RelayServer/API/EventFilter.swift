internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// Which events a reader wants.
///
/// Every part that is present must match.
struct EventFilter: Equatable, Sendable {
  var sources: [String] = []
  var types: [String] = []
  var origin: Origin?
  var eventID: String?
  var idempotencyKey: String?
  /// Received at or after, in microseconds since 1970.
  var from: Int64?
  /// Received before, in microseconds since 1970.
  var to: Int64?

  func matches(_ event: borrowing StoredEvent) -> Bool {
    if !sources.isEmpty, !sources.contains(event.source) { return false }
    if !types.isEmpty {
      guard let type = event.eventType, types.contains(String(decoding: type, as: UTF8.self)) else {
        return false
      }
    }
    if let origin, event.origin != origin { return false }
    if let eventID, event.eventID.map({ $0 == Array(eventID.utf8) }) != true { return false }
    if let idempotencyKey,
      IdempotencyKey(digest: event.idempotencyKey).description != idempotencyKey
    {
      return false
    }
    if let from, event.receivedAt < from { return false }
    if let to, event.receivedAt >= to { return false }
    return true
  }

  /// What a cursor is bound to: a cursor of one filter must not go on under another.
  var parts: [String] {
    ["events"] + sources.sorted().map { "s" + $0 } + types.sorted().map { "t" + $0 } + [
      "o\(origin.map { "\($0)" } ?? "")", "i\(eventID ?? "")", "k\(idempotencyKey ?? "")",
      "f\(from.map(String.init) ?? "")", "u\(to.map(String.init) ?? "")",
    ]
  }
}
