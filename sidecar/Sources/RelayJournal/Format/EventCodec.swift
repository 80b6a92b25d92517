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

  /// How many bytes the record takes.
  static func bytes(_ parts: borrowing EventParts) -> (meta: Int, total: Int) {
    var meta = 0
    // Nine entries are always there: these seven, the wall clock and the origin.
    meta += 9 * entryBytes + 8 + 1
    meta += parts.source.count + parts.method.count + parts.target.count
    meta += parts.remote.count + parts.headerBlock.count
    meta += parts.idempotencyKey.count + parts.bodyDigest.count
    if let id = parts.eventID { meta += entryBytes + id.count }
    if let type = parts.eventType { meta += entryBytes + type.count }
    if parts.providerTime != nil { meta += entryBytes + 8 }
    if parts.keys.count > 1 { meta += entryBytes + parts.keys.count * 16 }
    return (meta, RecordHeader.totalBytes(meta: meta, body: parts.body.count))
  }

  /// Writes a record into the memory for it and returns its header, in which is still open what
  /// only the journal knows.
  static func encode(
    _ parts: borrowing EventParts,
    meta: Int,
    into record: inout MutableSpan<UInt8>
  ) -> RecordHeader {
    var at = Layout.recordHeaderBytes
    entry(.source, parts.source, &record, &at)
    entry(.method, parts.method, &record, &at)
    entry(.target, parts.target, &record, &at)
    entry(.remote, parts.remote, &record, &at)
    entry(.headerBlock, parts.headerBlock, &record, &at)
    entry(.idempotencyKey, parts.idempotencyKey, &record, &at)
    entry(.bodyDigest, parts.bodyDigest, &record, &at)
    integer(.wallClock, parts.receivedAt, &record, &at)
    entry(.origin, CollectionOfOne(parts.origin.rawValue).span, &record, &at)
    if let id = parts.eventID { entry(.eventID, id, &record, &at) }
    if let type = parts.eventType { entry(.eventType, type, &record, &at) }
    if let time = parts.providerTime { integer(.providerTime, time, &record, &at) }
    if parts.keys.count > 1 { keys(parts.keys, &record, &at) }
    record.write(parts.body, at: at)
    let header = RecordHeader(
      totalBytes: UInt32(record.count),
      offset: 0,
      receivedMicroseconds: parts.receivedAt,
      key: parts.keys.first ?? .none,
      bodyBytes: UInt32(parts.body.count),
      metaBytes: UInt32(meta),
      sourceID: crc32c(parts.source),
      kind: .event,
      flags: parts.flags.rawValue
    )
    header.write(into: &record)
    return header
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

  /// Where the value with a tag stands, in a record that begins at `start`.
  static func range(
    of wanted: Tag,
    _ bytes: [UInt8],
    at start: Int,
    _ header: RecordHeader
  ) -> Range<Int>? {
    var found: Range<Int>?
    entries(bytes, at: start, header) { tag, range in if tag == wanted { found = range } }
    return found
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
