internal import RelaySystem

/// Erasing bodies: the event stays, and says that its body is gone.
extension Journal {
  package enum Erased: Sendable {
    case erased
    /// It was already.
    case before
    /// There is no such event, or it cannot be read.
    case notThere
  }

  /// Overwrites the body of an event; when this returns, no file of the journal has a byte of it.
  ///
  /// Interrupted anywhere, it has not begun, or the next start completes it. An error of a write
  /// or an fdatasync is final, as in a commit.
  package func eraseBody(of sequence: UInt64) throws(JournalError) -> Erased {
    try check()
    guard !isReadOnly else { throw .readOnly }
    let bounds = events.catalog.bounds
    guard sequence >= bounds.first, sequence <= bounds.durable,
      let found = try ioChecked({ () throws(SystemError) in try find(sequence) })
    else { return .notThere }
    guard !EventFlags(rawValue: found.record.header.flags).contains(.erased) else {
      return .before
    }
    let erasure = Erasure(found.batch, at: found.position, found.record, in: found.segment)
    do throws(JournalError) {
      try erasures.begin(erasure)
      try overwrite(erasure)
      try erasures.end()
    } catch { throw note(error) }
    return .erased
  }

  private func overwrite(_ erasure: Erasure) throws(JournalError) {
    events.catalog.beginErasing(in: erasure.segmentID)
    defer { events.catalog.endErasing(in: erasure.segmentID) }
    do throws(SystemError) { try erasures.apply(erasure) } catch { throw .failed(error) }
  }

  private struct Found {
    let segment: SegmentHeader
    let position: Int64
    let batch: CheckedBatch
    let record: (start: Int, header: RecordHeader)
  }

  /// The record of an event, with the batch that it is in.
  private func find(_ sequence: UInt64) throws(SystemError) -> Found? {
    guard let place = events.catalog.place(of: sequence) else { return nil }
    let reader = BatchReader(
      file: try files.storage.openForReading(place.path),
      segment: place.header,
      isDirect: false
    )
    var position = place.position
    while position < place.dataEnd {
      // Behind damage, whose lengths nobody knows, the sparse index does not help.
      guard let (header, crc) = try reader.header(at: position) else {
        position += Int64(Layout.blockBytes)
        continue
      }
      guard header.firstOffset + UInt64(header.recordCount) > sequence else {
        position += Int64(header.alignedBytes)
        continue
      }
      guard let batch = try reader.check(header, crc, at: position),
        let record = batch.records.first(where: { $0.header.offset == sequence }),
        record.header.kind == .event
      else { return nil }
      return Found(segment: place.header, position: position, batch: batch, record: record)
    }
    return nil
  }
}
