/// What an event's record is made of, where it lies: nothing is copied but into the record.
package struct EventParts: ~Escapable {
  package let source: Span<UInt8>
  package let origin: Origin
  package let flags: EventFlags
  /// Microseconds since 1970 by the wall clock, as it was.
  package let receivedAt: Int64
  package let providerTime: Int64?
  package let remote: Span<UInt8>
  package let method: Span<UInt8>
  package let target: Span<UInt8>
  /// `Name: value` lines with CR LF, in received order and case.
  package let headerBlock: Span<UInt8>
  package let eventID: Span<UInt8>?
  package let eventType: Span<UInt8>?
  /// 32 bytes.
  package let idempotencyKey: Span<UInt8>
  /// The first is the identity; at most `EventDraft.keysMax`.
  package let keys: [Key128]
  /// SHA-256 of the body.
  package let bodyDigest: Span<UInt8>
  package let body: Span<UInt8>

  @_lifetime(
    copy source,
    copy remote,
    copy method,
    copy target,
    copy headerBlock,
    copy eventID,
    copy eventType,
    copy idempotencyKey,
    copy bodyDigest,
    copy body
  )
  package init(
    source: Span<UInt8>,
    origin: Origin,
    flags: EventFlags,
    receivedAt: Int64,
    providerTime: Int64?,
    remote: Span<UInt8>,
    method: Span<UInt8>,
    target: Span<UInt8>,
    headerBlock: Span<UInt8>,
    eventID: Span<UInt8>?,
    eventType: Span<UInt8>?,
    idempotencyKey: Span<UInt8>,
    keys: [Key128],
    bodyDigest: Span<UInt8>,
    body: Span<UInt8>
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
