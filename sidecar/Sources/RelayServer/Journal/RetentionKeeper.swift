package import RelayCore
package import RelayJournal
internal import RelaySystem

/// Removes what retention does not keep: the hands of `RetentionPolicy`, on the journal's thread.
///
/// It remembers in the state map when each segment was sealed, by a clock that nobody sets.
package struct RetentionKeeper {
  /// How often it looks for what is old: against days, that is at once.
  ///
  /// What the segments take is looked at with each new one, or the next second.
  private static let intervalSeconds: Int64 = 10
  /// How often at most it looks for room where segments fill: whoever copies the journal meanwhile
  /// gets through with what it has begun.
  private static let segmentIntervalSeconds: Int64 = 1
  static let intervalMilliseconds = Int32(intervalSeconds * 1000)
  /// How often the clock is saved: what a start of the machine may cost of the ages.
  private static let saveSeconds: Int64 = 3600
  /// Likewise while deliveries wait for their time: retries must not be late by an hour.
  private static let saveSecondsInUse: Int64 = 60

  static let clockKey = "journal/clock"
  private static let sealedPrefix = "journal/sealed/"

  /// What one look did.
  package struct Outcome {
    package var decision = RetentionPolicy.Decision()
    package var lastRemoved: UInt64?
    /// By how much the wall clock was set since the last look.
    package var step: Duration?
    /// There is more than may be, and what could go is still to be delivered.
    package var isOverfull = false
  }

  private let policy: RetentionPolicy
  private var clock: ElapsedClock {
    didSet { steadySeconds = clock.steadySeconds }
  }
  /// Seconds since 1970 by the clock that nobody can set, as of the last look.
  ///
  /// Stored, for it is asked for several times with each event.
  package private(set) var steadySeconds: UInt32
  private var lastLook: Duration?
  private var lastSave: Duration
  /// When the segments that are still there were found sealed, by id.
  private var sealed: [UInt64: Duration] = [:]
  /// How many segments were sealed at the last look.
  private var sealedCount = -1
  /// Times of this clock are written down by others.
  private var isInUse = false

  package init(_ policy: RetentionPolicy, state: [String: [UInt8]], at now: ElapsedClock.Reading) {
    self.policy = policy
    clock = ElapsedClock(saved: state[Self.clockKey], at: now)
    steadySeconds = clock.steadySeconds
    lastSave = .zero - .seconds(Self.saveSeconds)
    for (key, value) in state where key.hasPrefix(Self.sealedPrefix) {
      guard let id = UInt64(key.dropFirst(Self.sealedPrefix.count)), value.count == 8 else {
        continue
      }
      let seconds = value.reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
      sealed[id] = .seconds(seconds)
    }
  }

  /// Has the next look come at once, for a disk that runs full.
  package mutating func hurry() { lastLook = nil }

  /// Somebody keeps times of this clock.
  package mutating func noteUse() { isInUse = true }

  /// What the clock of a journal with this state says now.
  package static func elapsed(
    _ state: [String: [UInt8]],
    at now: ElapsedClock.Reading
  ) -> Duration {
    ElapsedClock(saved: state[clockKey], at: now).elapsed
  }

  /// The clocks of this machine.
  package static func reading() -> ElapsedClock.Reading {
    ElapsedClock.Reading(
      bootID: SystemClock.bootID,
      bootNanoseconds: SystemClock.bootNanoseconds(),
      wallMicroseconds: SystemClock.wallMicroseconds()
    )
  }

  /// Looks, when it is time to; nothing may be staged and not committed.
  ///
  /// Events from `neededFrom` on are still to be delivered, and are kept.
  package mutating func look(
    _ journal: Journal,
    at now: ElapsedClock.Reading,
    neededFrom: UInt64 = .max
  ) throws(JournalError) -> Outcome? {
    let step = clock.advance(to: now)
    // Where deliveries may fill the journal, each new segment is looked at: the bound is a promise.
    // Where they cannot, one a second is enough; files that are let go early become the next ones.
    let hasNewSegment = journal.sealedCount != sealedCount
    let isNews = step != nil || (neededFrom != .max && hasNewSegment)
    if let lastLook, !isNews {
      let wait = hasNewSegment ? Self.segmentIntervalSeconds : Self.intervalSeconds
      guard clock.elapsed - lastLook >= .seconds(wait) else { return nil }
    }
    lastLook = clock.elapsed
    let segments = journal.sealedSegments
    sealedCount = segments.count
    let isChanged = try note(segments, journal)
    var outcome = Outcome(step: step)
    outcome.decision = policy.decide(
      segments.map { segment in
        RetentionPolicy.Segment(
          bytes: segment.bytes,
          age: clock.elapsed - (sealed[segment.id] ?? clock.elapsed),
          isPinned: segment.lastSequence > journal.keys.durableThrough
            || segment.lastSequence >= neededFrom
        )
      },
      otherBytes: journal.otherSegmentBytes
    )
    // Keys that hold a segment back will be on the disk in a moment; deliveries may take days.
    let held = segments.dropFirst(outcome.decision.count).first
    outcome.isOverfull =
      outcome.decision.isOverfull
      && held.map {
        $0.lastSequence >= neededFrom && $0.lastSequence <= journal.keys.durableThrough
      } ?? false
    // Keys outlive their events: they go to the disk by themselves before the events may go.
    if outcome.decision.isHeldBack { journal.keys.seal() }
    let every = isInUse ? Self.saveSecondsInUse : Self.saveSeconds
    let isDue = clock.elapsed - lastSave >= .seconds(every)
    if isDue || isChanged || outcome.decision.count > 0 {
      try journal.stageState(key: Self.clockKey, value: clock.bytes)
      lastSave = clock.elapsed
      isInUse = false
    }
    if outcome.decision.count > 0 {
      let removed = segments.prefix(outcome.decision.count)
      for segment in removed {
        try journal.stageState(key: Self.key(segment.id), value: nil)
        sealed[segment.id] = nil
      }
      outcome.lastRemoved = removed.last?.lastSequence
      try journal.retire(removed.count)
      sealedCount -= removed.count
    } else if isDue || isChanged {
      try journal.commit()
    }
    return outcome
  }

  /// Remembers segments that were sealed since the last look, and forgets those that are gone.
  private mutating func note(
    _ segments: [Journal.SealedSegment],
    _ journal: Journal
  ) throws(JournalError) -> Bool {
    let ids = Set(segments.map(\.id))
    let new = ids.subtracting(sealed.keys).sorted()
    let gone = Set(sealed.keys).subtracting(ids).sorted()
    for id in new {
      let seconds = clock.elapsed.components.seconds
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seconds >> ($0 * 8)) }
      try journal.stageState(key: Self.key(id), value: bytes)
      sealed[id] = .seconds(seconds)
    }
    for id in gone {
      try journal.stageState(key: Self.key(id), value: nil)
      sealed[id] = nil
    }
    return !new.isEmpty || !gone.isEmpty
  }

  private static func key(_ id: UInt64) -> String { sealedPrefix + String(id) }
}
