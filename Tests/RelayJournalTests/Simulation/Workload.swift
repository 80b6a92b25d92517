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
  /// Removes all but so many of the segments that could be removed.
  case retire(keeping: Int)
  /// Closes on purpose and opens again.
  case reopen
}

/// A seeded row of steps.
struct Script: Sendable {
  let steps: [Step]

  init(_ steps: [Step]) { self.steps = steps }

  init(seed: UInt64, commits: Int, largest: Int = 6000, retires: Bool = false) {
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
      if retires, random.chance(30) {
        steps.append(.retire(keeping: Int.random(in: 0...2, using: &random)))
      }
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
  /// The first event that is owed; before it everything was removed on purpose.
  private(set) var first: UInt64 = 1
  /// Asked for and not acknowledged: the log may begin here, or where it did.
  private(set) var pendingFirst: UInt64?
  /// Sequences at which a commit ended.
  private(set) var boundaries: Set<UInt64> = [0]

  mutating func stage(_ sequence: UInt64, _ body: [UInt8]) { pending.append((sequence, body)) }

  mutating func stage(_ key: String, _ value: [UInt8]?) { pendingState.append((key, value)) }

  mutating func retire(before sequence: UInt64) { pendingFirst = sequence }

  /// The last event that is owed.
  var last: UInt64 { events.keys.max() ?? first - 1 }

  mutating func acknowledge() {
    for (sequence, body) in pending { events[sequence] = body }
    if let pendingFirst { begin(at: pendingFirst) }
    boundaries.insert(last)
    state = stateWithPending
    pending = []
    pendingState = []
  }

  var stateWithPending: [String: [UInt8]] {
    var result = state
    for (key, value) in pendingState { result[key] = value }
    return result
  }

  private mutating func begin(at sequence: UInt64) {
    first = sequence
    pendingFirst = nil
    events = events.filter { $0.key >= sequence }
  }

  /// Takes what recovery found for what is owed from now on.
  ///
  /// Returns what is wrong with it.
  mutating func adopt(_ survey: Survey) -> [String] {
    let (found, foundState) = (survey.bodies, survey.ownState)
    var problems: [String] = []
    if survey.first != first, survey.first != pendingFirst {
      problems.append("the log begins at \(survey.first)")
    }
    begin(at: survey.first)
    for (sequence, body) in events where found[sequence] != body {
      problems.append("acknowledged event \(sequence) is lost or altered")
    }
    let extra = found.keys.filter { events[$0] == nil }.sorted()
    // A segment that became full commits what was gathered: whole batches, but not all of them.
    let wanted = pending.prefix(extra.count).map { Optional($0.body) }
    let isWhole = extra.isEmpty || extra.map { found[$0] } == wanted
    if !isWhole { problems.append("an event out of order, or one that nobody sent: \(extra)") }
    if found.keys.sorted() != Array(first..<first + UInt64(found.count)) {
      problems.append("sequences are not dense: \(found.keys.sorted())")
    }
    if foundState != state, foundState != stateWithPending {
      problems.append("the state map is neither the old nor the new one")
    }
    events = found
    state = foundState
    boundaries.insert(last)
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
        case .retire(let keeping):
          let count = journal.sealedSegments.count - keeping
          guard count > 0 else { continue }
          // What was staged is committed with it.
          ledger.retire(before: journal.sealedSegments[count - 1].lastSequence + 1)
          try journal.retire(count)
          ledger.acknowledge()
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
