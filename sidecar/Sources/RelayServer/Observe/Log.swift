package import RelayConfiguration
internal import RelayCore
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Structured lines on standard error: one JSON object, or one `key=value` text, a line.
///
/// What is logged is chosen here, field by field: no body, secret, token or header ever is.
package final class Log: Sendable {
  enum Value: Sendable {
    case text(String)
    case number(Int)
    case flag(Bool)
  }

  /// What became of bytes that were to be written.
  enum Writing {
    case done
    /// The reader is behind, and has to be waited for or done without.
    case full
    /// There is no reader any more.
    case broken
  }

  let counters = LogCounters()
  /// A line for each request, where it is asked for.
  package let access: AccessLog
  private let isJSON: Atomic<Bool>
  private let rank: Atomic<UInt8>
  private let ration = Mutex(LineRation())
  /// Lines that nobody took since the last one that was written.
  private let lost = Atomic<Int>(0)
  /// Held over the question whether there is room and the writing of what there was room for: of
  /// two threads that ask, the second would wait for the reader.
  private let output = Mutex<Void>(())

  package init(_ settings: Configuration.LogSettings) {
    isJSON = Atomic(settings.format == .json)
    rank = Atomic(settings.level.rank)
    access = AccessLog(isWanted: settings.access, counters)
  }

  /// Another configuration is in force.
  func set(_ settings: Configuration.LogSettings) {
    isJSON.store(settings.format == .json, ordering: .relaxed)
    rank.store(settings.level.rank, ordering: .relaxed)
    access.setWanted(settings.access)
  }

  var format: LogFormat { isJSON.load(ordering: .relaxed) ? .json : .text }

  private func isWanted(_ level: LogLevel) -> Bool {
    level.rank >= rank.load(ordering: .relaxed)
  }

  func debug(_ event: String, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(.debug, event, fields)
  }

  func info(_ event: String, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(.info, event, fields)
  }

  func warning(_ event: String, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(.warning, event, fields)
  }

  func error(_ event: String, _ fields: KeyValuePairs<String, Value> = [:]) {
    write(.error, event, fields)
  }

  /// Logs something that a stranger caused, within the ration of the address and the source that
  /// the fields name; what did not fit is counted and said with the next line that does.
  func network(
    _ lineLevel: LogLevel,
    _ event: String,
    _ fields: KeyValuePairs<String, Value>
  ) {
    guard isWanted(lineLevel) else { return }
    let second = SystemClock.monotonicNanoseconds() / 1_000_000_000
    let (address, source) = (Self.text("address", in: fields), Self.text("source", in: fields))
    let (isAllowed, suppressed) = ration.withLock { ration in
      let isAllowed = ration.take(address: address, source: source, atSecond: second)
      return (isAllowed, isAllowed ? ration.takeSuppressed() : 0)
    }
    guard isAllowed else { return counters.add(1, to: .suppressed, of: .events) }
    if suppressed > 0 { write(.warning, "log_lines_suppressed", ["count": .number(suppressed)]) }
    write(lineLevel, event, fields)
  }

  private static func text(_ name: String, in fields: KeyValuePairs<String, Value>) -> String? {
    for case (name, .text(let text)) in fields { return text }
    return nil
  }

  private func write(_ lineLevel: LogLevel, _ event: String, _ fields: KeyValuePairs<String, Value>)
  {
    guard isWanted(lineLevel) else { return }
    let missing = lost.exchange(0, ordering: .relaxed)
    if missing > 0 {
      guard put(LogLine(.warning, "log_lines_lost", ["count": .number(missing)])) else {
        lost.add(missing + 1, ordering: .relaxed)
        return counters.add(1, to: .lost, of: .events)
      }
    }
    // A collector that hangs must not stop the journal: its lines are dropped and counted.
    guard !put(LogLine(lineLevel, event, fields)) else { return }
    lost.add(1, ordering: .relaxed)
    counters.add(1, to: .lost, of: .events)
  }

  private func put(_ line: LogLine) -> Bool { put(line.bytes(format)) == .done }

  /// Writes whole lines, of `LogLine.bytesMax` at most together, without waiting for the reader.
  func put(_ lines: [UInt8]) -> Writing {
    output.withLock { _ in
      guard takesLine(Streams.error) else { return .full }
      return writeFully(toDescriptor: Streams.error, lines) ? .done : .broken
    }
  }
}
