/// An event on its way into the journal.
package struct EventDraft: Sendable {
  /// Three of a delivery itself, and one of each event that it holds: no more than 1000 are told
  /// apart.
  package static let keysMax = 1003

  package var source: String
  package var origin: Origin
  package var flags: EventFlags
  /// Microseconds since 1970 by the wall clock, as it was.
  package var receivedAt: Int64
  package var providerTime: Int64?
  package var remote: String
  package var method: String
  package var target: [UInt8]
  /// `Name: value` lines with CR LF, in received order and case.
  package var headerBlock: [UInt8]
  package var eventID: [UInt8]?
  package var eventType: [UInt8]?
  /// 32 bytes.
  package var idempotencyKey: [UInt8]
  /// The first is the identity; at most `keysMax`.
  package var keys: [Key128]
  /// SHA-256 of the body.
  package var bodyDigest: [UInt8]
  package var body: [UInt8]

  package init(
    source: String,
    origin: Origin,
    flags: EventFlags,
    receivedAt: Int64,
    providerTime: Int64?,
    remote: String,
    method: String,
    target: [UInt8],
    headerBlock: [UInt8],
    eventID: [UInt8]?,
    eventType: [UInt8]?,
    idempotencyKey: [UInt8],
    keys: [Key128],
    bodyDigest: [UInt8],
    body: [UInt8]
  ) {
    self.source = source
    self.origin = origin
    self.flags = flags
    self.receivedAt = receivedAt
    self.providerTime = providerTime
    self.remote = remote
    self.method = method
    self.target = target
    self.headerBlock = headerBlock
    self.eventID = eventID
    self.eventType = eventType
    self.idempotencyKey = idempotencyKey
    self.keys = keys
    self.bodyDigest = bodyDigest
    self.body = body
  }
}
