internal import RelaySystem

/// The end of the newest segment: the one that a crash may have left open.
extension LogScan {
  /// Reads it past the page cache, and gathers what TailDecision.swift decides by.
  mutating func readTail(_ found: Found) throws(SystemError) {
    // Pages of a killed process may be read before they are durable: a power cut after that would
    // take away what readers had seen.
    let file = try open(found)
    if request.synchronizesTail { try file.synchronizeData() }
    file.dropCache()
    // Of the newest segment a start must see all: it cuts what it cannot read.
    let reader = BatchReader(
      file: file,
      segment: found.header,
      isDirect: true,
      passesUnreadable: request.unreadable == .anywhere
    )
    var entry = entry(found)
    var expected = BatchExpectation(found.header)
    var proof = request.proven.durableSequence
    var next = TailDecision.Facts.Next.nothing
    var behind = expected.position
    while let batch = try reader.batch(expected) {
      proof = max(proof, batch.header.durableSequence)
      if batch.header.flags.contains(.mark) {
        next = batch.header.flags.contains(.clean) ? .cleanMark : .mark
        behind = expected.position + Int64(batch.header.alignedBytes)
        break
      }
      accept(found.name, batch, &expected, &entry)
      behind = expected.position
    }
    // Blocks behind the end: each may prove that the batch which is missing here had been durable.
    try reader.scanHeaders(from: behind, to: found.header.capacity) { _, header, _ in
      guard header.sequence >= found.header.baseBatchSequence else { return true }
      if next == .nothing { next = .unreadable }
      proof = max(proof, header.durableSequence)
      return true
    }
    // A segment has its whole size before it has a name: what is missing now was taken away, and
    // may have held anything.
    let cutBytes = max(0, found.header.capacity - (try file.size()))
    let facts = TailDecision.Facts(
      next: next,
      isProven: proof >= expected.sequence || provenOffset > expected.firstOffset || cutBytes > 0,
      hasLostSegment: floor.segmentID > found.header.segmentID
    )
    entry.endOffset = expected.firstOffset
    if let stain, proof >= stain.header.sequence { noteStain(found.name) }
    stain = nil
    if facts.isProven {
      try readBehindDamage(found, reader, &expected, &entry, proof, cutBytes: cutBytes)
    }
    if reader.hasMetUnreadable {
      problem(found.name, expected.position, expected.firstOffset, reader.reason(or: "damaged"))
    }
    file.dropCache()
    tail = facts
    end = expected
    entry.dataEnd = expected.position
    segments.append(entry)
  }

  /// Proven-durable data in the tail is unreadable: keep what can be read behind it, and find out
  /// how far the log had come, so that no offset is ever given out twice.
  private mutating func readBehindDamage(
    _ found: Found,
    _ reader: BatchReader,
    _ expected: inout BatchExpectation,
    _ entry: inout SegmentEntry,
    _ proof: UInt64,
    cutBytes: Int64
  ) throws(SystemError) {
    let lost = expected
    let capacity = found.header.capacity
    var behind = expected
    while try resume(found, reader, &behind, &entry, limit: capacity) {
      while let batch = try reader.batch(behind), !batch.header.flags.contains(.mark) {
        accept(found.name, batch, &behind, &entry)
      }
    }
    var endOffset = max(behind.firstOffset, provenOffset)
    // At least one batch more, where nothing but a number of a record tells of it.
    var sequence = max(behind.sequence, proof + 1, lost.sequence + 1)
    var last = behind.position
    try reader.scanHeaders(from: lost.position, to: capacity) { position, header, _ in
      guard header.sequence >= lost.sequence else { return true }
      last = max(last, position + Int64(Layout.blockBytes))
      endOffset = max(endOffset, header.firstOffset + UInt64(header.recordCount))
      sequence = max(sequence, header.sequence + (header.flags.contains(.mark) ? 0 : 1))
      return true
    }
    if endOffset == lost.firstOffset {
      // Nothing tells how many records the lost batch had: none can have had more.
      endOffset += UInt64(Layout.recordsPerBatchMax)
    }
    // What was cut off can have held so many and no more.
    endOffset += UInt64(cutBytes) / UInt64(Layout.recordHeaderBytes)
    sequence += UInt64(cutBytes) / UInt64(Layout.blockBytes)
    // What lies between good batches has been said where it was passed over.
    if behind.position == lost.position || behind.firstOffset < endOffset {
      problem(
        found.name,
        behind.position,
        behind.firstOffset,
        through: endOffset - 1,
        cutBytes > 0
          ? "the file has lost its last \(cutBytes) bytes, and what was in them"
          : reader.reason(or: "batch \(behind.sequence) had been durable and is not there")
      )
    }
    damagedRange = lost.position..<max(last, lost.position + Int64(Layout.blockBytes))
    entry.endOffset = behind.firstOffset
    expected = behind
    expected.firstOffset = endOffset
    expected.sequence = sequence
  }
}
