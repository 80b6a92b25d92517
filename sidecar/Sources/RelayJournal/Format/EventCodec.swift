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
    // Nine entries are always there: these seven, the wall clock and the origin.
    meta += 9 * entryBytes + 8 + 1
    meta += draft.source.utf8.count + draft.method.utf8.count + draft.target.count
    meta += draft.remote.utf8.count + draft.headerBlock.count
    meta += draft.idempotencyKey.count + draft.bodyDigest.count
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
    batch.appendZeros(total)
    // One look at the whole record: of an array, each append would be a look of its own.
    var bytes = batch.mutableSpan
    var record = bytes._mutatingExtracting(start..<start + total)
    var at = Layout.recordHeaderBytes
    entry(.source, draft.source.utf8.span, &record, &at)
    entry(.method, draft.method.utf8.span, &record, &at)
    entry(.target, draft.target.span, &record, &at)
    entry(.remote, draft.remote.utf8.span, &record, &at)
    entry(.headerBlock, draft.headerBlock.span, &record, &at)
    entry(.idempotencyKey, draft.idempotencyKey.span, &record, &at)
    entry(.bodyDigest, draft.bodyDigest.span, &record, &at)
    integer(.wallClock, draft.receivedAt, &record, &at)
    entry(.origin, CollectionOfOne(draft.origin.rawValue).span, &record, &at)
    if let id = draft.eventID { entry(.eventID, id.span, &record, &at) }
    if let type = draft.eventType { entry(.eventType, type.span, &record, &at) }
    if let time = draft.providerTime { integer(.providerTime, time, &record, &at) }
    if draft.keys.count > 1 { keys(draft.keys, &record, &at) }
    record.write(draft.body.span, at: at)
    RecordHeader(
      totalBytes: UInt32(total),
      offset: offset,
      receivedMicroseconds: receivedMicroseconds,
      key: draft.keys.first ?? .none,
      bodyBytes: UInt32(draft.body.count),
      metaBytes: UInt32(meta),
      sourceID: crc32c(draft.source.utf8.span),
      kind: .event,
      flags: draft.flags.rawValue
    ).encode(into: &record)
  }

  private static func head(
    _ tag: Tag,
    _ count: Int,
    _ record: inout MutableSpan<UInt8>,
    _ at: inout Int
  ) {
    record.store(UInt64(count) << 32 | UInt64(tag.rawValue), at: at)
    at += entryBytes
  }

  private static func entry(
    _ tag: Tag,
    _ value: Span<UInt8>,
    _ record: inout MutableSpan<UInt8>,
    _ at: inout Int
  ) {
    head(tag, value.count, &record, &at)
    record.write(value, at: at)
    at += value.count
  }

  private static func integer(
    _ tag: Tag,
    _ value: Int64,
    _ record: inout MutableSpan<UInt8>,
    _ at: inout Int
  ) {
    head(tag, 8, &record, &at)
    record.store(value, at: at)
    at += 8
  }

  private static func keys(
    _ keys: [Key128],
    _ record: inout MutableSpan<UInt8>,
    _ at: inout Int
  ) {
    head(.keys, keys.count * 16, &record, &at)
    for key in keys {
      record.store(key.high, at: at)
      record.store(key.low, at: at + 8)
      at += 16
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
    // What stands in its place means nothing.
    guard !EventFlags(rawValue: header.flags).contains(.erased) else { return [] }
    return Array(bytes[start + header.bodyRange.lowerBound..<start + header.bodyRange.upperBound])
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
