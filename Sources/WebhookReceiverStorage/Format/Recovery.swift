package import WebhookReceiver

/// What a key file says.
///
/// Where a record cannot be read, one of two things has happened. Either the machine stopped
/// while the last batch was being written: nobody was told that it was done, and it is cut off.
/// Or the disk lost what was durable: then somebody was told, and the store must not be opened as
/// if nobody had been.
///
///     the place that cannot be read                                what it is
///     lies in what the file was born with                          damage
///     is ahead of a whole head that says this place was durable    damage
///     has fewer bytes behind it than a head                        a torn end
///     has a whole head of a record that runs past the end          a torn end
///     is followed by a sector (512 bytes) of nothing but zeros     a torn end
///     is anything else                                             damage
///
/// The sector of zeros rests on this: of a batch that was not synced, each sector either is what
/// was written or is as a file system shows what it never wrote, zeros; and no whole record has
/// such a sector, because results are masked. What cannot be told from a torn end is a last batch
/// that was durable and of which the disk then lost the end, or a whole sector.
package struct Recovery: Sendable {
  package struct Done: Equatable, Sendable {
    package var key: IdempotencyKey
    package var fence: UInt64
    /// Of the store, in microseconds, when the key was completed.
    package var age: Int64
    package var result: [UInt8]
  }

  /// Each key once, in the order of completion.
  package private(set) var done: [Done]
  /// No greater fence was given out.
  package private(set) var fenceBound: UInt64
  /// When the last record was written.
  package private(set) var time: StoreTime
  /// What was read; what follows is a torn end.
  package private(set) var byteCount: Int

  package enum Failure: Error, Equatable, Sendable {
    case damaged(offset: Int)
    case unknownVersion(UInt32)
  }

  private static let sectorBytes = 512
  /// Half of what a record may hold: a store that starts from it never counts further than that.
  private static let fenceMax = KeyRecord.fenceMax / 2

  package init(_ bytes: [UInt8]) throws(Failure) {
    guard let header = KeyFileHeader.decode(bytes) else { throw .damaged(offset: 0) }
    guard header.version == KeyFileHeader.currentVersion else {
      throw .unknownVersion(header.version)
    }
    var latest: [IdempotencyKey: Done] = [:]
    var fenceBound: UInt64 = 0
    var last: StoreTime?
    var offset = KeyFileHeader.byteCount
    while offset < bytes.count, let record = KeyRecord.decode(bytes, at: offset) {
      // Files are written in the order of time.
      guard record.time.age >= last?.age ?? 0, record.fence <= Self.fenceMax else {
        throw .damaged(offset: offset)
      }
      last = record.time
      fenceBound = max(fenceBound, record.fence)
      if case .done(let key, let result) = record.content {
        let age = record.time.age
        latest[key] = Done(key: key, fence: record.fence, age: age, result: result)
      }
      offset += record.byteCount
    }
    guard let last, header.bornBytes <= UInt64(offset),
      offset == bytes.count || Self.isTornEnd(bytes, at: offset)
    else { throw .damaged(offset: offset) }
    time = last
    byteCount = offset
    self.fenceBound = fenceBound
    done = latest.values.sorted { ($0.age, $0.fence) < ($1.age, $1.fence) }
  }

  private static func isTornEnd(_ bytes: [UInt8], at offset: Int) -> Bool {
    if isProvenDurable(bytes, at: offset) { return false }
    if bytes.count - offset < KeyRecord.headBytes { return true }
    if let head = KeyRecord.head(in: bytes, at: offset), head.length > bytes.count - offset {
      return true
    }
    var start = offset
    while start < bytes.count {
      let end = min(bytes.count, (start / sectorBytes + 1) * sectorBytes)
      if bytes[start..<end].allSatisfy({ $0 == 0 }) { return true }
      start = end
    }
    return false
  }

  /// True when a whole head behind `offset` says that this place was durable.
  private static func isProvenDurable(_ bytes: [UInt8], at offset: Int) -> Bool {
    let alignment = KeyRecord.alignment
    let first = (offset / alignment + 1) * alignment
    return stride(from: first, to: bytes.count, by: alignment).contains { candidate in
      guard let head = KeyRecord.head(in: bytes, at: candidate) else { return false }
      return head.durableEnd > UInt64(offset)
    }
  }
}
