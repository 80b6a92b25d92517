internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// Reading the journal for the lanes.
extension RelayEngine {
  /// One page: enough to fill a lane, which takes it whole; small enough that sending is not held
  /// up.
  private static let pageLimit = ReadLimit(events: 128, bytes: 4 << 20, scanned: 4096)
  /// After an error the journal is left alone for this long.
  private static let errorNanoseconds: Int64 = 1_000_000_000

  /// Reads a page of the range; returns whether more could be read at once.
  func read(_ range: ClosedRange<UInt64>, _ loop: OutboundContext, at now: RelayTime) -> Bool {
    let page: Page
    do throws(JournalError) {
      page = try context.reader.read(
        from: range.lowerBound,
        order: .ascending,
        limit: Self.pageLimit,
        body: true,
        where: { $0.sequence <= range.upperBound && planner.concerns(source: $0.source) }
      )
    } catch {
      report(error, loop)
      return false
    }
    guard page.next > range.lowerBound else { return false }
    let last = min(page.next - 1, range.upperBound)
    var events: [StoredEvent] = []
    for entry in page.entries {
      switch entry {
      case .event(let event):
        // Nobody waited for one when it was erased; whoever looks back gets none.
        if event.sequence <= last, !event.isErased { events.append(event) }
      case .gap(let from, let to, let reason): report(from, to, reason)
      }
    }
    for event in events { cache.add(event) }
    planner.take(events.map(Self.routed), of: range.lowerBound...last, at: now) {
      index,
      ordering in
      OrderingKey.make(
        ordering,
        source: events[index].source,
        headerBlock: events[index].headerBlock,
        body: events[index].body
      )
    }
    return true
  }

  static func routed(_ event: StoredEvent) -> RoutedEvent {
    RoutedEvent(
      sequence: event.sequence,
      source: event.source,
      type: event.eventType,
      receivedAt: event.receivedAt,
      bodyBytes: UInt32(clamping: event.bodySize)
    )
  }

  func report(_ error: JournalError, _ loop: OutboundContext) {
    readsAgainAt = loop.now + Self.errorNanoseconds
    context.log.network(.error, "relay_read_failed", ["reason": .text("\(error)")])
  }

  /// Events that no destination will get: never passed over in silence.
  private func report(_ from: UInt64, _ to: UInt64, _ reason: String) {
    for index in planner.activeIndexes where planner.isAffected(index, from: from, to: to) {
      counters[index].lost.add(to - from + 1, ordering: .relaxed)
    }
    context.log.network(
      .error,
      "relay_gap",
      [
        "from_sequence": .number(Int(clamping: from)),
        "to_sequence": .number(Int(clamping: to)),
        "reason": .text(reason),
        "detail": .text("these events cannot be read, and are not delivered"),
      ]
    )
    context.alarm("gap", "relay", "events \(from) to \(to) cannot be delivered: \(reason)")
  }

  /// One event with its body; nil when it is not there any more.
  func event(_ sequence: UInt64) throws(JournalError) -> StoredEvent? {
    if let cached = cache[sequence] { return cached }
    return try context.reader.event(sequence, body: true)
  }
}
