/// A replay of many events: which ones, how far it has come, and what became of them (failure 47).
///
/// It goes through the journal from its first sequence to the last that existed when it was asked
/// for, and hands each event that matches to the lanes as a delivery of its own. Position and
/// deliveries are made durable together, so that a restart goes on where it was; a delivery that
/// fails waits for its retries like any other, and the replay goes on without it.
///
///     0         1       2          3   4            12     20      28     36      44      52
///     | version | phase | identity | 0 | made (us)  | next | first | last | total | asked | →
///     52          60     68        76     84     92
///     | delivered | dead | skipped | from | to   | destination (counted text) | sources, types |
///
/// `from` and `to` are Int64.min without a bound. Little-endian; lists are counted in 16 bits.
package struct ReplayJob: Equatable, Sendable {
  package enum Phase: UInt8, Sendable {
    /// Counts what matches, before anything is delivered.
    case counting = 1
    case running = 2
    case done = 3

    package var word: String { "\(self)" }
  }

  /// Which events.
  package struct Filter: Equatable, Sendable {
    package var sources: [String] = []
    package var types: [String] = []
    /// Received at or after, and before; microseconds since 1970.
    package var from: Int64?
    package var to: Int64?
    /// Nil: every destination that the event's source names now.
    package var destination: String?

    package init() {}

    package func matches(_ event: RoutedEvent) -> Bool {
      if !sources.isEmpty, !sources.contains(event.source) { return false }
      if let from, event.receivedAt < from { return false }
      if let to, event.receivedAt >= to { return false }
      return DeliveryFilter(types: types).matches(type: event.type)
    }
  }

  package let id: UInt64
  package let filter: Filter
  package let identity: ReplayIdentity
  /// Microseconds since 1970.
  package let madeAt: Int64
  package internal(set) var phase: Phase
  /// The sequence that is looked at next.
  package internal(set) var next: UInt64
  package let first: UInt64
  package let last: UInt64
  /// Events that match, once they are counted.
  package internal(set) var total: UInt64 = 0
  /// Deliveries that were handed to lanes.
  package internal(set) var asked: UInt64 = 0
  package internal(set) var delivered: UInt64 = 0
  package internal(set) var dead: UInt64 = 0
  /// Events that match and have no destination now, or no body any more.
  package internal(set) var skipped: UInt64 = 0
  /// Handed out and not tried yet; not stored: counted anew at a start.
  package internal(set) var untried = 0
  /// Handed out and neither delivered nor dead; likewise.
  package internal(set) var unsettled = 0

  package init(
    id: UInt64,
    filter: Filter,
    identity: ReplayIdentity,
    madeAt: Int64,
    sequences: ClosedRange<UInt64>
  ) {
    precondition(id != 0, "0 stands for the event itself")
    self.id = id
    self.filter = filter
    self.identity = identity
    self.madeAt = madeAt
    first = sequences.lowerBound
    last = sequences.upperBound
    next = first
    phase = .counting
  }

  /// Deliveries of one replay that wait for their first attempt: live events come first.
  package static let untriedMax = 64
  /// Events that one replay hands out per second.
  package static let eventsPerSecondMax = 200
  /// Replays that are remembered, the finished ones included.
  package static let jobsMax = 100

  // MARK: Counting

  /// Takes a page that was looked at up to `through`; `matches` events of it match.
  package mutating func count(_ matches: Int, through: UInt64) {
    precondition(phase == .counting, "counted once")
    total += UInt64(matches)
    next = through + 1
    guard next > last else { return }
    next = first
    phase = .running
  }

  // MARK: Running

  package var wantsMore: Bool { phase == .running && next <= last && untried < Self.untriedMax }

  /// One event was handed to as many lanes, or to none.
  package mutating func hand(_ event: UInt64, deliveries: Int) {
    asked += UInt64(deliveries)
    untried += deliveries
    unsettled += deliveries
    if deliveries == 0 { skipped += 1 }
    next = event + 1
  }

  /// Everything up to `through` was looked at.
  package mutating func pass(through: UInt64) {
    next = max(next, through + 1)
    finishIfDone()
  }

  /// The first attempt of a delivery failed: it waits like any other.
  package mutating func tried() { untried = max(0, untried - 1) }

  /// A delivery is settled; `wasTried` when an attempt of it had failed before.
  package mutating func settle(isDelivered: Bool, wasTried: Bool) {
    if !wasTried { tried() }
    unsettled = max(0, unsettled - 1)
    if isDelivered { delivered += 1 } else { dead += 1 }
    finishIfDone()
  }

  /// What a start found among the held deliveries.
  package mutating func restore(untried: Int, unsettled: Int) {
    self.untried = untried
    self.unsettled = unsettled
    finishIfDone()
  }

  private mutating func finishIfDone() {
    if phase == .running, next > last, unsettled == 0 { phase = .done }
  }
}

// MARK: Bytes

extension ReplayJob {
  private static let version: UInt8 = 1

  package func encode() -> [UInt8] {
    var writer = StateWriter()
    writer.integer(Self.version)
    writer.integer(phase.rawValue)
    writer.integer(identity.rawValue)
    writer.integer(UInt8(0))
    writer.integer(madeAt)
    for number in [next, first, last, total, asked, delivered, dead, skipped] {
      writer.integer(number)
    }
    writer.integer(filter.from ?? .min)
    writer.integer(filter.to ?? .min)
    writer.text(filter.destination ?? "")
    for list in [filter.sources, filter.types] {
      writer.integer(UInt16(clamping: list.count))
      for text in list.prefix(Int(UInt16.max)) { writer.text(text) }
    }
    return writer.bytes
  }

  /// Nil for bytes that no version wrote.
  package init?(decoding bytes: [UInt8], id: UInt64) {
    var reader = StateReader(bytes)
    guard id != 0, reader.integer(UInt8.self) == Self.version,
      let phase = reader.integer(UInt8.self).flatMap(Phase.init(rawValue:)),
      let identity = reader.integer(UInt8.self).flatMap(ReplayIdentity.init(rawValue:)),
      reader.integer(UInt8.self) == 0, let madeAt = reader.integer(Int64.self),
      let numbers = Self.numbers(&reader), let filter = Filter(from: &reader), reader.isAtEnd,
      numbers[1] <= numbers[2], numbers[1] <= numbers[0], numbers[0] - 1 <= numbers[2]
    else { return nil }
    self.id = id
    self.filter = filter
    self.identity = identity
    self.madeAt = madeAt
    self.phase = phase
    next = numbers[0]
    first = numbers[1]
    last = numbers[2]
    total = numbers[3]
    asked = numbers[4]
    delivered = numbers[5]
    dead = numbers[6]
    skipped = numbers[7]
  }

  private static func numbers(_ reader: inout StateReader) -> [UInt64]? {
    var numbers: [UInt64] = []
    for _ in 0..<8 {
      guard let number = reader.integer(UInt64.self), number < UInt64.max else { return nil }
      numbers.append(number)
    }
    return numbers[0] > 0 ? numbers : nil
  }

  /// What makes this job the stored one; nil in place of a job removes it.
  package static func change(_ id: UInt64, to job: ReplayJob?) -> StateChange {
    StateChange(key: RelayKey.replay(id), value: job?.encode())
  }
}

extension ReplayJob.Filter {
  fileprivate init?(from reader: inout StateReader) {
    guard let from = reader.integer(Int64.self), let to = reader.integer(Int64.self),
      let destination = reader.text(), let sources = Self.texts(&reader),
      let types = Self.texts(&reader)
    else { return nil }
    self.from = from == .min ? nil : from
    self.to = to == .min ? nil : to
    self.destination = destination.isEmpty ? nil : destination
    self.sources = sources
    self.types = types
  }

  private static func texts(_ reader: inout StateReader) -> [String]? {
    guard let count = reader.integer(UInt16.self) else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let text = reader.text() else { return nil }
      texts.append(text)
    }
    return texts
  }
}
