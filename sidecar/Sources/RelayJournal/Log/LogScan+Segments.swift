internal import RelaySystem

/// The segments of a log, one by one: from their index, or batch by batch.
extension LogScan {
  // MARK: Indexes

  /// Takes a sealed segment as its index describes it, where that is whole and of this very data.
  mutating func takeIndex(
    _ found: Found,
    next: SegmentHeader
  ) throws(SystemError) -> Bool {
    guard let use = request.indexes else { return false }
    let path = SegmentIndex.path(ofSegment: "\(request.directory)/\(found.name)")
    // Derived: one that cannot be read is one that is not there.
    guard next.previousSegmentID == found.header.segmentID,
      let file = try? storage.openForReading(path),
      let index = try? SegmentIndex.read(file),
      index.uuid == request.uuid, index.segmentID == found.header.segmentID,
      index.salt == found.header.salt, index.dataEnd == next.previousDataEnd,
      index.endOffset == next.baseOffset, let size = try? open(found).size(),
      size >= index.dataEnd
    else {
      unindexed.insert(found.header.segmentID)
      return false
    }
    var keys: [SegmentIndex.Key] = []
    if use.wantsKeys(index.endOffset - 1) {
      guard let read = try? index.keys(file) else {
        unindexed.insert(found.header.segmentID)
        return false
      }
      keys = read
    }
    use.visit(index, keys)
    batches += index.batches
    records += index.records
    lastCloseMicroseconds = max(lastCloseMicroseconds, index.lastCloseMicroseconds)
    var entry = entry(found)
    entry.sparse = index.sparse
    entry.dataEnd = index.dataEnd
    entry.endOffset = index.endOffset
    segments.append(entry)
    return true
  }

  // MARK: Batches

  /// Everything below the successor's `previousDataEnd` was durable: what is unreadable there is
  /// damage.
  mutating func readSealed(_ found: Found, next: SegmentHeader) throws(SystemError) {
    let isProven = next.previousSegmentID == found.header.segmentID
    let limit = isProven ? next.previousDataEnd : found.header.capacity
    guard let file = try openSealed(found, next: next) else { return }
    // A pass over everything must not push out of the cache what readers use.
    defer { if request.pace != nil { file.dropCache() } }
    let reader = BatchReader(
      file: file,
      segment: found.header,
      isDirect: false,
      pace: request.pace,
      passesUnreadable: request.unreadable != .nowhere
    )
    var entry = entry(found)
    var expected = BatchExpectation(found.header)
    while expected.position < limit {
      if let batch = try reader.batch(expected), !batch.header.flags.contains(.mark) {
        accept(found.name, batch, &expected, &entry)
      } else if try !resume(found, reader, &expected, &entry, limit: limit) {
        if isProven {
          let last = next.baseOffset - 1
          let lost = reader.reason(or: "batches are unreadable")
          problem(found.name, expected.position, expected.firstOffset, through: last, lost)
        }
        break
      }
    }
    // A recovered tail ends with what a crash has left; a segment that was full had been synced.
    if isProven, next.previousCloseReason == .rolled { noteStain(found.name) }
    stain = nil
    if !isProven { missing(before: next, from: expected.firstOffset) }
    entry.dataEnd = max(expected.position, min(limit, found.header.capacity))
    entry.endOffset = expected.firstOffset
    segments.append(entry)
  }

  /// Nil where it cannot be had and that is damage.
  private mutating func openSealed(
    _ found: Found,
    next: SegmentHeader
  ) throws(SystemError) -> (any StorageFile)? {
    do throws(SystemError) { return try open(found) } catch {
      let first = found.header.baseOffset
      if error.isNotFound, request.unreadable == .inSealedOrGone {
        // As the next start will find it.
        missing(before: next, from: first)
      } else if error.isUnreadable, request.unreadable != .nowhere {
        problem(found.name, 0, first, through: next.baseOffset - 1, Self.words(error))
      } else {
        throw error
      }
      segments.append(entry(found))
      return nil
    }
  }

  /// The segment that the next one continues is not there.
  mutating func missing(before next: SegmentHeader, from first: UInt64) {
    let name = SegmentName.make(baseOffset: next.baseOffset, id: next.segmentID)
    let reason = "the segment before it (id \(next.previousSegmentID)) is missing"
    guard first < next.baseOffset else { return problem(name, 0, nil, reason) }
    problem(name, 0, first, through: next.baseOffset - 1, reason)
  }

  /// Finds the next good batch behind damage and goes on there.
  mutating func resume(
    _ found: Found,
    _ reader: BatchReader,
    _ expected: inout BatchExpectation,
    _ entry: inout SegmentEntry,
    limit: Int64
  ) throws(SystemError) -> Bool {
    var next: (position: Int64, header: BatchHeader, crc: UInt32)?
    let sequence = expected.sequence
    try reader.scanHeaders(from: expected.position, to: limit) { position, header, crc in
      guard header.sequence >= sequence, !header.flags.contains(.mark) else { return true }
      next = (position, header, crc)
      return false
    }
    guard let next else { return false }
    let batch = try reader.check(next.header, next.crc, at: next.position)
    let before = gaps.count
    noteGaps(from: expected.firstOffset, next.header, batch)
    let lost = gaps[before...]
    problem(
      found.name,
      expected.position,
      lost.first?.from ?? expected.firstOffset,
      through: lost.last?.to ?? next.header.firstOffset - 1,
      reader.reason(or: "a batch is unreadable")
    )
    expected.position = next.position
    if let batch {
      accept(found.name, batch, &expected, &entry)
    } else {
      // Its header tells how far to go even where its payload is gone.
      expected.pass(next.header, crc: next.crc)
    }
    return true
  }

  /// Remembers every sequence from `first` to the end of a batch that does not read.
  private mutating func noteGaps(from first: UInt64, _ header: BatchHeader, _ batch: CheckedBatch?)
  {
    var wanted = first
    let end = header.firstOffset + UInt64(header.recordCount)
    for offset in (batch?.records.map(\.header.offset) ?? []) + [end] {
      if wanted < offset { gaps.append(LogGap(from: wanted, to: offset - 1, reason: "damaged")) }
      wanted = offset + 1
    }
  }

  mutating func accept(
    _ name: String,
    _ batch: CheckedBatch,
    _ expected: inout BatchExpectation,
    _ entry: inout SegmentEntry
  ) {
    // The batch before this one was durable when this one was written.
    noteStain(name)
    if !batch.isPadded { stain = Stain(position: expected.position, header: batch.header) }
    entry.note(batch.header, at: expected.position)
    for record in batch.records { visit(batch.bytes, record.start, record.header) }
    batches += 1
    records += batch.records.count
    lastCloseMicroseconds = max(lastCloseMicroseconds, batch.header.closeMicroseconds)
    expected.pass(batch.header, crc: batch.crc)
  }
}
