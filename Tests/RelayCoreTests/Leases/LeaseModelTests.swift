import RelayCore
import Testing

/// Workers, crashes and a disk that refuses, at random, against what must hold whatever happens.
@Suite("Lease model") struct LeaseModelTests {
  /// Hand-outs and settlements over all runs: a run that does little proves little.
  private static let handedMin = 20_000

  @Test func `no event is lost, none is settled twice, and every attempt is given once`() {
    var handed = 0
    for seed in UInt64(0)..<400 {
      var model = LeaseModel(seed: seed)
      for _ in 0..<300 { model.step() }
      model.finish()
      #expect(model.failures == [], "seed \(seed)")
      handed += model.handed
    }
    #expect(handed > Self.handedMin)
  }
}

/// A consumer, its disk, its workers and the events behind it.
private struct LeaseModel {
  private static let attemptsMax: UInt32 = 4

  private var random: Generator
  private var table = LeaseTable(frontier: 0, attemptsMax: attemptsMax)
  private var now: Int64 = 0
  private var durableEnd: UInt64 = 0

  // The disk.
  private var entries: [UInt64: LeaseEntry] = [:]
  private var frontier: UInt64 = 0
  private var saving: LeaseTable.Changes?

  // What waits for the disk, and what has been told.
  private var untoldLeases: [LeaseTable.Receipt] = []
  private var untoldAcks: [UInt64] = []
  private var savingLeases: [LeaseTable.Receipt] = []
  private var savingAcks: [UInt64] = []
  private var workers: [LeaseTable.Receipt: Int64] = [:]
  private var ends: [LeaseTable.Receipt: Int64] = [:]
  private var given: Set<LeaseTable.Receipt> = []
  /// Acks that were answered.
  private var settled: Set<UInt64> = []
  /// Acks that were asked for; the answer of a durable one can be lost with the process.
  private var asked: Set<UInt64> = []
  private(set) var handed = 0
  private(set) var failures: [String] = []

  init(seed: UInt64) { random = Generator(state: seed) }

  mutating func step() {
    now += Int64.random(in: 0...20, using: &random)
    table.advance(to: now)
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<3: durableEnd += UInt64.random(in: 0...3, using: &random)
    case 3..<8: lease()
    case 8..<12: ack()
    case 12: nack()
    case 13: extend()
    case 14: leave()
    case 15..<18: save()
    case 18: finishSaving(isDurable: Bool.random(using: &random))
    default: if Int.random(in: 0..<8, using: &random) == 0 { crash() }
    }
    if Bool.random(using: &random) { finishSaving(isDurable: true) }
  }

  /// Everything settles in the end: acked, or dead.
  mutating func finish() {
    for _ in 0..<Int(Self.attemptsMax) * 4 {
      now += 10_000
      table.advance(to: now)
      while let receipt = next() { untoldLeases.append(receipt) }
      finishSaving(isDurable: true)
      save()
      finishSaving(isDurable: true)
      for receipt in workers.keys.sorted(by: { $0.sequence < $1.sequence }) { ack(receipt) }
      save()
      finishSaving(isDurable: true)
    }
    crash()
    let live = table.entries.filter { !$0.value.isDead }
    check(live.isEmpty, "\(live.count) events were never settled")
    let all = asked.union(table.entries.keys)
    check(settled.isDisjoint(with: table.entries.keys), "an answered ack was forgotten")
    check(all == Set(1...max(durableEnd, 1)) || durableEnd == 0, "an event was lost")
  }

  private mutating func next() -> LeaseTable.Receipt? {
    let until = now + Int64.random(in: 1...60, using: &random)
    let receipt: LeaseTable.Receipt
    if let ready = table.firstReady(at: now) {
      receipt = table.lease(ready, until: until)
    } else if table.frontier < durableEnd {
      receipt = table.admit(table.frontier + 1, until: until)
    } else {
      return nil
    }
    ends[receipt] = until
    return receipt
  }

  private mutating func lease() {
    guard let receipt = next() else { return }
    untoldLeases.append(receipt)
  }

  /// A worker hears of its lease: only when it is durable.
  private mutating func tell(_ receipt: LeaseTable.Receipt) {
    handed += 1
    check(given.insert(receipt).inserted, "\(receipt) was given twice")
    check(!settled.contains(receipt.sequence), "\(receipt) was given after its ack was answered")
    check(entries[receipt.sequence].map { $0.attempt >= receipt.attempt } ?? true, "not counted")
    check(receipt.attempt <= Self.attemptsMax + 300, "attempts without an end")
    for (other, end) in workers where other.sequence == receipt.sequence {
      check(end <= now, "\(receipt) was given while \(other) ran")
    }
    workers[receipt] = ends[receipt] ?? 0
  }

  private mutating func pick() -> LeaseTable.Receipt? {
    workers.keys.sorted { ($0.sequence, $0.attempt) < ($1.sequence, $1.attempt) }
      .randomElement(using: &random)
  }

  private mutating func ack() {
    if let receipt = pick() { ack(receipt) }
  }

  private mutating func ack(_ receipt: LeaseTable.Receipt) {
    let answer = table.ack(receipt)
    if answer == .done { asked.insert(receipt.sequence) }
    switch answer {
    case .done, .alreadyDone:
      untoldAcks.append(receipt.sequence)
      workers[receipt] = nil
    case .expired: workers[receipt] = nil
    case .unknown: check(false, "\(receipt) is unknown")
    }
  }

  private mutating func nack() {
    guard let receipt = pick() else { return }
    let delay = Int64.random(in: 0...30, using: &random)
    check(table.nack(receipt, due: now + delay, at: now) != .unknown, "\(receipt) is unknown")
    workers[receipt] = nil
  }

  private mutating func extend() {
    guard let receipt = pick(), let end = workers[receipt] else { return }
    let until = now + 40
    if table.extend(receipt, until: until, at: now) == .done { workers[receipt] = max(end, until) }
  }

  /// A client goes while its answer waits for the disk.
  private mutating func leave() {
    guard let receipt = untoldLeases.popLast() ?? savingLeases.popLast() else { return }
    table.release(receipt, at: now)
  }

  // MARK: The disk

  private mutating func save() {
    guard saving == nil else { return }
    guard let changes = table.takeChanges() else { return tellAll() }
    saving = changes
    savingFrontier = table.frontier
    savingLeases = untoldLeases
    savingAcks = untoldAcks
    untoldLeases = []
    untoldAcks = []
  }

  private var savingFrontier: UInt64 = 0

  private mutating func tellAll() {
    for receipt in untoldLeases { tell(receipt) }
    settled.formUnion(untoldAcks)
    untoldLeases = []
    untoldAcks = []
  }

  private mutating func finishSaving(isDurable: Bool) {
    guard let changes = saving else { return }
    saving = nil
    if isDurable {
      write(changes, entries: changes.entries.count)
      settled.formUnion(savingAcks)
      for receipt in savingLeases { tell(receipt) }
    } else {
      // A disk without room may have taken the first of them.
      let part = Int.random(in: 0...changes.entries.count, using: &random)
      write(changes, entries: part, numbers: false)
      table.putBack(changes)
      for receipt in savingLeases { table.release(receipt, at: now) }
    }
    savingLeases = []
    savingAcks = []
  }

  private mutating func write(
    _ changes: LeaseTable.Changes,
    entries count: Int,
    numbers: Bool = true
  ) {
    for (sequence, entry) in changes.entries.prefix(count) { entries[sequence] = entry }
    if numbers, changes.writesNumbers { frontier = savingFrontier }
  }

  private mutating func crash() {
    if let changes = saving {
      let isWhole = Bool.random(using: &random)
      let part = Int.random(in: 0...changes.entries.count, using: &random)
      write(changes, entries: isWhole ? changes.entries.count : part, numbers: isWhole)
    }
    saving = nil
    untoldLeases = []
    untoldAcks = []
    savingLeases = []
    savingAcks = []
    table = LeaseTable(
      restoring: entries,
      frontier: frontier,
      lost: 0,
      attemptsMax: Self.attemptsMax
    )
    table.advance(to: now)
  }

  private mutating func check(_ isTrue: Bool, _ what: String) {
    if !isTrue { failures.append(what) }
  }
}

/// SplitMix64: the same numbers for the same seed.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
