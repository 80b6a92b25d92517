/// Why a delivery was given up; a fixed set, safe as a label of metrics.
package enum DeathReason: UInt8, CaseIterable, Sendable {
  /// The service answered that it will never take it.
  case refused = 1
  /// The horizon of the retries lies behind.
  case exhausted = 2
  /// Its destination left the configuration, which says to keep its backlog here.
  case destinationRemoved = 3
  /// The event cannot be read any more: damaged, or removed by retention.
  case eventLost = 4
  /// The event cannot be made a request: a header that no field may carry, for instance.
  case unsendable = 5
  /// What was noted about it cannot be read any more.
  case recordDamaged = 6
  /// Its body was erased while the delivery was on its way.
  case bodyErased = 7

  package var word: String {
    switch self {
    case .refused: "refused"
    case .exhausted: "retries_exhausted"
    case .destinationRemoved: "destination_removed"
    case .eventLost: "event_lost"
    case .unsendable: "unsendable"
    case .recordDamaged: "record_damaged"
    case .bodyErased: "body_erased"
    }
  }
}

/// A delivery that was given up, kept until somebody replays or deletes it.
///
///     0         1        2      4            8               16              24
///     | version | reason | 0    | attempts   | replay        | received (us) | died (us)  →
///     32           36      37
///     | size       | count | attempt records (24 bytes each) …
///
/// Little-endian.
package struct DeadLetter: Equatable, Sendable {
  package let reason: DeathReason
  package let attemptCount: Int
  /// The replay whose delivery this was; 0: the event's own.
  package let replay: UInt64
  /// Microseconds since 1970.
  package let receivedAt: Int64
  package let diedAt: Int64
  package let bodyBytes: UInt32
  package let attempts: [AttemptRecord]

  package init(_ held: HeldDelivery, replay: UInt64, reason: DeathReason, diedAt: Int64) {
    self.reason = reason
    attemptCount = held.attemptCount
    self.replay = replay
    receivedAt = held.receivedAt
    self.diedAt = diedAt
    bodyBytes = held.bodyBytes
    attempts = held.attempts
  }

  private static let version: UInt8 = 1

  package func encode() -> [UInt8] {
    var writer = StateWriter()
    writer.integer(Self.version)
    writer.integer(reason.rawValue)
    writer.integer(UInt16(0))
    writer.integer(UInt32(clamping: attemptCount))
    writer.integer(replay)
    writer.integer(receivedAt)
    writer.integer(diedAt)
    writer.integer(bodyBytes)
    AttemptRecord.encode(attempts, to: &writer)
    return writer.bytes
  }

  /// Nil for bytes that no version wrote.
  package init?(decoding bytes: [UInt8]) {
    var reader = StateReader(bytes)
    guard reader.integer(UInt8.self) == Self.version,
      let reason = reader.integer(UInt8.self).flatMap(DeathReason.init(rawValue:)),
      reader.integer(UInt16.self) == 0,
      let count = reader.integer(UInt32.self), let replay = reader.integer(UInt64.self),
      let received = reader.integer(Int64.self), let died = reader.integer(Int64.self),
      let size = reader.integer(UInt32.self),
      let attempts = AttemptRecord.decodeAll(from: &reader), reader.isAtEnd
    else { return nil }
    self.reason = reason
    attemptCount = Int(count)
    self.replay = replay
    receivedAt = received
    diedAt = died
    bodyBytes = size
    self.attempts = attempts
  }
}
