/// A moment on both clocks of a store, in microseconds.
package struct StoreTime: Equatable, Sendable {
  /// How much time the store has seen pass since it was made; it never runs back.
  package var age: Int64
  /// The wall clock, which may jump: microseconds since 1970.
  package var wall: Int64

  package init(age: Int64, wall: Int64) {
    self.age = age
    self.wall = wall
  }

  /// 36 000 years: what is beyond is not a time, and below it no sum overflows.
  package static let microsecondsMax: Int64 = 1 << 60

  var isPlausible: Bool {
    (0...Self.microsecondsMax).contains(age)
      && (-Self.microsecondsMax...Self.microsecondsMax).contains(wall)
  }
}

/// Counts the age of a store, over restarts and over steps of the wall clock.
///
/// While the process runs, age is elapsed time, whatever the wall clock does. What passed while no
/// process ran is the difference between the wall clock now and that of the last record. That
/// difference is wrong when the clock was stepped, so it counts between two bounds: nothing, when
/// the clock is behind the record, and `downtimeMax`. A wrong clock thereby costs the keys no more
/// than `downtimeMax` of their lifetime at one start, and a true downtime that is longer keeps
/// them longer.
///
/// A wall clock that is stepped while running would make that difference wrong too, so such a step
/// asks for a record that holds the two clocks as they stand after it.
package struct StoreClock: Sendable {
  /// Clocks that are kept in step are corrected by less than these five minutes.
  private static let stepMicroseconds: Int64 = 300 * 1_000_000

  private let ageAtStart: Int64
  private let elapsedAtStart: Int64
  /// How far the wall clock is ahead of elapsed time.
  private var lead: Int64
  private var last: StoreTime

  package init(after last: StoreTime?, wall: Int64, elapsed: Duration, downtimeMax: Duration) {
    let wall = Self.clamped(wall)
    let downtimeMax = max(0, downtimeMax.wholeMicroseconds)
    let downtime = last.map { min(max(0, wall - $0.wall), downtimeMax) } ?? 0
    ageAtStart = min((last?.age ?? 0) + downtime, StoreTime.microsecondsMax)
    elapsedAtStart = elapsed.wholeMicroseconds
    lead = wall - elapsedAtStart
    self.last = StoreTime(age: ageAtStart, wall: wall)
  }

  /// The time of this moment; age never runs back.
  package mutating func time(wall: Int64, elapsed: Duration) -> StoreTime {
    let age = ageAtStart + elapsed.wholeMicroseconds - elapsedAtStart
    last.age = max(last.age, min(age, StoreTime.microsecondsMax))
    last.wall = Self.clamped(wall)
    return last
  }

  /// True once for each step of the wall clock.
  package mutating func hasStepped(wall: Int64, elapsed: Duration) -> Bool {
    let now = Self.clamped(wall) - elapsed.wholeMicroseconds
    guard abs(now - lead) > Self.stepMicroseconds else { return false }
    lead = now
    return true
  }

  private static func clamped(_ wall: Int64) -> Int64 {
    min(max(wall, -StoreTime.microsecondsMax), StoreTime.microsecondsMax)
  }
}

/// Where a store reads the time.
package struct TimeSource: Sendable {
  /// Time since some fixed moment, which no step of the wall clock changes.
  package let elapsed: @Sendable () -> Duration
  /// Microseconds since 1970.
  package let wall: @Sendable () -> Int64

  package init(
    elapsed: @escaping @Sendable () -> Duration,
    wall: @escaping @Sendable () -> Int64
  ) {
    self.elapsed = elapsed
    self.wall = wall
  }
}

extension Duration {
  /// Clamped to what a store can count, in both directions.
  var wholeMicroseconds: Int64 {
    let secondsMax = StoreTime.microsecondsMax / 1_000_000
    let seconds = min(max(components.seconds, -secondsMax), secondsMax)
    return seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
  }
}
