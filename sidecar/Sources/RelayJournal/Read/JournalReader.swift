internal import RelaySystem

/// Reads events, from any thread.
///
/// It sees only what is durable, and hands out nothing whose checksum was not right.
package final class JournalReader: Sendable {
  package let uuid: [UInt8]
  private let storage: any Storage
  private let catalog: LogCatalog
  private let indexer: SegmentIndexer

  init(storage: any Storage, catalog: LogCatalog, indexer: SegmentIndexer, uuid: [UInt8]) {
    self.indexer = indexer
    self.storage = storage
    self.catalog = catalog
    self.uuid = uuid
  }

  /// The first sequence that is kept and the last that is durable; `durable` is below `first` in
  /// an empty journal.
  package var bounds: (first: UInt64, durable: UInt64) { catalog.bounds }

  package var usage: (bytes: Int, segments: Int, keys: Int) { catalog.usage }

  /// Damage that the journal goes on without.
  package var losses: [AcceptedLoss] { catalog.losses.all }

  /// Returns one event, or nil when it is not (or no longer, or not yet) there.
  package func event(_ sequence: UInt64, body: Bool) throws(JournalError) -> StoredEvent? {
    let bounds = bounds
    guard sequence >= bounds.first, sequence <= bounds.durable else { return nil }
    let limit = ReadLimit(events: 1, bytes: .max, scanned: 1)
    let page = try read(from: sequence, order: .ascending, limit: limit, body: body) { _ in true }
    guard case .event(let event)? = page.entries.first, event.sequence == sequence else {
      return nil
    }
    return event
  }

  /// Returns the first sequence whose event was received at or after `time`, or the one after the
  /// last when there is none.
  package func firstSequence(at time: Int64) -> UInt64 {
    var at = catalog.offset(before: time)
    let limit = ReadLimit(events: 1, bytes: .max, scanned: 10_000)
    while at <= bounds.durable {
      at = max(at, bounds.first)
      guard
        let page = try? read(
          from: at,
          order: .ascending,
          limit: limit,
          body: false,
          where: {
            $0.receivedAt >= time
          }
        )
      else { return at }
      for case .event(let event) in page.entries { return event.sequence }
      if page.reachedEnd { break }
      at = page.next
    }
    return bounds.durable + 1
  }

  /// Reads from `sequence` on, that one included.
  ///
  /// `isWanted` sees events without their bodies.
  package func read(
    from sequence: UInt64,
    order: ReadOrder,
    limit: ReadLimit,
    body: Bool,
    where isWanted: (borrowing StoredEvent) -> Bool
  ) throws(JournalError) -> Page {
    var reading = Reading(storage: storage, catalog: catalog, limit: limit, body: body)
    // What a start did not read is found here first.
    defer { for segment in reading.damagedSegments { indexer.suspect(segment) } }
    do throws(SystemError) {
      switch order {
      case .ascending: return try reading.ascending(from: sequence, isWanted)
      case .descending: return try reading.descending(from: sequence, isWanted)
      }
    } catch {
      throw .io(error)
    }
  }
}
