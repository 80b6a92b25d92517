internal import RelayJournal

/// Events that were read a moment ago: most are sent at once, by several lanes.
///
/// Bounded by bytes; what was dropped is read again.
struct EventCache {
  static let bytesMax = 32 << 20

  private var events: [UInt64: StoredEvent] = [:]
  private var order: [UInt64] = []
  private var first = 0
  private var bytes = 0

  subscript(sequence: UInt64) -> StoredEvent? { events[sequence] }

  mutating func add(_ event: StoredEvent) {
    guard events.updateValue(event, forKey: event.sequence) == nil else { return }
    order.append(event.sequence)
    bytes += Self.cost(event)
    while bytes > Self.bytesMax, first < order.count {
      if let dropped = events.removeValue(forKey: order[first]) { bytes -= Self.cost(dropped) }
      first += 1
    }
    guard first > 1024, first * 2 > order.count else { return }
    order.removeFirst(first)
    first = 0
  }

  /// Forgets the bytes of one; its place in the order stays, and drops nothing.
  mutating func remove(_ sequence: UInt64) {
    if let dropped = events.removeValue(forKey: sequence) { bytes -= Self.cost(dropped) }
  }

  /// What an event takes besides its bytes.
  private static let overhead = 512

  private static func cost(_ event: StoredEvent) -> Int {
    event.body.count + event.headerBlock.count + overhead
  }
}
