internal import CWebhookCrypto

/// A point in wall-clock time, in microseconds since 1970 (UTC).
///
/// Arithmetic saturates: times come from the network, and none may stop the process.
public struct Timestamp: Sendable, Hashable, Comparable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  /// The last second of the year 9999, the last that RFC 3339 can write.
  package static let unixSecondsMax: Int64 = 253_402_300_799

  /// Makes the time that many microseconds after 1970.
  public init(microseconds: Int64) {
    self.microseconds = microseconds
  }

  /// Makes the time that many seconds after 1970.
  public init(seconds: Int64) {
    microseconds = Self.scaled(seconds)
  }

  /// Reads seconds since 1970: ASCII digits and nothing else, no sign, no leading zero.
  package init?(unixSeconds text: Span<UInt8>) {
    guard let seconds = Self.plainNumber(text), seconds <= Self.unixSecondsMax else { return nil }
    self.init(seconds: seconds)
  }

  /// Reads milliseconds since 1970, in the same strict form.
  package init?(unixMilliseconds text: Span<UInt8>) {
    guard let milliseconds = Self.plainNumber(text) else { return nil }
    guard milliseconds / 1000 <= Self.unixSecondsMax else { return nil }
    self.init(microseconds: milliseconds * 1000)
  }

  /// The time by the machine's clock.
  public static var now: Timestamp { Timestamp(microseconds: cwc_wall_microseconds()) }

  /// Whole seconds since 1970, rounded down.
  public var seconds: Int64 {
    let quotient = microseconds / 1_000_000
    return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
  }

  /// Orders times, the earlier first.
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.microseconds < right.microseconds
  }

  /// How long it is from this time until `other`; negative when `other` is earlier.
  public func distance(to other: Timestamp) -> Duration {
    let (difference, overflow) = other.microseconds.subtractingReportingOverflow(microseconds)
    guard overflow else { return .microseconds(difference) }
    return .microseconds(other > self ? Int64.max : Int64.min)
  }

  /// The time a duration later; saturates at the ends.
  public static func + (time: Timestamp, duration: Duration) -> Timestamp {
    let (sum, overflow) = time.microseconds.addingReportingOverflow(Self.microseconds(duration))
    guard overflow else { return Timestamp(microseconds: sum) }
    return Timestamp(microseconds: duration < .zero ? Int64.min : Int64.max)
  }

  /// The time a duration earlier; saturates at the ends.
  public static func - (time: Timestamp, duration: Duration) -> Timestamp {
    let part = Self.microseconds(duration)
    let (difference, overflow) = time.microseconds.subtractingReportingOverflow(part)
    guard overflow else { return Timestamp(microseconds: difference) }
    return Timestamp(microseconds: duration < .zero ? Int64.max : Int64.min)
  }

  /// How long it is from `right` to `left`.
  public static func - (left: Timestamp, right: Timestamp) -> Duration {
    right.distance(to: left)
  }

  static func microseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    let whole = scaled(seconds)
    let (sum, overflow) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    guard overflow else { return sum }
    return seconds < 0 ? Int64.min : Int64.max
  }

  private static func scaled(_ seconds: Int64) -> Int64 {
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    guard overflow else { return product }
    return seconds < 0 ? Int64.min : Int64.max
  }

  /// At most 15 digits, which cannot overflow even when scaled by a thousand.
  private static func plainNumber(_ text: Span<UInt8>) -> Int64? {
    guard text.count >= 1, text.count <= 15 else { return nil }
    if text.count > 1, text[0] == UInt8(ascii: "0") { return nil }
    var value: Int64 = 0
    var index = 0
    if text.count >= 8 {
      guard let eight = Lanes.number(text.word(at: 0)) else { return nil }
      value = Int64(eight)
      index = 8
    }
    while index < text.count {
      let digit = text[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value &* 10 &+ Int64(digit)
      index &+= 1
    }
    return value
  }
}

extension Timestamp: CustomStringConvertible {
  /// The time in the form of RFC 3339.
  public var description: String { rfc3339 }
}
