package import WebhookReceiver

/// Where an item says when it happened, which windows and watermarks go by; never its identity.
package struct TimeRule: Hashable, Sendable {
  package var pointer: JSONPointer
  package var format: TimeFormat
  /// Times are cut to it: a window begins one granule earlier (rule R8).
  package var granularity: Duration

  package init(pointer: JSONPointer, format: TimeFormat, granularity: Duration? = nil) {
    self.pointer = pointer
    self.format = format
    self.granularity = granularity ?? format.usualGranularity
  }
}

/// How a time is written.
package enum TimeFormat: Hashable, Sendable {
  /// Seconds since 1970; read with a fraction, written without.
  case unixSeconds
  case unixMilliseconds
  /// RFC 3339; a text without a zone is of this offset from UTC.
  case rfc3339(offsetMinutes: Int?)
  /// RFC 9110 §5.6.7.
  case httpDate

  /// The name that the file gives it.
  package var name: String {
    switch self {
    case .unixSeconds: "unix_s"
    case .unixMilliseconds: "unix_ms"
    case .rfc3339: "rfc3339"
    case .httpDate: "http_date"
    }
  }

  package init?(name: String, offsetMinutes: Int? = nil) {
    switch name {
    case "unix_s": self = .unixSeconds
    case "unix_ms": self = .unixMilliseconds
    case "rfc3339": self = .rfc3339(offsetMinutes: offsetMinutes)
    case "http_date": self = .httpDate
    default: return nil
    }
  }

  /// The furthest zones are Kiritimati (+14 h) and Baker Island (-12 h).
  package static let offsetMinutesMax = 14 * 60

  /// What a time in this form is cut to, as far as anybody knows: many write whole seconds into
  /// RFC 3339.
  var usualGranularity: Duration {
    if case .unixMilliseconds = self { .milliseconds(1) } else { .seconds(1) }
  }
}
