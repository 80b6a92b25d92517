internal import RelaySystem

/// Where the next batch of a segment must stand, and what it must continue.
struct BatchExpectation: Equatable, Sendable {
  var position: Int64
  var sequence: UInt64
  var previousHeaderCRC: UInt32
  var firstOffset: UInt64

  init(_ header: SegmentHeader) {
    position = Int64(Layout.segmentHeaderBytes)
    sequence = header.baseBatchSequence
    previousHeaderCRC = header.crc
    firstOffset = header.baseOffset
  }

  /// Of a log without segments.
  init(_ proven: Epoch.LogEnd) {
    position = Int64(Layout.segmentHeaderBytes)
    sequence = proven.durableSequence + 1
    previousHeaderCRC = 0
    firstOffset = proven.nextOffset
  }

  /// Of a segment that has no header yet.
  init(_ upcoming: SegmentedLog.Upcoming) {
    position = Int64(Layout.segmentHeaderBytes)
    sequence = upcoming.baseBatchSequence
    previousHeaderCRC = 0
    firstOffset = upcoming.baseOffset
  }

  /// Moves behind an accepted batch.
  mutating func pass(_ header: BatchHeader, crc: UInt32) {
    position += Int64(header.alignedBytes)
    sequence = header.sequence + 1
    previousHeaderCRC = crc
    firstOffset = header.firstOffset + UInt64(header.recordCount)
  }
}

/// A batch whose header and lengths were checked, and the records in it whose bytes were.
struct CheckedBatch {
  let header: BatchHeader
  let crc: UInt32
  /// Header and payload.
  let bytes: [UInt8]
  /// Records that verify; the others are holes.
  let records: [(start: Int, header: RecordHeader)]
  /// Zeros stand behind it up to the next block, as they were written.
  let isPadded: Bool

  var isWhole: Bool { records.count == Int(header.recordCount) }
}

/// Reads batches of one segment and checks them.
final class BatchReader {
  private let file: any StorageFile
  private let segment: SegmentHeader
  /// Reads past the page cache: for a tail that a crash may have left.
  private let isDirect: Bool
  private let pace: ReadPace?
  /// Takes blocks that the device does not give for zeros: nothing in them verifies.
  private let passesUnreadable: Bool
  /// Why the first of them could not be read, until somebody has said so.
  private var unreadable: SystemError?
  // What was read directly last: each such read goes to the disk, and batches are small.
  private var window: [UInt8] = []
  private var windowStart: Int64 = 0

  init(
    file: any StorageFile,
    segment: SegmentHeader,
    isDirect: Bool,
    pace: ReadPace? = nil,
    passesUnreadable: Bool = false
  ) {
    self.file = file
    self.segment = segment
    self.isDirect = isDirect
    self.pace = pace
    self.passesUnreadable = passesUnreadable
  }

  /// Why something was damage: what the device said, or `other` where it gave every byte.
  func reason(or other: String) -> String {
    defer { unreadable = nil }
    return unreadable.map(LogScan.words) ?? other
  }

  var hasMetUnreadable: Bool { unreadable != nil }

  private func read(_ count: Int, at position: Int64) throws(SystemError) -> [UInt8] {
    pace?.take(count)
    guard isDirect else { return try fetch(count, at: position) }
    if count > Self.scanBytes { return try fetch(count, at: position) }
    if position < windowStart || position + Int64(count) > windowStart + Int64(window.count) {
      windowStart = position
      window = try fetch(Self.scanBytes, at: position)
    }
    let start = Int(position - windowStart)
    return Array(window[min(start, window.count)..<min(start + count, window.count)])
  }

  private func fetch(_ count: Int, at position: Int64) throws(SystemError) -> [UInt8] {
    do throws(SystemError) { return try fetchAtOnce(count, at: position) } catch {
      guard passesUnreadable, error.isUnreadable else { throw error }
    }
    // One bad sector fails the whole read: what is beside it is had block by block.
    var bytes: [UInt8] = []
    while bytes.count < count {
      let at = position + Int64(bytes.count)
      let step = min(Layout.blockBytes - Int(at % Int64(Layout.blockBytes)), count - bytes.count)
      do throws(SystemError) {
        let piece = try fetchAtOnce(step, at: at)
        bytes += piece
        if piece.count < step { break }
      } catch {
        guard error.isUnreadable else { throw error }
        if unreadable == nil { unreadable = error }
        bytes.appendZeros(step)
      }
    }
    return bytes
  }

  private func fetchAtOnce(_ count: Int, at position: Int64) throws(SystemError) -> [UInt8] {
    isDirect ? try file.readDirect(count, at: position) : try file.read(count, at: position)
  }

  /// Reads a header that belongs to this life of the segment, wherever it stands in the order.
  func header(at position: Int64) throws(SystemError) -> (header: BatchHeader, crc: UInt32)? {
    let bytes = try read(Layout.batchHeaderBytes, at: position)
    return BatchHeader.decode(bytes, salt: segment.salt)
  }

  /// Reads the batch that is expected; nil when it is not there whole and right.
  func batch(_ expected: BatchExpectation) throws(SystemError) -> CheckedBatch? {
    guard let (header, crc) = try header(at: expected.position),
      header.sequence == expected.sequence,
      header.previousHeaderCRC == expected.previousHeaderCRC,
      header.firstOffset == expected.firstOffset,
      let batch = try check(header, crc, at: expected.position),
      batch.isWhole
    else { return nil }
    return batch
  }

  /// Looks at every block from `position` to `end` for a header of this segment's life, and hands
  /// each to `body` until that returns false.
  func scanHeaders(
    from position: Int64,
    to end: Int64,
    _ body: (Int64, BatchHeader, UInt32) -> Bool
  ) throws(SystemError) {
    var at = position
    while at < end {
      let chunk = try read(Int(min(Int64(Self.scanBytes), end - at)), at: at)
      var offset = 0
      while offset + Layout.batchHeaderBytes <= chunk.count {
        defer { offset += Layout.blockBytes }
        guard chunk.load(UInt32.self, at: offset) == BatchHeader.magic else { continue }
        let bytes = Array(chunk[offset..<offset + Layout.batchHeaderBytes])
        guard let (header, crc) = BatchHeader.decode(bytes, salt: segment.salt) else { continue }
        if !body(at + Int64(offset), header, crc) { return }
      }
      guard chunk.count == Self.scanBytes else { return }
      at += Int64(Self.scanBytes)
    }
  }

  /// Read at once while looking for headers.
  private static let scanBytes = 1 << 20

  /// Reads and checks the payload behind a header that was accepted.
  func check(
    _ header: BatchHeader,
    _ crc: UInt32,
    at position: Int64
  ) throws(SystemError) -> CheckedBatch? {
    let count = Layout.batchHeaderBytes + Int(header.payloadBytes)
    guard position + Int64(header.alignedBytes) <= segment.capacity else { return nil }
    var bytes = try read(header.alignedBytes, at: position)
    guard bytes.count >= count else { return nil }
    let isPadded = bytes.count == header.alignedBytes && bytes.isZero(from: count)
    bytes.removeLast(bytes.count - count)
    guard let records = Self.records(header, bytes, salt: segment.salt) else { return nil }
    return CheckedBatch(
      header: header,
      crc: crc,
      bytes: bytes,
      records: records,
      isPadded: isPadded
    )
  }

  /// Walks a payload by its lengths.
  ///
  /// Those are trusted only once the index crc over all record headers is right; then each record
  /// stands or falls by its own crc.
  private static func records(
    _ header: BatchHeader,
    _ bytes: [UInt8],
    salt: UInt64
  ) -> [(start: Int, header: RecordHeader)]? {
    var starts: [Int] = []
    var at = Layout.batchHeaderBytes
    var index = BatchHeader.saltSeed(salt)
    while at + Layout.recordHeaderBytes <= bytes.count {
      let total = Int(bytes.load(UInt32.self, at: at))
      guard total >= Layout.recordHeaderBytes, at + total <= bytes.count else { return nil }
      index = crc32c(bytes.span.extracting(at..<at + Layout.recordHeaderBytes), seed: index)
      starts.append(at)
      at += total
    }
    guard at == bytes.count, starts.count == Int(header.recordCount), index == header.indexCRC
    else { return nil }
    var records: [(start: Int, header: RecordHeader)] = []
    for (position, start) in starts.enumerated() {
      guard let record = RecordHeader.decode(bytes, at: start),
        record.offset == header.firstOffset + UInt64(position)
      else { continue }
      records.append((start: start, header: record))
    }
    return records
  }
}
