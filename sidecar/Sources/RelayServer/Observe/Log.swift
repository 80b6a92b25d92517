package import RelayConfiguration
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

  /// Lines that the network can cause, per second: an attacker must not fill the log volume.
  private static let networkLinesPerSecondMax = 20
  /// A longer value is cut: log collectors refuse long lines.
  private static let valueBytesMax = 1024

  private struct Budget {
    var second: Int64 = 0
    var lines = 0
    var suppressed = 0
  }

  private let isJSON: Atomic<Bool>
  private let rank: Atomic<UInt8>
  private let budget = Mutex(Budget())
  /// Lines that nobody took since the last one that was written.
  private let lost = Atomic<Int>(0)

  package init(format: LogFormat, level: LogLevel) {
    isJSON = Atomic(format == .json)
    rank = Atomic(level.rank)
  }

  /// Another configuration is in force.
  func set(format: LogFormat, level: LogLevel) {
    isJSON.store(format == .json, ordering: .relaxed)
    rank.store(level.rank, ordering: .relaxed)
  }

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

  /// Logs something that a stranger caused, within a budget; what did not fit is counted and said
  /// with the next line that does.
  func network(
    _ lineLevel: LogLevel,
    _ event: String,
    _ fields: KeyValuePairs<String, Value>
  ) {
    guard isWanted(lineLevel) else { return }
    let second = SystemClock.monotonicNanoseconds() / 1_000_000_000
    let (isAllowed, suppressed) = budget.withLock { budget -> (Bool, Int) in
      if budget.second != second {
        budget.second = second
        budget.lines = 0
      }
      budget.lines += 1
      guard budget.lines <= Self.networkLinesPerSecondMax else {
        budget.suppressed += 1
        return (false, 0)
      }
      defer { budget.suppressed = 0 }
      return (true, budget.suppressed)
    }
    guard isAllowed else { return }
    if suppressed > 0 { write(.warning, "log_lines_suppressed", ["count": .number(suppressed)]) }
    write(lineLevel, event, fields)
  }

  private func write(_ lineLevel: LogLevel, _ event: String, _ fields: KeyValuePairs<String, Value>)
  {
    guard isWanted(lineLevel) else { return }
    // A collector that hangs must not stop the journal: its lines are dropped and counted.
    guard takesLine(2) else {
      lost.add(1, ordering: .relaxed)
      return
    }
    let missing = lost.exchange(0, ordering: .relaxed)
    if missing > 0 { put(.warning, "log_lines_lost", ["count": .number(missing)]) }
    put(lineLevel, event, fields)
  }

  private func put(_ lineLevel: LogLevel, _ event: String, _ fields: KeyValuePairs<String, Value>) {
    let isJSON = isJSON.load(ordering: .relaxed)
    let line = isJSON ? json(lineLevel, event, fields) : text(lineLevel, event, fields)
    writeFully(toDescriptor: 2, line)
  }

  private func json(
    _ lineLevel: LogLevel,
    _ event: String,
    _ fields: KeyValuePairs<String, Value>
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("time")
    writer.timestamp(.now)
    writer.key("level")
    writer.string(lineLevel.rawValue)
    writer.key("event")
    writer.string(event)
    for (name, value) in fields {
      writer.key(name)
      switch value {
      case .text(let text): writer.string(Self.cut(text))
      case .number(let number): writer.int(number)
      case .flag(let flag): writer.bool(flag)
      }
    }
    writer.endObject()
    return writer.bytes + [0x0A]
  }

  private func text(
    _ lineLevel: LogLevel,
    _ event: String,
    _ fields: KeyValuePairs<String, Value>
  ) -> [UInt8] {
    var line = "\(Timestamp.now.rfc3339) \(lineLevel.rawValue) \(event)"
    for (name, value) in fields {
      switch value {
      case .text(let text):
        // Quoted as JSON: a value with a line break must not look like a second line.
        var writer = JSONWriter()
        writer.string(Self.cut(text))
        line += " \(name)=" + String(decoding: writer.bytes, as: UTF8.self)
      case .number(let number): line += " \(name)=\(number)"
      case .flag(let flag): line += " \(name)=\(flag)"
      }
    }
    return Array((line + "\n").utf8)
  }

  private static func cut(_ text: String) -> String {
    text.utf8.count <= valueBytesMax
      ? text : String(decoding: text.utf8.prefix(valueBytesMax), as: UTF8.self) + "…"
  }
}
