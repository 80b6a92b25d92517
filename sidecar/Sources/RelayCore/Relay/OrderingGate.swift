/// Lets one delivery of each key go at a time, in the order of the journal.
///
/// Key 0 is no key: it waits for nobody.
package struct OrderingGate: Sendable {
  /// The first of each queue may go, and stays until it is settled.
  private var queues: [UInt64: FIFO<DeliveryID>] = [:]

  package init() {}

  /// Returns whether it may go at once.
  package mutating func enter(_ id: DeliveryID, key: UInt64) -> Bool {
    guard key != 0 else { return true }
    queues[key, default: FIFO()].append(id)
    return queues[key]?.count == 1
  }

  /// The first of its key is settled; returns who may go now.
  package mutating func leave(key: UInt64) -> DeliveryID? {
    guard key != 0 else { return nil }
    _ = queues[key]?.popFirst()
    if let next = queues[key]?.first { return next }
    queues[key] = nil
    return nil
  }

  package func isFirst(_ id: DeliveryID, key: UInt64) -> Bool {
    key == 0 || queues[key]?.first == id
  }

  /// Keys that somebody waits for or is out with.
  package var keyCount: Int { queues.count }
}
