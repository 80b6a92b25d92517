/// Why an attempt brought no answer; a fixed set, safe as a label of metrics.
package enum NoAnswer: UInt8, CaseIterable, Sendable {
  case nameUnknown = 1
  case refused = 2
  case unreachable = 3
  case tls = 4
  case timeout = 5
  /// The connection ended before the answer did.
  case closed = 6
  /// What came was no HTTP answer.
  case malformed = 7
  /// The answer is larger than any answer to a webhook.
  case tooLarge = 8
  /// Too many connections or descriptors on our side.
  case unavailable = 9
  /// The sidecar ended meanwhile.
  case interrupted = 10

  package var word: String {
    switch self {
    case .nameUnknown: "name_unknown"
    case .refused: "connection_refused"
    case .unreachable: "unreachable"
    case .tls: "tls_failed"
    case .timeout: "timeout"
    case .closed: "connection_closed"
    case .malformed: "malformed_answer"
    case .tooLarge: "answer_too_large"
    case .unavailable: "no_connection_left"
    case .interrupted: "interrupted"
    }
  }
}

/// What became of one attempt.
package enum AttemptResult: Hashable, Sendable {
  /// The whole answer came; `retryAfter` as the service asked.
  case answer(status: Int, retryAfter: Duration? = nil)
  case noAnswer(NoAnswer)
}

/// One attempt, as it is remembered: 24 bytes, little-endian.
///
///     0              8              12       14        15     16         20       24
///     | wall (us)    | took (ms)    | status | failure | 0    | number   | 0      |
///
/// Nothing of an answer but its status: a body may repeat a secret.
package struct AttemptRecord: Equatable, Sendable {
  /// Counted from 1, and again from 1 after a replay.
  package let number: UInt32
  /// When it began, by the wall clock: for people.
  package let wallMicroseconds: Int64
  package let milliseconds: UInt32
  /// 0 without an answer.
  package let status: UInt16
  package let failure: NoAnswer?

  package init(
    number: Int,
    wallMicroseconds: Int64,
    took: Duration,
    result: AttemptResult
  ) {
    self.number = UInt32(clamping: number)
    self.wallMicroseconds = wallMicroseconds
    milliseconds = UInt32(clamping: took.wholeMilliseconds)
    switch result {
    case .answer(let status, _):
      self.status = UInt16(clamping: status)
      failure = nil
    case .noAnswer(let reason):
      status = 0
      failure = reason
    }
  }

  /// As many as are kept of one delivery (journal §11.4).
  package static let keptMax = 20

  func encode(to writer: inout StateWriter) {
    writer.integer(wallMicroseconds)
    writer.integer(milliseconds)
    writer.integer(status)
    writer.integer(failure?.rawValue ?? 0)
    writer.integer(UInt8(0))
    writer.integer(number)
    writer.integer(UInt32(0))
  }

  init?(from reader: inout StateReader) {
    guard let wall = reader.integer(Int64.self), let took = reader.integer(UInt32.self),
      let status = reader.integer(UInt16.self), let failure = reader.integer(UInt8.self),
      reader.integer(UInt8.self) == 0, let number = reader.integer(UInt32.self),
      reader.integer(UInt32.self) == 0
    else { return nil }
    guard failure == 0 || NoAnswer(rawValue: failure) != nil else { return nil }
    wallMicroseconds = wall
    milliseconds = took
    self.status = status
    self.failure = NoAnswer(rawValue: failure)
    self.number = number
  }

  static func encode(_ attempts: [AttemptRecord], to writer: inout StateWriter) {
    let kept = attempts.suffix(keptMax)
    writer.integer(UInt8(kept.count))
    for attempt in kept { attempt.encode(to: &writer) }
  }

  static func decodeAll(from reader: inout StateReader) -> [AttemptRecord]? {
    guard let count = reader.integer(UInt8.self), Int(count) <= keptMax else { return nil }
    var attempts: [AttemptRecord] = []
    for _ in 0..<count {
      guard let attempt = AttemptRecord(from: &reader) else { return nil }
      attempts.append(attempt)
    }
    return attempts
  }
}
