internal import Synchronization

/// Idempotency for one process, forgotten when it ends.
///
/// For tests, and for handlers whose own effects are idempotent across restarts. Bounded in
/// entries and bytes. Time is elapsed time: a step of the wall clock neither forgets a key nor
/// keeps it longer.
public final class InMemoryIdempotencyStore: IdempotencyStore {
  /// How much a store holds, and for how long.
  public struct Configuration: Sendable {
    /// Keys in progress and done together; a key takes some 200 bytes.
    public var entriesMax = 100_000
    /// The results of all keys together.
    public var resultBytesMax = 16 << 20
    /// How long a done key is remembered: longer than the sender goes on retrying.
    public var lifetime = Duration.seconds(3 * 86400)
    /// How long a claim holds without being completed: longer than the slowest handler.
    public var claimLifetime = Duration.seconds(300)

    /// Makes the default configuration.
    public init() {}
  }

  private let configuration: Configuration
  private let elapsed: @Sendable () -> Duration
  private let table: Mutex<ClaimTable>

  /// Makes an empty store.
  ///
  /// - Parameters:
  ///   - configuration: bounds and lifetimes.
  ///   - elapsed: the time since some fixed moment, for tests; nil: the machine's own clock.
  public init(
    configuration: Configuration = Configuration(),
    elapsed: (@Sendable () -> Duration)? = nil
  ) {
    self.configuration = configuration
    let start = ContinuousClock.now
    self.elapsed = elapsed ?? { start.duration(to: .now) }
    table = Mutex(ClaimTable(entriesMax: configuration.entriesMax))
  }

  /// Makes an empty store with room for so many keys.
  public convenience init(entriesMax: Int, lifetime: Duration) {
    var configuration = Configuration()
    configuration.entriesMax = entriesMax
    configuration.lifetime = lifetime
    self.init(configuration: configuration)
  }

  /// Takes the key when it is free; throws `full` when there is no room for it.
  public func claim(_ key: IdempotencyKey) throws(IdempotencyError) -> Claim {
    let now = elapsed()
    let deadline = now + configuration.claimLifetime
    return try table.withLock { (table) throws(IdempotencyError) in
      try table.claim(key, at: now, until: deadline)
    }
  }

  /// Records the result for duplicates.
  ///
  /// When the result does not fit, the claim stays: complete it with a smaller one.
  ///
  /// - Throws: `resultTooLarge`, or `staleClaim` when the claim has ended.
  public func complete(_ token: ClaimToken, result: [UInt8]) throws(IdempotencyError) {
    let now = elapsed()
    let deadline = now + configuration.lifetime
    let bytesMax = configuration.resultBytesMax
    try table.withLock { (table) throws(IdempotencyError) in
      try table.complete(token, result: result, bytesMax: bytesMax, at: now, until: deadline)
    }
  }

  /// Gives the key back at once.
  public func abandon(_ token: ClaimToken) {
    table.withLock { $0.abandon(token) }
  }

  /// How many keys are held, expired ones included that nobody has asked for since.
  public var count: Int { table.withLock { $0.count } }
}
