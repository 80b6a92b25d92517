/// A change of the journal's state map; nil removes the entry.
package struct StateChange: Equatable, Sendable {
  package let key: String
  package let value: [UInt8]?

  package init(key: String, value: [UInt8]?) {
    self.key = key
    self.value = value
  }
}

/// Where the relay keeps what it must not forget.
///
///     relay/plan/NAME              the destination as it was configured last (JSON)
///     relay/routes/NAME            which events are for it
///     relay/lane/NAME              how far it has come
///     relay/held/NAME/SEQ/REPLAY   one delivery that waits for its next attempt
///     relay/dead/NAME/SEQ          one delivery that was given up
///     relay/replay/ID              a replay of many events
///
/// Names have no slash, so every key is read back in one way.
package enum RelayKey {
  package static let prefix = "relay/"
  static let planPrefix = "relay/plan/"
  static let routesPrefix = "relay/routes/"
  static let lanePrefix = "relay/lane/"
  static let heldPrefix = "relay/held/"
  static let deadPrefix = "relay/dead/"
  static let replayPrefix = "relay/replay/"

  static func plan(_ name: String) -> String { planPrefix + name }
  static func routes(_ name: String) -> String { routesPrefix + name }
  static func lane(_ name: String) -> String { lanePrefix + name }

  static func held(_ name: String, _ id: DeliveryID) -> String {
    "\(heldPrefix)\(name)/\(id.sequence)/\(id.replay)"
  }

  static func dead(_ name: String, _ sequence: UInt64) -> String {
    "\(deadPrefix)\(name)/\(sequence)"
  }

  static func replay(_ id: UInt64) -> String { replayPrefix + String(id) }

  /// Returns the name and the numbers behind it; nil for a key that is none of ours.
  static func parts(of key: String, after prefix: String) -> (name: String, numbers: [UInt64])? {
    guard key.hasPrefix(prefix) else { return nil }
    let parts = key.dropFirst(prefix.count).split(
      separator: "/",
      omittingEmptySubsequences: false
    )
    guard let name = parts.first, DestinationPlan.isName(String(name)) else { return nil }
    var numbers: [UInt64] = []
    for part in parts.dropFirst() {
      // One way to write a number: a key that is read is the key that is written.
      guard let number = UInt64(part), String(number) == part else { return nil }
      numbers.append(number)
    }
    return (String(name), numbers)
  }
}
