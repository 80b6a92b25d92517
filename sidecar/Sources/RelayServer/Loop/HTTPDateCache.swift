internal import RelaySystem

/// The Date field (RFC 9110 §6.6.1), made once a second.
package final class HTTPDateCache {
  private var second: Int64 = .min
  private var text = ""
  private var line: [UInt8] = []

  func text(at now: Int64) -> String {
    update(now)
    return text
  }

  /// The whole field line, as bytes.
  func line(at now: Int64) -> [UInt8] {
    update(now)
    return line
  }

  private func update(_ now: Int64) {
    let current = now / 1_000_000_000
    guard current != second else { return }
    second = current
    text = Self.format(SystemClock.wallMicroseconds() / 1_000_000)
    line = Array("Date: \(text)\r\n".utf8)
  }

  /// Returns IMF-fixdate (RFC 9110 §5.6.7) for seconds since 1970.
  package static func format(_ seconds: Int64) -> String {
    let days = Int(seconds / 86_400)
    let rest = Int(seconds % 86_400)
    let date = civil(fromDays: days)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    return "\(weekday), \(two(date.day)) \(months[date.month - 1]) \(date.year) "
      + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
  }

  private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// Days since 1970 to a date of the proleptic Gregorian calendar (Howard Hinnant's algorithm).
  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
