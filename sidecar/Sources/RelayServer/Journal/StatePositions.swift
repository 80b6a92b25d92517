internal import RelayCore

/// What the positions that are kept in the state say of the events.
///
/// A consumer commits what it was served, and a destination passes what was read for it: both were
/// durable. Where the journal ends before one of them, the events up to it are gone.
package enum StatePositions {
  /// The last sequence that somebody stands at; 0 where nobody does.
  package static func last(_ state: [String: [UInt8]]) -> UInt64 {
    var last = RelayState(state).lastPassed
    for (key, value) in state {
      guard let name = ConsumerBook.name(key) else { continue }
      let position =
        LeaseConsumer.Record(value)?.frontier
        ?? Consumer.decode(value, name: name)?.position.sequence
      last = max(last, position ?? 0)
    }
    return last
  }
}
