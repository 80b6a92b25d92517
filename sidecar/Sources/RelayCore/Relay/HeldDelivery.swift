/// Names one delivery of a destination.
package struct DeliveryID: Hashable, Sendable, Comparable {
  package let sequence: UInt64
  /// The replay that asked for it; 0: the event itself did.
  package let replay: UInt64

  package init(_ sequence: UInt64, replay: UInt64 = 0) {
    self.sequence = sequence
    self.replay = replay
  }

  package static func < (left: Self, right: Self) -> Bool {
    (left.sequence, left.replay) < (right.sequence, right.replay)
  }
}

/// Which Idempotency-Key a replay carries.
package enum ReplayIdentity: UInt8, Sendable {
  /// The event's: a service that deduplicates ignores it.
  case same = 0
  /// One of its own, the same on each attempt.
  case new = 1

  package var word: String { self == .same ? "same" : "new" }
}

/// A delivery that is not settled while the frontier of its lane may pass it.
///
///     0         1          2      4            8               16           24
///     | version | identity | 0    | attempts   | order key     | first (ns) | next (ns)  →
///     32              40           44       45
///     | received (us) | size       | count  | attempt records (24 bytes each) …
///
/// `first` is -1 before the first attempt. Little-endian; times of the journal's elapsed clock,
/// but for `received`.
package struct HeldDelivery: Equatable, Sendable {
  package var identity: ReplayIdentity
  /// How many attempts have failed, those that are no longer kept included.
  package var attemptCount: Int
  /// What it must not overtake; 0: nothing.
  package var orderKey: UInt64
  /// When its first attempt began.
  package var firstAttempt: Duration?
  /// Not tried before.
  package var next: Duration
  /// Microseconds since 1970.
  package var receivedAt: Int64
  package var bodyBytes: UInt32
  package var attempts: [AttemptRecord]

  package init(
    orderKey: UInt64,
    receivedAt: Int64,
    bodyBytes: UInt32,
    identity: ReplayIdentity = .same,
    next: Duration = .zero
  ) {
    self.identity = identity
    attemptCount = 0
    self.orderKey = orderKey
    firstAttempt = nil
    self.next = next
    self.receivedAt = receivedAt
    self.bodyBytes = bodyBytes
    attempts = []
  }

  mutating func append(_ attempt: AttemptRecord) {
    if attempts.count >= AttemptRecord.keptMax { attempts.removeFirst() }
    attempts.append(attempt)
  }

  private static let version: UInt8 = 1

  package func encode() -> [UInt8] {
    var writer = StateWriter()
    writer.integer(Self.version)
    writer.integer(identity.rawValue)
    writer.integer(UInt16(0))
    writer.integer(UInt32(clamping: attemptCount))
    writer.integer(orderKey)
    if let firstAttempt { writer.elapsed(firstAttempt) } else { writer.integer(Int64(-1)) }
    writer.elapsed(next)
    writer.integer(receivedAt)
    writer.integer(bodyBytes)
    AttemptRecord.encode(attempts, to: &writer)
    return writer.bytes
  }

  /// Nil for bytes that no version wrote.
  package init?(decoding bytes: [UInt8]) {
    var reader = StateReader(bytes)
    guard reader.integer(UInt8.self) == Self.version,
      let identity = reader.integer(UInt8.self).flatMap(ReplayIdentity.init(rawValue:)),
      reader.integer(UInt16.self) == 0,
      let count = reader.integer(UInt32.self), let key = reader.integer(UInt64.self),
      let first = reader.integer(Int64.self), first >= -1, let next = reader.elapsed(),
      let received = reader.integer(Int64.self), let size = reader.integer(UInt32.self),
      let attempts = AttemptRecord.decodeAll(from: &reader), reader.isAtEnd
    else { return nil }
    self.identity = identity
    attemptCount = Int(count)
    orderKey = key
    firstAttempt = first < 0 ? nil : .nanoseconds(first)
    self.next = next
    receivedAt = received
    bodyBytes = size
    self.attempts = attempts
  }
}
