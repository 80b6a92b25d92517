/// What the `Connection` fields of one message ask for.
struct ConnectionOptions: Equatable, Sendable {
  private var closes = false
  private var asksKeepAlive = false

  /// Takes a list of options (RFC 9110 §7.6.1); those that are not known concern nobody here.
  mutating func take(_ value: Range<Int>, in bytes: Span<UInt8>) {
    var start = value.lowerBound
    while start < value.upperBound {
      var end = start
      while end < value.upperBound, bytes[end] != 0x2C { end += 1 }
      let next = end + 1
      while start < end, Words.isBlank(bytes[start]) { start += 1 }
      while end > start, Words.isBlank(bytes[end - 1]) { end -= 1 }
      if Words.equals(bytes, start..<end, "close") { closes = true }
      if Words.equals(bytes, start..<end, "keep-alive") { asksKeepAlive = true }
      start = next
    }
  }

  /// RFC 9112 §9.3: close wins over everything; HTTP/1.0 must ask.
  func keepsAlive(_ version: RequestHead.Version) -> Bool {
    if closes { return false }
    return version == .http11 || asksKeepAlive
  }
}
