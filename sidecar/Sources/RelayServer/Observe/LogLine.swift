internal import RelayConfiguration
internal import WebhookReceiver

/// One line of the log before it has a form.
struct LogLine {
  /// What a pipe takes at once or not at all (PIPE_BUF): lines of two threads never mix, and none
  /// waits in the middle for its reader.
  static let bytesMax = 4096
  /// Values that are longer are cut, and sooner where the line would be too long: log collectors
  /// refuse long lines.
  private static let valueBytesMax = [1024, 256, 64, 16]

  let time: Timestamp
  let level: LogLevel
  let event: String
  let fields: [(key: String, value: Log.Value)]

  init(_ level: LogLevel, _ event: String, _ fields: KeyValuePairs<String, Log.Value>) {
    self.init(at: .now, level, event, Array(fields))
  }

  init(
    at time: Timestamp,
    _ level: LogLevel,
    _ event: String,
    _ fields: [(key: String, value: Log.Value)]
  ) {
    self.time = time
    self.level = level
    self.event = event
    self.fields = fields
  }

  /// The line with its end.
  func bytes(_ format: LogFormat) -> [UInt8] {
    var bytes: [UInt8] = []
    for valueBytes in Self.valueBytesMax {
      bytes = format == .json ? json(valueBytes) : text(valueBytes)
      if bytes.count <= Self.bytesMax { break }
    }
    return bytes
  }

  private func json(_ valueBytes: Int) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("time")
    writer.timestamp(time)
    writer.key("level")
    writer.string(level.rawValue)
    writer.key("event")
    writer.string(event)
    for (name, value) in fields {
      writer.key(name)
      switch value {
      case .text(let text): writer.string(Self.cut(text, valueBytes))
      case .number(let number): writer.int(number)
      case .flag(let flag): writer.bool(flag)
      }
    }
    writer.endObject()
    return writer.bytes + [0x0A]
  }

  private func text(_ valueBytes: Int) -> [UInt8] {
    var line = "\(time.rfc3339) \(level.rawValue) \(event)"
    for (name, value) in fields {
      switch value {
      case .text(let text):
        // Quoted as JSON: a value with a line break must not look like a second line.
        var writer = JSONWriter()
        writer.string(Self.cut(text, valueBytes))
        line += " \(name)=" + String(decoding: writer.bytes, as: UTF8.self)
      case .number(let number): line += " \(name)=\(number)"
      case .flag(let flag): line += " \(name)=\(flag)"
      }
    }
    return Array((line + "\n").utf8)
  }

  private static func cut(_ text: String, _ bytesMax: Int) -> String {
    text.utf8.count <= bytesMax
      ? text : String(decoding: text.utf8.prefix(bytesMax), as: UTF8.self) + "…"
  }
}
