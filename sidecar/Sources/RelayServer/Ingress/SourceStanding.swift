internal import RelayCore
internal import RelaySystem
internal import Synchronization

/// What a source has besides its settings, and keeps when they change: what was counted, whether it
/// is paused, and how much of its rate is used up.
final class SourceStanding: Sendable {
  let counters: SourceCounters
  /// By the operator: its provider is asked to come again later.
  let isPaused = Atomic<Bool>(false)
  /// Of all threads together; nil where the source has no limit.
  private let meter = Mutex<RateMeter?>(nil)

  init(_ counters: SourceCounters) { self.counters = counters }

  /// Goes on under another limit, as full as it was; the same limit is the same bucket.
  func limit(to limit: RateLimit?) {
    let now = SystemClock.monotonicNanoseconds()
    meter.withLock { meter in
      guard meter?.limit != limit else { return }
      guard let limit else { return meter = nil }
      meter = meter.map { RateMeter(limit, after: $0, at: now) } ?? RateMeter(limit, at: now)
    }
  }

  /// Takes a verified delivery of `bytes` within the limit, or says how long to wait.
  func meter(bytes: Int) -> Duration? {
    let now = SystemClock.monotonicNanoseconds()
    return meter.withLock { $0?.take(bytes: bytes, at: now) }
  }
}
