internal import RelayCore

/// The journal's elapsed clock, as leases read it: milliseconds since the journal was made, by
/// clocks that nobody can set (contract §7.6).
///
/// It is saved with every change that names a time, so that leases keep their own ends over a
/// restart.
struct LeaseClock {
  static let key = "leases/clock"

  private var clock: ElapsedClock

  /// Goes on from the later of what leases and retention have saved.
  init(state: [String: [UInt8]], at reading: ElapsedClock.Reading) {
    let own = ElapsedClock(saved: state[Self.key], at: reading)
    let journals = ElapsedClock(saved: state[RetentionKeeper.clockKey], at: reading)
    clock = own.elapsed > journals.elapsed ? own : journals
  }

  mutating func now() -> Int64 {
    _ = clock.advance(to: RetentionKeeper.reading())
    return clock.elapsed.wholeMilliseconds
  }

  var bytes: [UInt8] { clock.bytes }
}

extension Duration {
  /// Whole milliseconds, rounded down.
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
