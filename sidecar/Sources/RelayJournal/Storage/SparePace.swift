/// How fast the next segment's file is filled: slowly, so that commits do not feel it, and all the
/// same in half the time that a segment lasts.
///
/// A fixed pace is too slow for whoever writes faster: the file is not there when it is needed.
package struct SparePace: Equatable, Sendable {
  /// Between two steps of 256 KiB: about 100 MB/s.
  package static let restMillisecondsMax: Int32 = 2

  /// When the segment was begun that is being filled; monotonic nanoseconds, as all that follows.
  private var begunAt: Int64?
  /// For how long the one before had lasted.
  private var lasted: Int64?

  package init() {}

  /// A segment is begun.
  package mutating func begin(at now: Int64) {
    if let begunAt { lasted = max(0, now - begunAt) }
    begunAt = now
  }

  /// Milliseconds to wait now, where so many steps are left, of which each takes about so long.
  package func rest(before steps: Int, of nanoseconds: Int64, at now: Int64) -> Int32 {
    guard steps > 0 else { return 0 }
    guard let begunAt, let lasted else { return Self.restMillisecondsMax }
    let left = begunAt + lasted / 2 - now
    let spare = left / Int64(steps) - nanoseconds
    return Int32(clamping: min(max(0, spare / 1_000_000), Int64(Self.restMillisecondsMax)))
  }
}
