import Glibc
import RelayJournal
import RelaySystem
import Testing

/// Longer sweeps run when the environment asks for them.
///
/// They take minutes where the optimizer has been over them, and hours where it has not.
#if DEBUG
  let isCampaign = false
#else
  let isCampaign = RelaySystem.Process.environment("WEBHOOK_CAMPAIGN") == "1"
#endif

/// Opens what a fault left behind and checks it against what had been acknowledged; then cuts the
/// power once more at once: what a reader could have seen must still be there.
func checkRecovery(
  _ player: Player,
  from disk: DiskModel,
  _ random: inout SeededGenerator
) throws -> [String] {
  var ledger = player.ledger
  let first = SimulatedStorage(disk)
  var journal: Journal? = try Journal.open(player.options, storage: first)
  guard let opened = journal else { return ["not opened"] }
  let found = try Survey(opened)
  var problems = ledger.adopt(found)
  if !found.gaps.isEmpty { problems.append("a crash was taken for damage: \(found.gaps)") }
  problems += try wrongKeys(opened, found)
  journal = nil

  let again = SimulatedStorage(first.disk.afterPowerCut(.nothingKept, using: &random))
  let second = try Journal.open(player.options, storage: again)
  if try Survey(second) != found { problems.append("what was read is gone after a second cut") }

  problems += try wrongKeys(second, found)
  let inspector = try JournalInspector(directory: player.options.directory, storage: again)
  problems += try inspector.verify().problems.map { "verify: \($0)" }

  // And it goes on.
  let draft = Sample.draft(999_999)
  let sequence = try second.stage(draft)
  try second.commit()
  if sequence != ledger.last + 1 { problems.append("sequence \(sequence) is next") }
  if try second.keys.find(Sample.key(999_999))?.sequence != sequence { problems.append("key lost") }
  return problems
}

/// What the key index says of the events that are there; each has a key of its own.
private func wrongKeys(_ journal: Journal, _ survey: Survey) throws -> [String] {
  var problems = journal.recovery.lines.filter { $0.contains("key") }
  for (sequence, body) in survey.bodies {
    let digits = String(decoding: body.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)
    let found = try journal.keys.find(Sample.key(Int(digits) ?? 0))
    if found?.sequence != sequence { problems.append("the key of event \(sequence) is lost") }
  }
  return problems
}

@Suite("Crashes, simulated") struct CrashTests {
  /// The changes that a script makes on a disk without faults.
  private func changes(of script: Script, _ options: JournalOptions = simulatedOptions()) -> Int {
    let storage = SimulatedStorage()
    var player = Player(options, storage)
    player.play(script)
    #expect(player.failure == nil)
    return storage.changes
  }

  private func sweep(seed: UInt64, commits: Int) throws -> Int {
    try sweep(Script(seed: seed, commits: commits), seed: seed)
  }

  private func sweep(
    _ script: Script,
    seed: UInt64,
    step: Int = 1,
    _ options: JournalOptions = simulatedOptions()
  ) throws -> Int {
    let last = changes(of: script, options)
    var random = SeededGenerator(seed: seed)
    var states = 0
    for number in stride(from: 1, through: last, by: step) {
      let storage = SimulatedStorage(fault: .powerOff(atChange: number))
      var player = Player(options, storage)
      player.play(script)
      #expect(storage.isOff)
      for cut in DiskModel.Cut.allCases {
        let disk = storage.disk.afterPowerCut(cut, using: &random)
        let problems = try checkRecovery(player, from: disk, &random)
        #expect(problems.isEmpty, "seed \(seed), change \(number), \(cut): \(problems)")
        states += 1
      }
      let problems = try checkRecovery(player, from: storage.disk.afterKill(), &random)
      #expect(problems.isEmpty, "seed \(seed), change \(number), killed: \(problems)")
      states += 1
    }
    return states
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func `every acknowledged event survives a power cut at every step`(seed: UInt64) throws {
    #expect(try sweep(seed: seed, commits: 12) > 100)
  }

  /// A map over several segments: its snapshot takes the place of several, one after the other, and
  /// what was removed must not come back from one that a power cut left there.
  @Test func `a large state map survives a power cut while old segments go`() throws {
    var steps: [Step] = []
    for round in 0..<2 {
      for number in 0..<16 {
        let isGone = round == 1 && number % 3 == 0
        let value = [UInt8](repeating: UInt8(round), count: 9000)
        steps += [.state(key: "consumer/\(number)", value: isGone ? nil : value), .commit]
      }
    }
    #expect(try sweep(Script(steps), seed: 5, step: isCampaign ? 1 : 2) > 100)
  }

  /// Removing segments moves the beginning of the log at once or not at all, and files that are
  /// used again bring nothing of their old events back.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func `segments that are removed stay removed, and no other goes`(seed: UInt64) throws {
    let script = Script(seed: seed, commits: 60, largest: 15_000, retires: true)
    let storage = SimulatedStorage()
    var player = Player(simulatedOptions(), storage)
    player.play(script)
    #expect(player.failure == nil && player.ledger.first > 1)
    #expect(try sweep(script, seed: seed, step: isCampaign ? 1 : 7) > 100)
  }

  /// With generations of a few keys every commit may seal one.
  @Test(arguments: [1, 2] as [UInt64])
  func `every key survives while its table becomes a run`(seed: UInt64) throws {
    var options = simulatedOptions()
    options.keysPerRun = 3
    let script = Script(seed: seed, commits: 14)
    #expect(try sweep(script, seed: seed, step: isCampaign ? 1 : 3, options) > 100)
  }

  /// Not a sample: every set of what was not synced, where those are few.
  private func exhaust(_ script: Script, seed: UInt64, step: UInt64) throws -> Int {
    var random = SeededGenerator(seed: seed)
    var states = 0
    for number in 1...changes(of: script) {
      let storage = SimulatedStorage(fault: .powerOff(atChange: number))
      var player = Player(simulatedOptions(), storage)
      player.play(script)
      let unsynced = storage.disk.unsynced
      guard unsynced.count <= Self.exhaustiveMax else { continue }
      for chosen in stride(from: 0, to: UInt64(1) << UInt64(unsynced.count), by: Int(step)) {
        let disk = storage.disk.afterPowerCut(keeping: chosen, of: unsynced)
        let problems = try checkRecovery(player, from: disk, &random)
        #expect(problems.isEmpty, "seed \(seed), change \(number), set \(chosen): \(problems)")
        states += 1
      }
    }
    return states
  }

  private static let exhaustiveMax = 12

  private static let small = Script([
    .event(number: 1, bytes: 700), .commit, .idleMark, .event(number: 2, bytes: 40),
    .event(number: 3, bytes: 40), .state(key: "consumer/a", value: [1]), .commit, .idleMark,
    .reopen, .event(number: 4, bytes: 2000), .commit, .state(key: "consumer/a", value: nil),
    .commit,
  ])

  @Test func `up to twelve unsynced sectors and names may be kept in any way`() throws {
    #expect(try exhaust(Self.small, seed: 1, step: 29) > 200)
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: every set of unsynced sectors`() throws {
    let states = try exhaust(Self.small, seed: 1, step: 1)
    print("campaign: \(states) crash states, every set of up to 12 unsynced sectors and names")
  }

  @Test(.enabled(if: isCampaign))
  func `campaign: power cuts`() throws {
    var states = 0
    for seed in 100..<UInt64(130) { states += try sweep(seed: seed, commits: 25) }
    for seed in 200..<UInt64(220) {
      states += try sweep(
        Script(seed: seed, commits: 40, largest: 15_000, retires: true),
        seed: seed
      )
    }
    print("campaign: \(states) crash states, every acknowledged event recovered")
  }

  /// The n-th call fails for every n: the process says so, ends, and the next start is whole.
  @Test(arguments: [EIO, ENOSPC, EROFS], [false, true])
  func `a call that fails loses nothing that was acknowledged`(code: Int32, retires: Bool) throws {
    let script = Script(
      seed: 7,
      commits: retires ? 30 : 10,
      largest: retires ? 15_000 : 6000,
      retires: retires
    )
    var random = SeededGenerator(seed: 7)
    let calls = changes(of: script)
    if isCampaign { print("campaign: each of \(calls) calls failed once with errno \(code)") }
    for number in 1...calls {
      let storage = SimulatedStorage(fault: .failure(atChange: number, code: code))
      var player = Player(simulatedOptions(), storage)
      player.play(script)
      for disk in [
        storage.disk.afterKill(), storage.disk.afterPowerCut(.someKept, using: &random),
      ] {
        let problems = try checkRecovery(player, from: disk, &random)
        #expect(problems.isEmpty, "call \(number): \(problems)")
      }
    }
  }

  @Test func `a read that fails is an error, never an empty journal`() throws {
    let storage = SimulatedStorage()
    var player = Player(simulatedOptions(), storage)
    player.play(Script(seed: 11, commits: 8))
    let whole = storage.disk
    var number = 0
    while true {
      number += 1
      let faulty = SimulatedStorage(whole, fault: .failedRead(at: number, code: EIO))
      do throws(JournalError) {
        let journal = try Journal.open(simulatedOptions(), storage: faulty)
        #expect(journal.durableSequence == UInt64(player.ledger.events.count))
        break
      } catch {
        #expect(error.exitCode == 74, "read \(number): \(error)")
      }
      #expect(number < 10_000)
    }
    #expect(number > 5)
  }
}

@Suite("A failed sync") struct FailedSyncTests {
  /// Plays until the given sync of the events' log fails.
  private func failed() throws -> (Journal, SimulatedStorage, UInt64) {
    let storage = SimulatedStorage()
    let journal = try Journal.open(simulatedOptions(), storage: storage)
    let first = try journal.stage(Sample.draft(1))
    try journal.commit()
    _ = try journal.stage(Sample.draft(2))
    // The next change is the write of the batch, the one after it its fdatasync.
    let now = storage.changes
    storage.with { $0.fault = .failure(atChange: now + 2, code: EIO) }
    return (journal, storage, first)
  }

  @Test func `is final: nothing is taken any more`() throws {
    let (journal, _, first) = try failed()
    let error = #expect(throws: JournalError.self) { try journal.commit() }
    #expect(error?.exitCode == 74)
    #expect(throws: JournalError.self) { try journal.commit() }
    #expect(throws: JournalError.self) { _ = try journal.stage(Sample.draft(3)) }
    #expect(throws: JournalError.self) { try journal.stageState(key: "a", value: []) }
    #expect(throws: JournalError.self) { try journal.commitIdleMark() }
    #expect(throws: JournalError.self) { try journal.close() }
    #expect(journal.durableSequence == first)
  }

  @Test func `is not tried again`() throws {
    let (journal, storage, _) = try failed()
    #expect(throws: JournalError.self) { try journal.commit() }
    let changes = storage.changes
    #expect(throws: JournalError.self) { try journal.commit() }
    #expect(throws: JournalError.self) { try journal.close() }
    #expect(storage.changes == changes)
  }

  @Test func `what the cache still shows is not recovered`() throws {
    let (journal, storage, _) = try failed()
    #expect(throws: JournalError.self) { try journal.commit() }
    let again = SimulatedStorage(storage.disk)
    let reopened = try Journal.open(simulatedOptions(), storage: again)
    #expect(reopened.durableSequence == 1)
    #expect(try reopened.reader.event(2, body: false) == nil)
  }
}
