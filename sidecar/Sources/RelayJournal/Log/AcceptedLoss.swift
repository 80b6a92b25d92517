/// A range of events that the journal goes on without: an entry of the state map, durable before
/// anything is written behind the damage (journal §6.8, LOSS).
///
/// The key is the place of the damage. The value, little-endian:
///
///     0                8               16            24
///     | first sequence | last sequence | accepted at | reason, UTF-8
///
/// The last sequence is 0 where it is not known, both are where no event is concerned; the time is
/// in microseconds since 1970.
package struct AcceptedLoss: Equatable, Sendable {
  package let segment: String
  /// Byte position in the segment.
  package let offset: Int64
  package let from: UInt64
  package let through: UInt64
  package let acceptedAt: Int64
  package let reason: String

  static let prefix = "journal/loss/"
  /// Ranges that are remembered: a disk that dies leaves thousands, and the state stays small.
  ///
  /// Those beyond it are gaps for readers like the others, and are found again by each start.
  static let countMax = 4096

  init(_ problem: LogProblem, acceptedAt: Int64) {
    segment = problem.segment
    offset = problem.offset
    from = problem.sequence ?? 0
    through = problem.through ?? 0
    self.acceptedAt = acceptedAt
    reason = problem.reason
  }

  init?(key: String, value: [UInt8]) {
    guard key.hasPrefix(Self.prefix), value.count >= 24,
      let at = key.lastIndex(of: "@"), let offset = Int64(key[key.index(after: at)...])
    else { return nil }
    segment = String(key[key.index(key.startIndex, offsetBy: Self.prefix.count)..<at])
    self.offset = offset
    from = value.load(at: 0)
    through = value.load(at: 8)
    acceptedAt = value.load(at: 16)
    reason = String(decoding: value[24...], as: UTF8.self)
  }

  /// False where the damage lies between the events.
  package var concernsEvents: Bool { max(from, through) > 0 }

  /// The last event that it is to be remembered for.
  fileprivate var lastSequence: UInt64 {
    // Where no event is named, it lasts as long as its segment.
    concernsEvents ? max(from, through) : SegmentName.parse(segment)?.baseOffset ?? 0
  }

  var key: String { "\(Self.prefix)\(segment)@\(offset)" }

  var value: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 24)
    bytes.store(from, at: 0)
    bytes.store(through, at: 8)
    bytes.store(acceptedAt, at: 16)
    return bytes + Array(reason.utf8)
  }
}

/// What is known to be lost, by its place.
package struct AcceptedLosses: Sendable {
  private var byKey: [String: AcceptedLoss] = [:]

  package init() {}

  init(_ state: [String: [UInt8]]) {
    for (key, value) in state {
      if let loss = AcceptedLoss(key: key, value: value) { byKey[key] = loss }
    }
  }

  /// Oldest events first.
  package var all: [AcceptedLoss] {
    byKey.values.sorted { ($0.from, $0.segment, $0.offset) < ($1.from, $1.segment, $1.offset) }
  }

  var count: Int { byKey.count }

  /// Whether this very damage was accepted: at the same place, and no larger than it was.
  func covers(_ problem: LogProblem) -> Bool {
    guard let known = byKey[AcceptedLoss(problem, acceptedAt: 0).key] else { return false }
    return known.from == problem.sequence ?? 0 && known.through == problem.through ?? 0
  }

  mutating func add(_ loss: AcceptedLoss) { byKey[loss.key] = loss }

  /// Forgets what lies before the first sequence that is kept; returns the keys.
  mutating func forget(before first: UInt64) -> [String] {
    let gone = byKey.filter { $0.value.lastSequence < first }.map(\.key)
    for key in gone { byKey[key] = nil }
    return gone
  }
}
