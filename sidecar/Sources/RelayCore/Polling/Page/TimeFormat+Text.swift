internal import WebhookReceiver

extension TimeFormat {
  /// Reads a time of an item; nil for what is none in this form.
  func read(_ text: String) -> Timestamp? {
    switch self {
    case .unixSeconds: return Self.unixSeconds(text)
    case .unixMilliseconds: return Timestamp(unixMilliseconds: Array(text.utf8).span)
    case .httpDate: return Timestamp(rfc1123: Array(text.utf8).span)
    case .rfc3339(let offsetMinutes):
      if let time = Timestamp(rfc3339: text) { return time }
      guard let offsetMinutes else { return nil }
      // Without a zone, and perhaps with a blank where the T should be.
      let whole = text.replacingFirstBlank(with: "T") + "Z"
      return Timestamp(rfc3339: whole).map { $0 - .seconds(60 * offsetMinutes) }
    }
  }

  /// Writes a time into a request; fractions of a second are cut, so that a window begins earlier
  /// rather than later.
  func write(_ time: Timestamp) -> String {
    switch self {
    case .unixSeconds: return "\(time.seconds)"
    case .unixMilliseconds: return "\(time.microseconds / 1000)"
    case .rfc3339: return Timestamp(seconds: time.seconds).rfc3339
    case .httpDate: return time.rfc1123
    }
  }

  /// Digits, and a fraction where there is one (Mailgun).
  private static func unixSeconds(_ text: String) -> Timestamp? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count),
      let whole = Timestamp(unixSeconds: Array(parts[0].utf8).span)
    else { return nil }
    guard parts.count == 2 else { return whole }
    guard !parts[1].isEmpty, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    let digits = (parts[1] + "000000").prefix(6)
    return whole + .microseconds(Int64(digits) ?? 0)
  }
}

extension String {
  fileprivate func replacingFirstBlank(with letter: Character) -> String {
    guard let blank = firstIndex(of: " ") else { return self }
    return String(self[..<blank]) + String(letter) + String(self[index(after: blank)...])
  }
}
