import RelayJournal
import RelaySystem

/// Events that a test can tell apart: the body begins with a number of its own.
enum Sample {
  static func draft(_ number: Int, bytes: Int = 40, keys: [Key128]? = nil) -> EventDraft {
    var body = Array("\(number):".utf8)
    while body.count < bytes { body.append(UInt8(truncatingIfNeeded: number &* 7 &+ body.count)) }
    return EventDraft(
      source: "source-\(number % 3)",
      origin: .push,
      flags: .verified,
      receivedAt: 1_700_000_000_000_000 + Int64(number) * 1000,
      providerTime: number % 2 == 0 ? Int64(number) : nil,
      remote: "192.0.2.1",
      method: "POST",
      target: Array("/in/\(number)".utf8),
      headerBlock: Array("Content-Type: text/plain\r\nX-Number: \(number)\r\n".utf8),
      eventID: Array("evt_\(number)".utf8),
      eventType: number % 2 == 0 ? Array("sample".utf8) : nil,
      idempotencyKey: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32),
      keys: keys ?? [key(number)],
      bodyDigest: [UInt8](repeating: UInt8(truncatingIfNeeded: number &+ 1), count: 32),
      body: body
    )
  }

  static func key(_ number: Int) -> Key128 {
    Key128(
      high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15,
      low: UInt64(number) &* 0xBF58_476D_1CE4_E5B9
    )
  }
}

/// One thing that is asked of a journal.
enum Step: Sendable {
  case event(number: Int, bytes: Int)
  case state(key: String, value: [UInt8]?)
  case commit
  case idleMark
  /// Closes on purpose and opens again.
  case reopen
}

/// A seeded row of steps.
struct Script: Sendable {
  let steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  init(seed: UInt64, commits: Int, largest: Int = 6000) {
    var random = SeededGenerator(seed: seed)
    var steps: [Step] = []
    var number = Int(seed % 1000) * 1000
    for _ in 0..<commits {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        number += 1
        let size = random.chance(20) ? largest : 300
        steps.append(.event(number: number, bytes: Int.random(in: 8...size, using: &random)))
      }
      if random.chance(40) {
        let key = "consumer/\(Int.random(in: 0..<4, using: &random))"
        let value = random.bytes(Int.random(in: 0...40, using: &random))
        steps.append(.state(key: key, value: random.chance(25) ? nil : value))
      }
      steps.append(.commit)
      if random.chance(40) { steps.append(.idleMark) }
      if random.chance(8) { steps.append(.reopen) }
    }
    self.steps = steps
  }
}

/// What a journal owes: all that it acknowledged, and nothing that was never asked of it.
struct Ledger {
  /// Bodies by sequence.
  private(set) var events: [UInt64: [UInt8]] = [:]
  private(set) var state: [String: [UInt8]] = [:]
  /// Asked for and not acknowledged: may be there after a crash, but only whole.
  private(set) var pending: [(sequence: UInt64, body: [UInt8])] = []
  private(set) var pendingState: [(key: String, value: [UInt8]?)] = []
  /// Sequences at which a commit ended.
  private(set) var boundaries: Set<UInt64> = [0]

  mutating func stage(_ sequence: UInt64, _ body: [UInt8]) { pending.append((sequence, body)) }

  mutating func stage(_ key: String, _ value: [UInt8]?) { pendingState.append((key, value)) }

  mutating func acknowledge() {
    for (sequence, body) in pending { events[sequence] = body }
    boundaries.insert(UInt64(events.count))
    state = stateWithPending
    pending = []
    pendingState = []
  }

  var stateWithPending: [String: [UInt8]] {
    var result = state
    for (key, value) in pendingState { result[key] = value }
    return result
  }

  /// Takes what recovery found for what is owed from now on.
  ///
  /// Returns what is wrong with it.
  mutating func adopt(_ found: [UInt64: [UInt8]], _ foundState: [String: [UInt8]]) -> [String] {
    var problems: [String] = []
    for (sequence, body) in events where found[sequence] != body {
      problems.append("acknowledged event \(sequence) is lost or altered")
    }
    let extra = found.keys.filter { events[$0] == nil }.sorted()
    // A segment that became full commits what was gathered: whole batches, but not all of them.
    let wanted = pending.prefix(extra.count).map { Optional($0.body) }
    let isWhole = extra.isEmpty || extra.map { found[$0] } == wanted
    if !isWhole { problems.append("an event out of order, or one that nobody sent: \(extra)") }
    if found.keys.sorted() != Array(1..<UInt64(found.count + 1)) {
      problems.append("sequences are not dense: \(found.keys.sorted())")
    }
    if foundState != state, foundState != stateWithPending {
      problems.append("the state map is neither the old nor the new one")
    }
    events = found
    state = foundState
    boundaries.insert(UInt64(found.count))
    pending = []
    pendingState = []
    return problems
  }
}

/// Plays a script on a journal until it ends or something fails.
struct Player {
  let options: JournalOptions
  let storage: SimulatedStorage
  var ledger = Ledger()
  var failure: JournalError?

  init(_ options: JournalOptions, _ storage: SimulatedStorage) {
    self.options = options
    self.storage = storage
  }

  mutating func play(_ script: Script) {
    do throws(JournalError) {
      var journal = try open()
      for step in script.steps {
        switch step {
        case .event(let number, let bytes):
          let draft = Sample.draft(number, bytes: bytes)
          ledger.stage(try journal.stage(draft), draft.body)
        case .state(let key, let value):
          ledger.stage(key, value)
          try journal.stageState(key: key, value: value)
        case .commit:
          try journal.commit()
          ledger.acknowledge()
        case .idleMark:
          if journal.needsIdleMark { try journal.commitIdleMark() }
        case .reopen:
          try journal.close()
          ledger.acknowledge()
          journal = try open()
        }
      }
      try journal.close()
      ledger.acknowledge()
    } catch {
      failure = error
    }
  }

  private func open() throws(JournalError) -> Journal {
    try Journal.open(options, storage: storage)
  }
}
