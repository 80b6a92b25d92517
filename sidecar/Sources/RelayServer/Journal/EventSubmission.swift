internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import Synchronization
internal import WebhookReceiver

/// A verified delivery on its way to the journal thread and back.
///
/// An object, so that passing it on costs one count and not a copy of everything in it; and it goes
/// back with the answer, so that the thread that took its memory uses it again.
final class EventSubmission: Sendable {
  /// One thread has it at a time: who made it, the journal's, and who made it; nil when that one
  /// has taken it for its memory.
  private let record: Mutex<EventRecord?>
  let origin: Origin
  let keys: EventKeys
  let runtime: SourceRuntime
  let connection: ConnectionID
  /// The ingress loop that waits for the answer; nil: the API does.
  let loop: Int?
  /// What counts against the bytes in flight.
  let bytes: Int
  /// Since when it waits for the journal, in monotonic nanoseconds; 0 where that is not timed.
  let verifiedAt: Int64

  var policy: AdmissionPolicy { runtime.policy }
  var counters: SourceCounters { runtime.counters }
  var source: String { runtime.source.name }

  init(
    record: EventRecord,
    keys: EventKeys,
    runtime: SourceRuntime,
    connection: ConnectionID,
    loop: Int?,
    bytes: Int,
    verifiedAt: Int64 = 0
  ) {
    self.record = Mutex(record)
    origin = record.origin
    self.keys = keys
    self.runtime = runtime
    self.connection = connection
    self.loop = loop
    self.bytes = bytes
    self.verifiedAt = verifiedAt
  }

  /// SHA-256 of the body.
  var bodyDigest: [UInt8] { withRecord { $0.bodyDigest } }

  func withRecord<R, Failure: Error>(
    _ body: (inout EventRecord) throws(Failure) -> R
  ) throws(Failure) -> R where R: Sendable {
    try record.withLock { record throws(Failure) in
      guard var taken = record.take() else {
        preconditionFailure("nobody asks for a record that was given up")
      }
      defer { record = taken }
      return try body(&taken)
    }
  }

  /// The record, for its memory: nobody asks for it any more.
  func takeRecord() -> EventRecord? { record.withLock { $0.take() } }
}

extension EventRecord {
  /// The idempotency key of the event when it turns out to be a conflict; nil without an id.
  var conflictKey: IdempotencyKey? {
    let event = decoded
    return event.eventID.map {
      IdempotencyKey(
        conflictOf: String(decoding: $0, as: UTF8.self),
        source: event.source,
        bodyDigest: event.bodyDigest
      )
    }
  }
}
