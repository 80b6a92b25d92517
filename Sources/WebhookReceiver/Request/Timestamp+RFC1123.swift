/// Reading and writing `Fri, 02 Jan 2026 03:04:05 GMT`.
extension Timestamp {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

  /// Reads the fixed form of dates in HTTP (IMF-fixdate, RFC 9110 section 5.6.7).
  ///
  /// The day of the week must be the right one, so that a time has one text.
  package init?(rfc1123 text: Span<UInt8>) {
    guard text.count == 29 else { return nil }
    let text = String(decoding: text.indices.map { text[$0] }, as: UTF8.self)
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 6, parts[1].utf8.count == 2, parts[3].utf8.count == 4,
      let month = Self.months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month + 1
    let date = "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z"
    guard let time = Timestamp(rfc3339: date), time.rfc1123 == text else { return nil }
    self = time
  }

  /// The time in UTC; a fraction of a second is dropped.
  var rfc1123: String {
    let text = Timestamp(seconds: seconds).rfc3339
    let parts = text.dropLast().split(separator: "T")
    let date = parts[0].split(separator: "-")
    guard date.count == 3, let month = Int(date[1]) else { return text }
    let days = (seconds - (seconds % 86400 + 86400) % 86400) / 86400
    let weekday = Self.weekdays[Int((days % 7 + 7) % 7)]
    return "\(weekday), \(date[2]) \(Self.months[month - 1]) \(date[0]) \(parts[1]) GMT"
  }
}
