internal import RelaySystem

/// An event as the journal stores it, made by whoever took it in.
///
/// The journal's thread, for which everybody waits, copies it and adds what only it knows: where
/// the record stands, and the checksum over all.
package struct EventRecord: Sendable {
  package private(set) var bytes: [UInt8]
  private var header: RecordHeader
  package let origin: Origin
  package let keys: [Key128]
  package let receivedAt: Int64

  /// `memory` is written over: what another record lay in, or nothing.
  package init(_ parts: borrowing EventParts, in memory: consuming [UInt8] = []) {
    let (meta, total) = EventCodec.bytes(parts)
    var bytes = memory
    bytes.removeAll(keepingCapacity: true)
    bytes.appendZeros(total)
    var record = bytes.mutableSpan
    header = EventCodec.encode(parts, meta: meta, into: &record)
    self.bytes = bytes
    origin = parts.origin
    keys = parts.keys
    receivedAt = parts.receivedAt
  }

  var metaBytes: Int { Int(header.metaBytes) }

  /// Says more of the event than was known when the record was made.
  package mutating func insert(_ flag: EventFlags) {
    var flagged = header
    flagged.flags |= flag.rawValue
    var record = bytes.mutableSpan
    flagged.write(into: &record)
    header = flagged
  }

  /// Gives the event another key to be told apart by, of as many bytes.
  package mutating func setIdempotencyKey(_ key: [UInt8]) {
    guard let range = EventCodec.range(of: .idempotencyKey, bytes, at: 0, header),
      range.count == key.count
    else { preconditionFailure("every record has a key, and all are of one length") }
    bytes.replaceSubrange(range, with: key)
  }

  /// The event without its body and sequence; for the few of which something has to be said.
  package var decoded: StoredEvent { EventCodec.decode(bytes, at: 0, header) }

  /// SHA-256 of the body.
  package var bodyDigest: [UInt8] {
    EventCodec.range(of: .bodyDigest, bytes, at: 0, header).map { Array(bytes[$0]) } ?? []
  }

  /// Gives up the record for the memory that it lies in.
  package consuming func takeMemory() -> [UInt8] { bytes }
}

extension EventRecord {
  /// For events that do not come by the thousand.
  package init(_ draft: borrowing EventDraft, in memory: consuming [UInt8] = []) {
    self.init(
      EventParts(
        source: draft.source.utf8.span,
        origin: draft.origin,
        flags: draft.flags,
        receivedAt: draft.receivedAt,
        providerTime: draft.providerTime,
        remote: draft.remote.utf8.span,
        method: draft.method.utf8.span,
        target: draft.target.span,
        headerBlock: draft.headerBlock.span,
        eventID: draft.eventID?.span,
        eventType: draft.eventType?.span,
        idempotencyKey: draft.idempotencyKey.span,
        keys: draft.keys,
        bodyDigest: draft.bodyDigest.span,
        body: draft.body.span
      ),
      in: memory
    )
  }
}
