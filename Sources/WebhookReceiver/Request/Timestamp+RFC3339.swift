/// Reading and writing `2026-01-02T03:04:05Z`.
extension Timestamp {
  /// More digits than this no clock has; the seventh and later ones are dropped.
  private static let fractionDigitsMax = 12

  /// Reads a time in the form of RFC 3339, with any offset from UTC.
  ///
  /// Digits beyond microseconds are dropped. A leap second (23:59:60 UTC) is the first moment of
  /// the next minute, as it is on the machine's clock.
  public init?(rfc3339 text: String) {
    self.init(rfc3339: text.utf8.span)
  }

  /// Reads a time in the form of RFC 3339 from bytes.
  package init?(rfc3339 text: Span<UInt8>) {
    var reader = FixedFieldReader(text)
    guard let year = reader.number(digits: 4), reader.take("-", or: "-"),
      let month = reader.number(digits: 2), reader.take("-", or: "-"),
      let day = reader.number(digits: 2), reader.take("T", or: "t"),
      let hour = reader.number(digits: 2), reader.take(":", or: ":"),
      let minute = reader.number(digits: 2), reader.take(":", or: ":"),
      let second = reader.number(digits: 2)
    else { return nil }
    guard month >= 1, month <= 12, day >= 1, day <= Self.days(inMonth: month, of: year) else {
      return nil
    }
    guard hour <= 23, minute <= 59, second <= 60 else { return nil }
    var fraction: Int64 = 0
    if reader.take(".", or: ".") {
      guard let read = reader.microseconds(digitsMax: Self.fractionDigitsMax) else { return nil }
      fraction = read
    }
    guard let offset = reader.offsetMinutes(), reader.isAtEnd else { return nil }
    let minutes =
      Self.daysSince1970(year: year, month: month, day: day) * 1440 + hour * 60 + minute - offset
    if second == 60 {
      let minuteOfDay = (minutes % 1440 + 1440) % 1440
      guard minuteOfDay == 1439 else { return nil }
    }
    self.init(microseconds: (minutes * 60 + second) * 1_000_000 + fraction)
  }

  /// The time in UTC, with six digits of a fraction when it is not a whole second.
  public var rfc3339: String {
    let seconds = self.seconds
    let fraction = (microseconds % 1_000_000 + 1_000_000) % 1_000_000
    let daySeconds = ((seconds % 86400) + 86400) % 86400
    let (year, month, day) = Self.civil(daysSince1970: (seconds - daySeconds) / 86400)
    var text = Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
    text += "T" + Self.padded(daySeconds / 3600, 2)
    text += ":" + Self.padded(daySeconds / 60 % 60, 2)
    text += ":" + Self.padded(daySeconds % 60, 2)
    if fraction != 0 { text += "." + Self.padded(fraction, 6) }
    return text + "Z"
  }

  private static func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number.magnitude)
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (number < 0 ? "-" : "") + zeros + digits
  }

  private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days of the proleptic Gregorian calendar, counted in eras of 400 years that start in March,
  /// so that the leap day is the last of its year.
  private static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = (shifted >= 0 ? shifted : shifted - 399) / 400
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  private static func civil(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let leapless = dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096
    let yearOfEra = leapless / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
  }
}

/// Walks over text whose fields have fixed widths.
private struct FixedFieldReader: ~Escapable {
  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  var isAtEnd: Bool { position == text.count }

  mutating func take(_ byte: Unicode.Scalar, or other: Unicode.Scalar) -> Bool {
    guard position < text.count else { return false }
    guard text[position] == UInt8(ascii: byte) || text[position] == UInt8(ascii: other) else {
      return false
    }
    position += 1
    return true
  }

  mutating func number(digits: Int) -> Int64? {
    guard text.count - position >= digits else { return nil }
    var value: Int64 = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  mutating func microseconds(digitsMax: Int) -> Int64? {
    var value: Int64 = 0
    var count = 0
    while let digit = digit() {
      count += 1
      guard count <= digitsMax else { return nil }
      if count <= 6 { value = value * 10 + digit }
    }
    guard count > 0 else { return nil }
    for _ in 0..<max(0, 6 - count) { value *= 10 }
    return value
  }

  mutating func offsetMinutes() -> Int64? {
    if take("Z", or: "z") { return 0 }
    let isNegative = take("-", or: "-")
    guard isNegative || take("+", or: "+") else { return nil }
    guard let hours = number(digits: 2), take(":", or: ":"), let minutes = number(digits: 2) else {
      return nil
    }
    guard hours <= 23, minutes <= 59 else { return nil }
    return (hours * 60 + minutes) * (isNegative ? -1 : 1)
  }

  private mutating func digit() -> Int64? {
    guard position < text.count else { return nil }
    let digit = text[position] &- UInt8(ascii: "0")
    guard digit <= 9 else { return nil }
    position += 1
    return Int64(digit)
  }
}
