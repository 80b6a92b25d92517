import RelayCore
import RelayJournal
import RelayServer
import RelaySystem
import Testing

@Suite struct RetentionKeeperTests {
  /// A journal of small segments in a folder of its own, and clocks that are moved by hand.
  private final class World {
    let folder = "/tmp/relay-retention-" + randomBytes(8).map { String($0, radix: 36) }.joined()
    var journal: Journal
    var keeper: RetentionKeeper
    let policy: RetentionPolicy
    var seconds: Int64 = 1000
    var wall: Int64 = 1_700_000_000
    var boot: UInt8 = 1

    init(_ policy: RetentionPolicy) throws {
      self.policy = policy
      journal = try Self.open(folder)
      keeper = RetentionKeeper(
        policy,
        state: journal.state,
        at: ElapsedClock.Reading(
          bootID: Array(repeating: 1, count: 16),
          bootNanoseconds: 1000 * 1_000_000_000,
          wallMicroseconds: 1_700_000_000_000_000
        )
      )
    }

    deinit { Directory.removeTree(folder) }

    private static func open(_ folder: String) throws -> Journal {
      try Journal.open(
        JournalOptions(
          directory: folder,
          segmentBytes: 64 << 10,
          stateSegmentBytes: 64 << 10,
          reserveBytes: 0
        )
      )
    }

    var reading: ElapsedClock.Reading {
      ElapsedClock.Reading(
        bootID: Array(repeating: boot, count: 16),
        bootNanoseconds: seconds * 1_000_000_000,
        wallMicroseconds: wall * 1_000_000
      )
    }

    func pass(_ duration: Int64) {
      seconds += duration
      wall += duration
    }

    func look() throws -> RetentionKeeper.Outcome? { try keeper.look(journal, at: reading) }

    func reopen() throws {
      try journal.close()
      journal = try Self.open(folder)
      keeper = RetentionKeeper(policy, state: journal.state, at: reading)
    }

    /// Fills a segment and begins another.
    func fill() throws {
      for _ in 0..<6 {
        _ = try journal.stage(
          EventDraft(
            source: "a",
            origin: .push,
            flags: .verified,
            receivedAt: wall * 1_000_000,
            providerTime: nil,
            remote: "192.0.2.1",
            method: "POST",
            target: Array("/".utf8),
            headerBlock: [],
            eventID: nil,
            eventType: nil,
            idempotencyKey: [UInt8](repeating: 0, count: 32),
            keys: [],
            bodyDigest: [UInt8](repeating: 0, count: 32),
            body: [UInt8](repeating: 7, count: 12_000)
          )
        )
        try journal.commit()
      }
    }
  }

  private let week = RetentionPolicy(age: .seconds(604_800), bytes: 1 << 40)

  @Test func `events go when they are old, and not before`() throws {
    let world = try World(week)
    try world.fill()
    try world.fill()
    #expect(try world.look()?.decision == RetentionPolicy.Decision())
    let count = world.journal.sealedSegments.count
    #expect(count >= 2)
    world.pass(604_799)
    #expect(try world.look()?.decision.count == 0)
    world.pass(10)
    let outcome = try #require(try world.look())
    #expect(outcome.decision == RetentionPolicy.Decision(expired: count))
    #expect(world.journal.reader.bounds.first == outcome.lastRemoved.map { $0 + 1 })
    #expect(world.journal.sealedSegments.isEmpty)
  }

  @Test func `it looks every ten seconds, and at once when a clock was set`() throws {
    let world = try World(week)
    #expect(try world.look() != nil)
    world.pass(9)
    #expect(try world.look() == nil)
    world.pass(1)
    #expect(try world.look() != nil)
    world.wall += 365 * 86_400
    let step = try #require(try world.look()).step
    #expect(step == .seconds(365 * 86_400))
  }

  @Test func `a clock that is set removes nothing, forwards or backwards`() throws {
    let world = try World(week)
    try world.fill()
    _ = try world.look()
    for wall in [Int64(4_000_000_000), 0, 1_700_000_000] {
      world.wall = wall
      #expect(try world.look()?.decision.count == 0)
      world.pass(20)
      #expect(try world.look()?.decision.count == 0)
    }
    #expect(world.journal.reader.bounds.first == 1)
  }

  @Test func `ages go on over a restart, and over one of the machine as far as is known`() throws {
    let world = try World(week)
    try world.fill()
    _ = try world.look()
    world.pass(604_000)
    try world.reopen()
    #expect(try world.look()?.decision.count == 0)
    // Years between two starts of the machine may be a clock that was set.
    world.boot = 2
    world.seconds = 5
    world.wall += 3 * 365 * 86_400
    try world.reopen()
    #expect(try world.look()?.decision.count == 0)
    world.pass(800)
    #expect(try #require(try world.look()).decision.expired > 0)
  }

  @Test func `what has no room goes, oldest first`() throws {
    let world = try World(RetentionPolicy(age: .seconds(604_800), bytes: 5 * (64 << 10)))
    for _ in 0..<12 {
      try world.fill()
      world.pass(11)
      _ = try world.look()
      // The newest segment and the spare are among them.
      #expect(world.journal.sealedSegments.count <= 4)
    }
    let bounds = world.journal.reader.bounds
    #expect(bounds.first > 1 && bounds.durable == 72)
    try world.reopen()
    #expect(world.journal.reader.bounds == bounds)
    #expect(world.journal.recovery.gaps.isEmpty)
  }

  @Test func `a bound in bytes holds however fast segments fill`() throws {
    let world = try World(RetentionPolicy(age: .seconds(604_800), bytes: 5 * (64 << 10)))
    for _ in 0..<12 {
      try world.fill()
      world.pass(1)
      _ = try world.look()
      #expect(world.journal.sealedSegments.count <= 4)
    }
    #expect(try world.look() == nil)
    #expect(world.journal.reader.bounds.first > 1)
  }

  @Test func `what is remembered of segments goes with them`() throws {
    let world = try World(week)
    try world.fill()
    try world.fill()
    _ = try world.look()
    func entries() -> Int { world.journal.state.keys.count { $0.hasPrefix("journal/sealed/") } }
    #expect(entries() == world.journal.sealedSegments.count)
    world.pass(604_900)
    _ = try world.look()
    #expect(entries() == 0)
  }
}
