import RelayJournal

/// A key index beside a plain dictionary that knows what it should answer, and a log that keeps
/// what was committed.
struct KeyIndexModel {
  struct Event {
    let sequence: UInt64
    let keys: [Key128]
    let seconds: UInt32
  }

  static let windowSeconds: UInt32 = 4000

  private(set) var storage: SimulatedStorage
  private(set) var index: KeyIndex
  /// What opening said.
  private(set) var lines: [String] = []
  private(set) var problems: [String] = []
  private(set) var restarts = 0
  private(set) var runsMax = 0

  /// Committed, from the first that was not removed.
  private(set) var log: [Event] = []
  private var staged: [Event] = []
  private var first: UInt64 = 1
  private var next: UInt64 = 1
  private var now: UInt32 = 1_700_000_000
  private var known: [Key128: KeyEntry] = [:]
  private var random: SeededGenerator

  init(seed: UInt64, fault: Fault? = nil) throws {
    random = SeededGenerator(seed: seed)
    storage = SimulatedStorage(fault: fault, seed: seed)
    index = try Self.open(storage, [], first: 1, next: 1).index
  }

  static func settings(_ storage: SimulatedStorage) -> KeyIndex.Settings {
    KeyIndex.Settings(
      storage: storage,
      directory: KeySamples.directory,
      uuid: KeySamples.uuid,
      windowSeconds: windowSeconds,
      keysPerRun: 8,
      runsMax: 5,
      runsPerMerge: 3
    )
  }

  static func open(
    _ storage: SimulatedStorage,
    _ log: [Event],
    first: UInt64,
    next: UInt64
  ) throws -> KeyIndexOpening {
    let opening = try KeyIndexOpening(
      settings(storage),
      quarantine: KeySamples.quarantine,
      first: first
    )
    for event in log {
      try opening.add(event.keys, sequence: event.sequence, seconds: event.seconds)
    }
    try opening.finish(first: first, nextSequence: next)
    return opening
  }

  // MARK: Steps

  /// A key of a small world, so that many come again.
  private mutating func anyKey() -> Key128 {
    Sample.key(Int.random(in: 1...400, using: &random))
  }

  mutating func stage() {
    now += UInt32.random(in: 0...20, using: &random)
    let keys = (0..<Int.random(in: 0...3, using: &random)).map { _ in anyKey() }
    guard index.hasRoom(for: keys.count) else { return }
    staged.append(Event(sequence: next, keys: keys, seconds: now))
    for key in keys { index.insert(key, sequence: next, seconds: now) }
    next += 1
  }

  /// The events are durable first, whatever becomes of the keys' files.
  mutating func commit() {
    guard !storage.isOff else { return }
    log += staged
    for event in staged {
      for key in event.keys {
        known[key] = KeyEntry(sequence: event.sequence, seconds: event.seconds)
      }
    }
    staged = []
    index.committed(through: next - 1)
    runsMax = max(runsMax, index.book.runs.count)
  }

  /// Removes events whose keys are in runs.
  mutating func retire() {
    guard !storage.isOff else { return }
    let end = min(index.durableThrough, next - 1 - UInt64(staged.count))
    guard end >= first else { return }
    let from = first
    first = UInt64.random(in: from...end + 1, using: &random)
    log.removeAll { $0.sequence < first }
  }

  mutating func step() {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<50: stage()
    case 50..<80: commit()
    case 80..<84: index.seal()
    case 84..<90: retire()
    case 90..<93: index.removeAll(before: now - Self.windowSeconds)
    case 93..<95: now += UInt32.random(in: 0...2000, using: &random)
    case 95..<97: restart(after: nil)
    default: check(few: true)
    }
  }

  /// Goes on with what is left: of a close that was none, or of a power cut.
  mutating func restart(after cut: DiskModel.Cut?) {
    index.stop()
    let disk =
      cut.map { storage.disk.afterPowerCut($0, using: &random) } ?? storage.disk.afterKill()
    let fault = storage.with { $0.fault }
    let isOff = storage.isOff
    storage = SimulatedStorage(disk, seed: random.next())
    next -= UInt64(staged.count)
    staged = []
    do {
      let opening = try Self.open(storage, log, first: first, next: next)
      index = opening.index
      lines = opening.lines
      restarts += 1
      // A crash is no damage.
      problems += lines.filter { !$0.contains("taken from the log anew") }
    } catch {
      problems.append("not opened: \(error)")
    }
    // A fault that has not come yet still comes.
    if !isOff, case .failure(let number, let code)? = fault, number > 40 {
      storage.with { $0.fault = .failure(atChange: number - 40, code: code) }
    }
  }

  // MARK: Checking

  /// The newest entry of a key: committed or staged.
  private func expected(_ key: Key128) -> KeyEntry? {
    let event = staged.last { $0.keys.contains(key) }
    return event.map { KeyEntry(sequence: $0.sequence, seconds: $0.seconds) } ?? known[key]
  }

  mutating func check(few: Bool = false) {
    let numbers =
      few ? (0..<5).map { _ in Int.random(in: 1...450, using: &random) } : Array(1...450)
    let generation = index.book.runs.generation
    for number in numbers {
      let key = Sample.key(number)
      do throws(JournalError) {
        let found = try index.find(key)
        let wanted = expected(key)
        let hasExpired = wanted.map { $0.seconds < now - Self.windowSeconds } ?? false
        if found != wanted, !(hasExpired && found == nil) {
          problems.append("key \(number): \(String(describing: found)), not \(wanted as Any)")
        }
        let runs = index.book.runs
        if try index.find(key, after: generation, found: runs.find(key)) != found {
          problems.append("key \(number) in two steps is another")
        }
      } catch {
        if !storage.isOff { problems.append("key \(number): \(error)") }
      }
    }
  }
}
