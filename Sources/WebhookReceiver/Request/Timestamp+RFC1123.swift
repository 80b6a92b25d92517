/// Reading and writing `Fri, 02 Jan 2026 03:04:05 GMT`.
extension Timestamp {
  /// Three letters each, as in the text.
  private static let months = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)
  /// The first day of 1970 was a Thursday.
  private static let weekdays = Array("ThuFriSatSunMonTueWed".utf8)
  private static let pattern = Array("Thu, 01 Jan 1970 00:00:00 GMT".utf8)

  /// Reads the fixed form of dates in HTTP (IMF-fixdate, RFC 9110 section 5.6.7).
  ///
  /// The day of the week must be the right one, so that a time has one text.
  package init?(rfc1123 text: Span<UInt8>) {
    guard text.count == Self.pattern.count else { return nil }
    for index in text.indices where Self.isFixed(index) {
      guard text[index] == Self.pattern[index] else { return nil }
    }
    guard let month = Self.month(at: 8, in: text) else { return nil }
    // The form that other providers write, read in one place; nothing is allocated for it.
    var date = [20 of UInt8](repeating: UInt8(ascii: "-"))
    for index in 0..<4 { date[index] = text[12 + index] }
    date[5] = UInt8(ascii: "0") + UInt8((month + 1) / 10)
    date[6] = UInt8(ascii: "0") + UInt8((month + 1) % 10)
    for index in 0..<2 { date[8 + index] = text[5 + index] }
    date[10] = UInt8(ascii: "T")
    for index in 0..<8 { date[11 + index] = text[17 + index] }
    date[19] = UInt8(ascii: "Z")
    // A leap second is the first of the next minute, which has a text of its own.
    guard text[23] < UInt8(ascii: "6"), let time = Timestamp(rfc3339: date.span),
      Self.isName(Self.weekdays, time.weekday, at: 0, in: text)
    else { return nil }
    self = time
  }

  /// Whether all times have this character in common: blanks, comma, colons, and the zone.
  private static func isFixed(_ index: Int) -> Bool {
    index >= 25 || !(ASCII.isDigit(pattern[index]) || ASCII.isLetter(pattern[index]))
  }

  private static func month(at position: Int, in text: Span<UInt8>) -> Int? {
    for month in 0..<12 where isName(months, month, at: position, in: text) { return month }
    return nil
  }

  private static func isName(
    _ names: [UInt8],
    _ number: Int,
    at position: Int,
    in text: Span<UInt8>
  ) -> Bool {
    for index in 0..<3 where text[position + index] != names[number * 3 + index] { return false }
    return true
  }

  private var weekday: Int {
    let days = (seconds - (seconds % 86400 + 86400) % 86400) / 86400
    return Int((days % 7 + 7) % 7)
  }

  /// The time in UTC; a fraction of a second is dropped.
  package var rfc1123: String {
    let text = Timestamp(seconds: seconds).rfc3339
    let parts = text.dropLast().split(separator: "T")
    let date = parts[0].split(separator: "-")
    guard date.count == 3, let month = Int(date[1]) else { return text }
    let name = String(decoding: Self.months[month * 3 - 3..<month * 3], as: UTF8.self)
    let day = String(decoding: Self.weekdays[weekday * 3..<weekday * 3 + 3], as: UTF8.self)
    return "\(day), \(date[2]) \(name) \(date[0]) \(parts[1]) GMT"
  }
}
