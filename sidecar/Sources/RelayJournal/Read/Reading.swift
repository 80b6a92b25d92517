internal import RelaySystem

/// One read: walks batches from the place that the catalog gives, segment by segment.
struct Reading {
  private let storage: any Storage
  private let catalog: LogCatalog
  private let limit: ReadLimit
  private let body: Bool
  private var entries: [Page.Entry] = []
  private var events = 0
  private var bytes = 0
  private var scanned = 0
  /// Bytes read from the disk for this page, whether anything in them matched or not.
  private var readBytes = 0
  /// Segments that did not give what they should have.
  private(set) var damagedSegments: Set<UInt64> = []
  /// The segment with a hole that may have been a record that was just being overwritten.
  private var metErasure: UInt64?
  private let readBytesMax: Int
  /// A filter that matches nothing must not read gigabytes for one page.
  private static let pageReadBytesMax = 64 << 20
  /// How often a page is read again because of bodies that were erased meanwhile.
  ///
  /// Each time begins when none is, so that a hole that is still there is damage; who erases for
  /// hours holds up nobody.
  private static let retakesMax = 64

  init(
    storage: any Storage,
    catalog: LogCatalog,
    limit: ReadLimit,
    body: Bool,
    readBytesMax: Int = Self.pageReadBytesMax
  ) {
    self.storage = storage
    self.catalog = catalog
    self.limit = limit
    self.body = body
    self.readBytesMax = readBytesMax
  }

  private var isFull: Bool {
    events >= limit.events || scanned >= limit.scanned || bytes >= limit.bytes
      || readBytes >= readBytesMax
  }

  // MARK: Ascending

  mutating func ascending(
    from sequence: UInt64,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) throws(SystemError) -> Page {
    let bounds = catalog.bounds
    var next = max(sequence, 1)
    var retakes = 0
    while next <= bounds.durable, !isFull {
      let first = catalog.bounds.first
      guard next >= first else {
        gap(next, min(first - 1, bounds.durable), &next, Self.expired)
        continue
      }
      let before = (next: next, entries: entries.count, damaged: damagedSegments)
      let counts = (events, bytes, scanned, readBytes)
      metErasure = nil
      let result = Result { () throws(SystemError) in
        try walk(&next, upTo: bounds.durable, isWanted)
      }
      if retakes == Self.retakesMax { metErasure = nil }
      guard catalog.bounds.first > before.next || metErasure != nil else {
        try result.get()
        continue
      }
      if let metErasure {
        retakes += 1
        letErasureEnd(in: metErasure)
      }
      // The segment was removed while it was read, and its file may be another one's by now; or a
      // record was just being overwritten.
      (next, damagedSegments) = (before.next, before.damaged)
      entries.removeLast(entries.count - before.entries)
      (events, bytes, scanned, readBytes) = counts
    }
    return Page(entries: entries, next: next, reachedEnd: next > bounds.durable)
  }

  /// A body is overwritten with one flush.
  private func letErasureEnd(in segmentID: UInt64) {
    let pause = Gate()
    while catalog.isErasing(in: segmentID) { _ = pause.wait(timeoutMilliseconds: 1) }
  }

  /// Reads within one segment; moves `next` behind what was looked at.
  private mutating func walk(
    _ next: inout UInt64,
    upTo last: UInt64,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) throws(SystemError) {
    guard let place = catalog.place(of: next) else {
      // The segment that held it is gone.
      let end = min(catalog.firstBase ?? last + 1, last + 1)
      if next < end { gap(next, end - 1, &next) } else { next = last + 1 }
      return
    }
    let before = entries.count
    defer {
      if entries[before...].contains(where: \.isGap) {
        let id = place.header.segmentID
        damagedSegments.insert(id)
        if catalog.mayHaveMetErasure(in: id, since: place.erasureSteps) { metErasure = id }
      }
    }
    guard let file = try open(place, &next, upTo: last) else { return }
    let reader = BatchReader(
      file: file,
      segment: place.header,
      isDirect: false,
      // The newest segment is that of a journal that is about to end: its start will tell.
      passesUnreadable: place.nextBase != nil
    )
    var position = place.position
    while position < place.dataEnd, next <= last, !isFull {
      guard let (header, crc) = try reader.header(at: position), !header.flags.contains(.mark)
      else {
        position = try behindDamage(reader, position, place.dataEnd)
        continue
      }
      let after = position + Int64(header.alignedBytes)
      defer { position = after }
      guard header.firstOffset + UInt64(header.recordCount) > next else { continue }
      readBytes += header.alignedBytes
      if header.firstOffset > next { gap(next, min(header.firstOffset - 1, last), &next) }
      guard let batch = try reader.check(header, crc, at: position) else { continue }
      // Whether that is damage is known to who reads the whole segment.
      if !batch.isPadded { damagedSegments.insert(place.header.segmentID) }
      take(batch, &next, upTo: last, isWanted)
    }
    guard !isFull else { return }
    // What the segment should have had and did not give is a gap up to the next one.
    let end = min(place.nextBase ?? last + 1, last + 1)
    if position >= place.dataEnd, next < end { gap(next, end - 1, &next) }
  }

  /// Nil where a sealed segment is gone or unreadable: a gap like other damage.
  ///
  /// One that retention has removed is looked for again by who called.
  private mutating func open(
    _ place: LogCatalog.Place,
    _ next: inout UInt64,
    upTo last: UInt64
  ) throws(SystemError) -> (any StorageFile)? {
    do throws(SystemError) { return try storage.openForReading(place.path) } catch {
      guard let end = place.nextBase, error.isNotFound || error.isUnreadable else { throw error }
      gap(next, min(end - 1, last), &next)
      return nil
    }
  }

  /// Returns the next block with a header of this segment, or the end of its data.
  private func behindDamage(
    _ reader: BatchReader,
    _ position: Int64,
    _ end: Int64
  ) throws(SystemError) -> Int64 {
    var found = end
    try reader.scanHeaders(from: position + Int64(Layout.blockBytes), to: end) { at, header, _ in
      guard !header.flags.contains(.mark) else { return true }
      found = at
      return false
    }
    return found
  }

  private mutating func take(
    _ batch: CheckedBatch,
    _ next: inout UInt64,
    upTo last: UInt64,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) {
    for (start, header) in batch.records where header.offset >= next && header.offset <= last {
      if isFull { return }
      if header.offset > next { gap(next, header.offset - 1, &next) }
      take(batch.bytes, start, header, isWanted)
      next = header.offset + 1
    }
    guard !isFull else { return }
    // Records at the end of the batch that did not verify.
    let end = min(batch.header.firstOffset + UInt64(batch.header.recordCount), last + 1)
    if next < end { gap(next, end - 1, &next) }
  }

  private mutating func take(
    _ bytes: [UInt8],
    _ start: Int,
    _ header: RecordHeader,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) {
    scanned += 1
    guard header.kind == .event else { return }
    var event = EventCodec.decode(bytes, at: start, header)
    guard isWanted(event) else { return }
    if body { event.body = EventCodec.body(bytes, at: start, header) }
    events += 1
    self.bytes += Int(header.metaBytes) + (body ? event.bodySize : 0)
    entries.append(.event(event))
  }

  private static let damaged = "damaged"
  /// Removed by retention after the cursor was looked at: said, like every hole.
  private static let expired = "expired"

  private mutating func gap(
    _ from: UInt64,
    _ to: UInt64,
    _ next: inout UInt64,
    _ reason: String = Self.damaged
  ) {
    entries.append(.gap(from, to, reason))
    // A gap takes a place in the page, so that damage cannot make a page endless.
    events += 1
    next = to + 1
  }

  // MARK: Descending

  mutating func descending(
    from sequence: UInt64,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) throws(SystemError) -> Page {
    let bounds = catalog.bounds
    var result: [Page.Entry] = []
    var next = min(sequence, bounds.durable)
    var looked = 0
    var retakes = 0
    while next > 0, !isPageFull(result), looked < limit.scanned, readBytes < readBytesMax {
      let first = catalog.bounds.first
      guard next >= first else { break }
      let block = catalog.place(of: next)?.firstOffset ?? first
      // A block of the sparse index is read forwards and taken backwards.
      var forward = Reading(
        storage: storage,
        catalog: catalog,
        limit: ReadLimit(events: .max, bytes: .max, scanned: .max),
        body: body,
        readBytesMax: .max
      )
      let start = max(min(block, next), first)
      let found = Result { () throws(SystemError) in
        try forward.block(from: start, to: next, isWanted)
      }
      // Removed while it was read: what is left of it is read again, by what is there now.
      guard catalog.bounds.first <= start else { continue }
      let entries = try found.get()
      if let met = forward.metErasure, retakes < Self.retakesMax {
        retakes += 1
        letErasureEnd(in: met)
        continue
      }
      damagedSegments.formUnion(forward.damagedSegments)
      looked += Int(next - start) + 1
      readBytes += forward.readBytes
      next = start - 1
      for entry in entries.reversed() {
        if isPageFull(result) {
          next = Self.last(entry)
          break
        }
        result.append(entry)
        count(entry)
      }
    }
    return Page(entries: result, next: next, reachedEnd: next < catalog.bounds.first)
  }

  private mutating func block(
    from start: UInt64,
    to last: UInt64,
    _ isWanted: (borrowing StoredEvent) -> Bool
  ) throws(SystemError) -> [Page.Entry] {
    var next = start
    while next <= last { try walk(&next, upTo: last, isWanted) }
    return entries
  }

  private func isPageFull(_ result: [Page.Entry]) -> Bool {
    result.count >= limit.events || (!result.isEmpty && bytes >= limit.bytes)
  }

  private mutating func count(_ entry: Page.Entry) {
    if case .event(let event) = entry {
      bytes += event.headerBlock.count + event.body.count
    }
  }

  private static func last(_ entry: Page.Entry) -> UInt64 {
    switch entry {
    case .event(let event): event.sequence
    case .gap(_, let to, _): to
    }
  }
}
