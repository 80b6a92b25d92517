internal import RelayCore

/// The last attempts of this process: for a delivery that went well, all there is to see.
///
/// What waits or died has its attempts in the journal; keeping those of every delivery for ever is
/// what failure 14 is about.
struct RecentAttempts {
  static let countMax = 10_000

  struct Entry {
    let id: DeliveryID
    let lane: Int
    let record: AttemptRecord
  }

  private var entries: [Entry] = []
  private var next = 0

  mutating func add(_ id: DeliveryID, lane: Int, _ record: AttemptRecord) {
    let entry = Entry(id: id, lane: lane, record: record)
    if entries.count < Self.countMax {
      entries.append(entry)
    } else {
      entries[next] = entry
      next = (next + 1) % Self.countMax
    }
  }

  /// Those of one event in one lane, oldest first.
  func of(_ sequence: UInt64, lane: Int) -> [Entry] {
    let ordered = entries[next...] + entries[..<next]
    return ordered.filter { $0.id.sequence == sequence && $0.lane == lane }
  }
}
