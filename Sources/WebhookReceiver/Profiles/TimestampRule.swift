extension Profile {
  /// Where the time of the delivery is and how far it may be from now.
  public struct TimestampRule: Sendable, Hashable {
    /// How the time is written.
    @nonexhaustive
    public enum Format: String, CaseIterable, Sendable {
      /// Whole seconds since 1970.
      case unixSeconds = "unix_s"
      /// Whole milliseconds since 1970.
      case unixMilliseconds = "unix_ms"
      /// `2026-01-02T03:04:05.678+09:00` (RFC 3339).
      case rfc3339
      /// `Fri, 02 Jan 2026 03:04:05 GMT` (RFC 1123, as in HTTP: RFC 9110 section 5.6.7).
      case rfc1123
    }

    /// The first that is present counts.
    public var places: [Place]
    /// How the time is written there.
    public var format: Format
    /// How old a delivery may be.
    public var past: Duration
    /// How far the sender's clock may be ahead.
    public var future: Duration

    /// Makes a rule.
    public init(
      in places: [Place],
      _ format: Format,
      past: Duration = .seconds(300),
      future: Duration = .seconds(300)
    ) {
      self.places = places
      self.format = format
      self.past = past
      self.future = future
    }
  }
}
