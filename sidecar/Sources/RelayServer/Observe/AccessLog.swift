internal import RelayConfiguration
internal import RelayCore
internal import RelaySystem
internal import Synchronization

/// A line for each request, written by a thread of its own.
///
/// Threads that answer requests leave an entry and go on: they never wait for whoever reads the
/// log. While that one is behind, entries are kept up to a bound; those beyond it are dropped,
/// counted, and said in the log once there is room again.
package final class AccessLog: Sendable {
  /// Entries that wait: a second of a busy server, and some megabytes.
  package static let waitingMax = 8192
  /// Entries gather for so long: one wake-up and one write stand for many of them.
  private static let gatherMilliseconds: Int32 = 5
  /// How long a wait for the log's reader lasts before it is asked whether to give up.
  private static let roomMilliseconds: Int32 = 50
  /// What the end of the process waits for the last lines.
  private static let closeMilliseconds: Int32 = 500

  /// Entries that were taken together, and what is to be said before them.
  package struct Batch: Sendable {
    package var entries: [AccessEntry] = []
    package var lost = 0
    package var suppressed = 0
  }

  private struct Waiting {
    var batch = Batch()
    var ration = LineRation()
    var isClosing = false
  }

  private let isOn: Atomic<Bool>
  private let waiting = Mutex(Waiting())
  private let gate = Gate()
  private let finished = Gate()
  /// Never rung: a wait that only takes time.
  private let pause = Gate()
  private let counters: LogCounters

  package init(isWanted: Bool, _ counters: LogCounters) {
    isOn = Atomic(isWanted)
    self.counters = counters
  }

  /// Whether entries are to be made at all.
  var isWanted: Bool { isOn.load(ordering: .relaxed) }

  func setWanted(_ isWanted: Bool) { isOn.store(isWanted, ordering: .relaxed) }

  /// Leaves an entry for the writer.
  package func note(_ entry: AccessEntry, atSecond second: Int64) {
    let loss: LogCounters.Loss? = waiting.withLock { waiting in
      guard
        entry.isEarned
          || waiting.ration.take(address: entry.address, source: entry.source, atSecond: second)
      else { return .suppressed }
      guard waiting.batch.entries.count < Self.waitingMax else {
        waiting.batch.lost += 1
        return .lost
      }
      waiting.batch.entries.append(entry)
      return nil
    }
    if let loss { return counters.add(1, to: loss, of: .access) }
    gate.ring()
  }

  /// Takes what waits; counts begin again.
  package func take() -> Batch {
    waiting.withLock { waiting in
      var batch = Batch()
      swap(&batch, &waiting.batch)
      batch.suppressed = waiting.ration.takeSuppressed()
      return batch
    }
  }

  // MARK: The writer's thread

  func run(_ log: Log) {
    while true {
      _ = gate.wait(timeoutMilliseconds: nil)
      let isClosing = isClosing
      if !isClosing { _ = pause.wait(timeoutMilliseconds: Self.gatherMilliseconds) }
      write(take(), log)
      guard isClosing else { continue }
      return finished.ring()
    }
  }

  private var isClosing: Bool { waiting.withLock { $0.isClosing } }

  /// Writes in pieces that the reader takes whole.
  private func write(_ batch: Batch, _ log: Log) {
    let format = log.format
    var piece: [UInt8] = []
    var count = 0
    let losses = [("log_lines_lost", batch.lost), ("log_lines_suppressed", batch.suppressed)]
    for (event, number) in losses where number > 0 {
      let fields: KeyValuePairs<String, Log.Value> = [
        "kind": .text(LogCounters.Kind.access.rawValue), "count": .number(number),
      ]
      piece += LogLine(.warning, event, fields).bytes(format)
    }
    for entry in batch.entries {
      let line = entry.line(format)
      if piece.count + line.count > LogLine.bytesMax {
        put(piece, of: count, log)
        piece.removeAll(keepingCapacity: true)
        count = 0
      }
      piece += line
      count += 1
    }
    put(piece, of: count, log)
  }

  /// Waits for the reader as long as the process goes on.
  private func put(_ piece: [UInt8], of count: Int, _ log: Log) {
    guard !piece.isEmpty else { return }
    while true {
      switch log.put(piece) {
      case .done:
        counters.accessLines.add(UInt64(count), ordering: .relaxed)
        return
      case .broken: return counters.add(count, to: .lost, of: .access)
      case .full:
        guard !takesLine(Streams.error, withinMilliseconds: Self.roomMilliseconds), isClosing else {
          continue
        }
        return counters.add(count, to: .lost, of: .access)
      }
    }
  }

  /// Has the last lines written, and waits a moment for it.
  func close() {
    waiting.withLock { $0.isClosing = true }
    gate.ring()
    _ = finished.wait(timeoutMilliseconds: Self.closeMilliseconds)
  }
}
