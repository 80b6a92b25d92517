/// How long a journal has been in use, by clocks that nobody can set (contract §7.6).
///
/// Ages are differences of this clock. The wall clock may jump by years and makes nothing older.
///
///     0              8                 16          24        40                          48
///     | elapsed (ns) | boot clock (ns) | wall (us) | boot id | wall at the beginning (us) |
///
/// 48 bytes, little-endian: the elapsed nanoseconds at a reading of the machine's clocks.
package struct ElapsedClock: Equatable, Sendable {
  /// The machine's clocks at one moment.
  package struct Reading: Equatable, Sendable {
    /// Names this start of the machine; 16 bytes.
    package let bootID: [UInt8]
    /// Since that start, sleep included; only goes forward.
    package let bootNanoseconds: Int64
    /// Since 1970, as far as the machine knows; may jump.
    package let wallMicroseconds: Int64

    package init(bootID: [UInt8], bootNanoseconds: Int64, wallMicroseconds: Int64) {
      precondition(bootID.count == 16, "a boot id is 128 bits")
      self.bootID = bootID
      self.bootNanoseconds = bootNanoseconds
      self.wallMicroseconds = wallMicroseconds
    }
  }

  /// Over a restart of the machine only the wall clock tells how long it was off.
  ///
  /// More than this is not believed: it could as well be a clock that was set.
  package static let offMax = Duration.seconds(300)
  /// A wall clock that moves by more than this against the boot clock was set (contract §7.6).
  package static let stepMax = Duration.seconds(300)

  private static let byteCount = 48
  /// What is kept in 64 bits of nanoseconds has room behind it: nobody's journal is as old.
  private static let elapsedMax = Duration.seconds(100 * 365 * 86_400)

  /// Since the journal was made, as far as it is known.
  package private(set) var elapsed: Duration
  private var last: Reading
  /// What the wall clock said when the journal was made.
  private let beganAt: Int64

  /// Begins with a new journal.
  package init(at now: Reading) {
    elapsed = .zero
    last = now
    beganAt = now.wallMicroseconds
  }

  /// Goes on from what was saved; bytes that are none begin anew, which makes everything younger.
  package init(saved bytes: [UInt8]?, at now: Reading) {
    guard let bytes, bytes.count == Self.byteCount else {
      elapsed = .zero
      last = now
      beganAt = now.wallMicroseconds
      return
    }
    let bootID = Array(bytes[24..<40])
    let saved = Self.number(bytes, at: 0)
    let boot = Self.number(bytes, at: 8)
    let wall = Self.number(bytes, at: 16)
    let passed: Duration
    if bootID == now.bootID {
      passed = .nanoseconds(max(0, now.bootNanoseconds.subtractingClamped(boot)))
    } else {
      let off = Duration.microseconds(max(0, now.wallMicroseconds.subtractingClamped(wall)))
      passed = min(off, Self.offMax)
    }
    elapsed = min(.nanoseconds(max(0, saved)), Self.elapsedMax) + passed
    last = now
    beganAt = Self.number(bytes, at: 40)
  }

  /// Seconds since 1970 as they would be had nobody ever set the wall clock: what ages of keys are
  /// counted with.
  package var steadySeconds: UInt32 {
    UInt32(clamping: beganAt / 1_000_000 + elapsed.components.seconds)
  }

  /// Moves on; returns by how much the wall clock was set meanwhile, where that is a step.
  package mutating func advance(to now: Reading) -> Duration? {
    let passed = Duration.nanoseconds(
      max(0, now.bootNanoseconds.subtractingClamped(last.bootNanoseconds))
    )
    let wall = Duration.microseconds(now.wallMicroseconds.subtractingClamped(last.wallMicroseconds))
    elapsed += passed
    last = now
    let step = wall - passed
    return step > Self.stepMax || step < .zero - Self.stepMax ? step : nil
  }

  /// What to save.
  package var bytes: [UInt8] {
    let seconds = elapsed.components
    let nanoseconds = seconds.seconds * 1_000_000_000 + seconds.attoseconds / 1_000_000_000
    var bytes: [UInt8] = []
    for number in [nanoseconds, last.bootNanoseconds, last.wallMicroseconds] {
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> shift))
      }
    }
    bytes += last.bootID
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: beganAt >> shift))
    }
    return bytes
  }

  private static func number(_ bytes: [UInt8], at start: Int) -> Int64 {
    var number: UInt64 = 0
    for index in (0..<8).reversed() { number = number << 8 | UInt64(bytes[start + index]) }
    return Int64(bitPattern: number)
  }
}

extension Int64 {
  /// The difference, held at the ends of the range: saved numbers may be anything.
  fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
    let (difference, isOverflow) = subtractingReportingOverflow(other)
    guard isOverflow else { return difference }
    return self < other ? .min : .max
  }
}
