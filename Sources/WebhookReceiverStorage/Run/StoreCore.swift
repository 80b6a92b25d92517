internal import Synchronization
internal import WebhookReceiver

/// What the application's side and the writer thread share.
final class StoreCore: Sendable {
  /// Slots that are looked at while a file is made before the application may go on.
  private static let slotsAtOnce = 1024

  private let state: Mutex<StoreState>
  private let bell: Bell

  init(_ state: StoreState, bell: Bell) {
    self.state = Mutex(state)
    self.bell = bell
  }

  /// Changes the state, and wakes the writer when that made work for it.
  func change<Value: Sendable>(
    _ body: (inout StoreState) throws(IdempotencyError) -> Value
  ) throws(IdempotencyError) -> Value {
    defer { if state.withLock({ $0.mustWakeWriter() }) { bell.ring() } }
    return try state.withLock { (state) throws(IdempotencyError) in try body(&state) }
  }

  /// How the writer thread ended.
  struct Ending {
    /// What was not written.
    var batch: StoreState.Batch?
    /// Nil when the store was closed.
    var failure: StoreFilesError?
  }

  /// The life of the writer thread: ends when the store is closed or the disk has failed.
  func write(to log: consuming KeyLog) -> Ending {
    while true {
      guard let batch = state.withLock({ $0.nextBatch() }) else {
        bell.wait()
        continue
      }
      do throws(StoreFilesError) {
        try log.append(batch.records)
      } catch {
        return Ending(batch: batch, failure: error)
      }
      for waiter in state.withLock({ $0.finish(batch) }) { waiter.resume(returning: .success(())) }
      if batch.isLast { return Ending() }
      let byteCount = log.byteCount
      guard state.withLock({ $0.needsNewFile(byteCount: byteCount) }) else { continue }
      do throws(StoreFilesError) {
        try log.rewrite(liveRecords())
      } catch {
        return Ending(failure: error)
      }
    }
  }

  /// Says to all who wait that it has ended, and how.
  func end(_ ending: Ending) {
    let ended = state.withLock { $0.end(ending.batch, reason: ending.failure?.nextStep) }
    for waiter in ended.failed { waiter.resume(returning: .failure(ended.error)) }
    for waiter in ended.closed { waiter.resume() }
  }

  /// A piece at a time, so that no call of the application waits for all of it.
  ///
  /// Only this thread makes keys done, so none is overlooked; what expires meanwhile may be there.
  private func liveRecords() -> [KeyRecord] {
    var records: [KeyRecord] = []
    var start = 0
    while true {
      let piece: [KeyRecord]? = state.withLock { state in
        guard start < state.table.slotCount else { return nil }
        return state.records(in: start..<start + Self.slotsAtOnce)
      }
      guard let piece else { break }
      records += piece
      start += Self.slotsAtOnce
    }
    records.sort { ($0.time.age, $0.fence) < ($1.time.age, $1.fence) }
    records.append(state.withLock { $0.mark() })
    return records
  }

  /// How many completions wait for the writer.
  var pendingCount: Int { state.withLock { $0.pendingCount } }
}

extension StoreFilesError {
  /// What a store says from then on.
  fileprivate var nextStep: String {
    "could not \(operation): \(reason); what was completed is safe; mend the disk or make room on "
      + "it, then close the store and open it again"
  }
}
