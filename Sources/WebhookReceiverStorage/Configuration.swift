extension FileIdempotencyStore {
  /// How much a store holds, and for how long.
  public struct Configuration: Sendable {
    /// Keys in progress and done together.
    ///
    /// A key takes some 200 bytes of memory and 88 of the file. More than 2²⁴ count as 2²⁴.
    public var entriesMax = 100_000
    /// The results of all keys together, in bytes, in memory and in the file.
    ///
    /// More than 2³⁰ count as 2³⁰.
    public var resultBytesMax = 16 << 20
    /// How long a done key is remembered: longer than the sender goes on retrying.
    public var lifetime = Duration.seconds(3 * 86400)
    /// How long a claim holds without being completed: longer than the slowest handler.
    public var claimLifetime = Duration.seconds(300)

    /// Makes the default configuration.
    public init() {}

    /// What a file can hold at most, so that every file that was written can be read.
    private static let entriesCeiling = 1 << 24

    /// Within what a store can count.
    var clamped: Configuration {
      var clamped = self
      clamped.entriesMax = min(entriesMax, Self.entriesCeiling)
      clamped.resultBytesMax = min(resultBytesMax, KeyRecord.resultBytesMax)
      // Whole microseconds, as the file has them.
      clamped.lifetime = .microseconds(lifetime.wholeMicroseconds)
      clamped.claimLifetime = .microseconds(claimLifetime.wholeMicroseconds)
      return clamped
    }
  }
}
