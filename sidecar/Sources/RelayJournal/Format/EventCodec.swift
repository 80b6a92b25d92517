internal import RelaySystem

/// An event's record: header, meta as tag-length-value, body.
///
///     meta entry:  0     1   2    4        8
///                  | tag | 0 | 0  | length | value …
///
/// Integers are little-endian. A reader skips tags that it does not know.
enum EventCodec {
  enum Tag: UInt8 {
    case source = 1
    case method = 2
    case target = 3
    case remote = 5
    case headerBlock = 6
    case eventID = 7
    case eventType = 8
    case providerTime = 9
    case idempotencyKey = 10
    /// 16 bytes each: all keys when there are several.
    case keys = 11
    case bodyDigest = 12
    case wallClock = 14
    case origin = 15
  }

  private static let entryBytes = 8

  /// How many bytes the record of `draft` takes.
  static func bytes(_ draft: borrowing EventDraft) -> (meta: Int, total: Int) {
    var meta = 0
    for count in [
      draft.source.utf8.count, draft.method.utf8.count, draft.target.count,
      draft.remote.utf8.count, draft.headerBlock.count, draft.idempotencyKey.count,
      draft.bodyDigest.count, 8, 1,
    ] { meta += entryBytes + count }
    if let id = draft.eventID { meta += entryBytes + id.count }
    if let type = draft.eventType { meta += entryBytes + type.count }
    if draft.providerTime != nil { meta += entryBytes + 8 }
    if draft.keys.count > 1 { meta += entryBytes + draft.keys.count * 16 }
    return (meta, RecordHeader.totalBytes(meta: meta, body: draft.body.count))
  }

  /// Appends the record to a batch.
  static func append(
    _ draft: borrowing EventDraft,
    to batch: inout [UInt8],
    offset: UInt64,
    receivedMicroseconds: Int64
  ) {
    let start = batch.count
    let (meta, total) = bytes(draft)
    batch.appendZeros(Layout.recordHeaderBytes)
    entry(.source, draft.source.utf8, to: &batch)
    entry(.method, draft.method.utf8, to: &batch)
    entry(.target, draft.target, to: &batch)
    entry(.remote, draft.remote.utf8, to: &batch)
    entry(.headerBlock, draft.headerBlock, to: &batch)
    entry(.idempotencyKey, draft.idempotencyKey, to: &batch)
    entry(.bodyDigest, draft.bodyDigest, to: &batch)
    integer(.wallClock, draft.receivedAt, to: &batch)
    entry(.origin, CollectionOfOne(draft.origin.rawValue), to: &batch)
    if let id = draft.eventID { entry(.eventID, id, to: &batch) }
    if let type = draft.eventType { entry(.eventType, type, to: &batch) }
    if let time = draft.providerTime { integer(.providerTime, time, to: &batch) }
    if draft.keys.count > 1 { keys(draft.keys, to: &batch) }
    batch.append(contentsOf: draft.body)
    batch.appendZeros(start + total - batch.count)
    let source = Array(draft.source.utf8)
    RecordHeader(
      totalBytes: UInt32(total),
      offset: offset,
      receivedMicroseconds: receivedMicroseconds,
      key: draft.keys.first ?? .none,
      bodyBytes: UInt32(draft.body.count),
      metaBytes: UInt32(meta),
      sourceID: crc32c(source.span),
      kind: .event,
      flags: draft.flags.rawValue
    ).encode(into: &batch, at: start)
  }

  private static func head(_ tag: Tag, _ count: Int, to batch: inout [UInt8]) {
    batch.appendInteger(UInt32(tag.rawValue))
    batch.appendInteger(UInt32(count))
  }

  private static func entry(
    _ tag: Tag,
    _ value: some Collection<UInt8>,
    to batch: inout [UInt8]
  ) {
    head(tag, value.count, to: &batch)
    batch.append(contentsOf: value)
  }

  private static func integer(_ tag: Tag, _ value: Int64, to batch: inout [UInt8]) {
    head(tag, 8, to: &batch)
    batch.appendInteger(value)
  }

  private static func keys(_ keys: [Key128], to batch: inout [UInt8]) {
    head(.keys, keys.count * 16, to: &batch)
    for key in keys {
      batch.appendInteger(key.high)
      batch.appendInteger(key.low)
    }
  }

  // MARK: Reading

  /// Reads a record whose header and checksum were accepted, without its body.
  static func decode(_ bytes: [UInt8], at start: Int, _ header: RecordHeader) -> StoredEvent {
    var event = StoredEvent(
      sequence: header.offset,
      flags: EventFlags(rawValue: header.flags),
      receivedAt: header.receivedMicroseconds,
      bodySize: Int(header.bodyBytes)
    )
    entries(bytes, at: start, header) { tag, range in apply(tag, bytes, range, &event) }
    if event.keys.isEmpty, header.key != .none { event.keys = [header.key] }
    return event
  }

  static func body(_ bytes: [UInt8], at start: Int, _ header: RecordHeader) -> [UInt8] {
    Array(bytes[start + header.bodyRange.lowerBound..<start + header.bodyRange.upperBound])
  }

  /// Returns every key of a record, without decoding the rest.
  static func keys(_ bytes: [UInt8], at start: Int, _ header: RecordHeader) -> [Key128] {
    var keys: [Key128] = []
    entries(bytes, at: start, header) { tag, range in
      if tag == .keys { keys = Self.keys(bytes, range) }
    }
    if keys.isEmpty, header.key != .none { keys = [header.key] }
    return keys
  }

  private static func entries(
    _ bytes: [UInt8],
    at start: Int,
    _ header: RecordHeader,
    _ body: (Tag, Range<Int>) -> Void
  ) {
    var at = start + header.metaRange.lowerBound
    let end = start + header.metaRange.upperBound
    // The checksum was right, so this only fails for a writer's bug: what is left is skipped.
    while at + entryBytes <= end {
      let count = Int(bytes.load(UInt32.self, at: at + 4))
      let value = at + entryBytes..<at + entryBytes + count
      guard value.upperBound <= end else { return }
      if let tag = Tag(rawValue: bytes[at]) { body(tag, value) }
      at = value.upperBound
    }
  }

  private static func apply(
    _ tag: Tag,
    _ bytes: [UInt8],
    _ range: Range<Int>,
    _ event: inout StoredEvent
  ) {
    switch tag {
    case .source: event.source = String(decoding: bytes[range], as: UTF8.self)
    case .method: event.method = String(decoding: bytes[range], as: UTF8.self)
    case .remote: event.remote = String(decoding: bytes[range], as: UTF8.self)
    case .target: event.target = Array(bytes[range])
    case .headerBlock: event.headerBlock = Array(bytes[range])
    case .eventID: event.eventID = Array(bytes[range])
    case .eventType: event.eventType = Array(bytes[range])
    case .idempotencyKey: event.idempotencyKey = Array(bytes[range])
    case .bodyDigest: event.bodyDigest = Array(bytes[range])
    case .providerTime where range.count == 8:
      event.providerTime = bytes.load(Int64.self, at: range.lowerBound)
    case .wallClock where range.count == 8:
      event.receivedAt = bytes.load(Int64.self, at: range.lowerBound)
    case .origin where range.count == 1:
      event.origin = Origin(rawValue: bytes[range.lowerBound]) ?? .push
    case .keys: event.keys = keys(bytes, range)
    case .providerTime, .wallClock, .origin: break
    }
  }

  private static func keys(_ bytes: [UInt8], _ range: Range<Int>) -> [Key128] {
    stride(from: range.lowerBound, to: range.upperBound - 15, by: 16).map { at in
      Key128(high: bytes.load(at: at), low: bytes.load(at: at + 8))
    }
  }
}
