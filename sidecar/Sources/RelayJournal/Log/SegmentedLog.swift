internal import RelaySystem

/// One log of segments, as its only writer sees it: records are gathered into a batch, written
/// with one write and made durable with one fdatasync.
///
/// Used twice: for events, and for the state map.
final class SegmentedLog {
  struct Settings {
    let directory: String
    let uuid: [UInt8]
    let epoch: UInt32
    let segmentBytes: Int64
  }

  /// A buffer larger than this is given back after a commit.
  private static let keptBufferBytes = 16 << 20

  let catalog: LogCatalog
  private let storage: any Storage
  private let settings: Settings
  private let spares: SpareMaker
  private var file: any StorageFile
  private var header: SegmentHeader
  /// Where the next batch goes, and what it continues.
  private var next: BatchExpectation
  /// The highest batch whose fdatasync has returned.
  private(set) var durableSequence: UInt64
  /// Never goes back: reads by time rely on it.
  private var lastCloseMicroseconds: Int64

  // The batch that is being gathered.
  private var buffer: [UInt8]
  private var bufferedRecords = 0
  private var indexCRC: UInt32
  /// A batch was committed since the last mark.
  private var lacksMark = false

  init(
    _ storage: any Storage,
    _ settings: Settings,
    spares: SpareMaker,
    catalog: LogCatalog,
    file: any StorageFile,
    header: SegmentHeader,
    next: BatchExpectation,
    lastCloseMicroseconds: Int64
  ) {
    self.storage = storage
    self.settings = settings
    self.spares = spares
    self.catalog = catalog
    self.file = file
    self.header = header
    self.next = next
    self.lastCloseMicroseconds = lastCloseMicroseconds
    durableSequence = next.sequence - 1
    buffer = [UInt8](repeating: 0, count: Layout.batchHeaderBytes)
    indexCRC = BatchHeader.saltSeed(header.salt)
  }

  var segmentID: UInt64 { header.segmentID }

  var nextOffset: UInt64 { next.firstOffset + UInt64(bufferedRecords) }

  var hasRecords: Bool { bufferedRecords > 0 }

  /// The last batch is unproven, and no other is about to prove it.
  var needsMark: Bool { lacksMark && !hasRecords }

  var recordBytesMax: Int { Layout.recordBytesMax(segmentBytes: settings.segmentBytes) }

  // MARK: Gathering

  /// Makes sure that a record of `total` bytes can be written, before anything is changed.
  ///
  /// May commit what is gathered and open the next segment. Throws `.full` while nothing of the
  /// record has been taken.
  func reserve(_ total: Int) throws(JournalError) {
    guard total <= recordBytesMax else { throw .recordTooLarge(limit: recordBytesMax) }
    let isBatchFull =
      buffer.count + total - Layout.batchHeaderBytes > Layout.batchPayloadMax
      || bufferedRecords >= Layout.recordsPerBatchMax
    if isBatchFull { try commit() }
    guard !fits(buffer.count + total) else { return }
    let spare: String
    switch spares.take() {
    case .success(let path): spare = path
    case .failure(let error): throw .full(reason: error.reason)
    }
    if hasRecords { try commit() }
    try roll(to: spare)
  }

  /// Whether any record would find room now.
  var canTakeRecords: Bool {
    spares.hasSpare || fits(buffer.count + recordBytesMax)
  }

  private func fits(_ bytes: Int) -> Bool {
    next.position + Int64(blocks(bytes)) <= header.capacity
  }

  /// Adds a record, which `write` appends to the batch at the given offset.
  ///
  /// A batch is never closed before a record in it was received, whatever the clock does.
  func append(receivedAt time: Int64, _ write: (inout [UInt8], UInt64) -> Void) -> UInt64 {
    lastCloseMicroseconds = max(lastCloseMicroseconds, time)
    let start = buffer.count
    let offset = nextOffset
    write(&buffer, offset)
    indexCRC = crc32c(
      buffer.span.extracting(start..<start + Layout.recordHeaderBytes),
      seed: indexCRC
    )
    bufferedRecords += 1
    return offset
  }

  // MARK: Committing

  /// Writes what is gathered and makes it durable.
  ///
  /// Any error is final.
  func commit() throws(JournalError) {
    guard hasRecords else { return }
    let header = batchHeader(records: bufferedRecords, flags: [])
    let crc = header.encode(into: &buffer, salt: self.header.salt)
    buffer.appendZeros(header.alignedBytes - buffer.count)
    try write()
    let position = next.position
    next.pass(header, crc: crc)
    durableSequence = header.sequence
    lacksMark = true
    catalog.publish(header, at: position)
    resetBuffer()
  }

  /// Writes a mark: proof that everything before it was durable.
  ///
  /// The next batch overwrites it.
  func mark(_ flags: BatchHeader.Flags) throws(JournalError) {
    precondition(!hasRecords, "a mark stands between batches")
    lacksMark = false
    guard fits(Layout.batchHeaderBytes) else { return }
    let header = batchHeader(records: 0, flags: flags.union(.mark))
    header.encode(into: &buffer, salt: self.header.salt)
    buffer.appendZeros(header.alignedBytes - buffer.count)
    try write()
    resetBuffer()
  }

  private func batchHeader(records: Int, flags: BatchHeader.Flags) -> BatchHeader {
    lastCloseMicroseconds = max(lastCloseMicroseconds, storage.wallMicroseconds())
    return BatchHeader(
      sequence: next.sequence,
      firstOffset: next.firstOffset,
      recordCount: UInt32(records),
      payloadBytes: UInt32(buffer.count - Layout.batchHeaderBytes),
      indexCRC: indexCRC,
      previousHeaderCRC: next.previousHeaderCRC,
      durableSequence: durableSequence,
      closeMicroseconds: lastCloseMicroseconds,
      writerEpoch: settings.epoch,
      flags: flags
    )
  }

  private func write() throws(JournalError) {
    do throws(SystemError) {
      // Shared for the call: a span of a class's property cannot outlive one access.
      let bytes = buffer
      try file.write(bytes.span, at: next.position)
      try file.synchronizeData()
    } catch {
      throw .failed(error)
    }
  }

  private func resetBuffer() {
    if buffer.capacity > Self.keptBufferBytes { buffer = [] }
    buffer.removeAll(keepingCapacity: true)
    buffer.appendZeros(Layout.batchHeaderBytes)
    bufferedRecords = 0
    indexCRC = BatchHeader.saltSeed(header.salt)
  }

  // MARK: Segments

  var hasSpare: Bool { spares.hasSpare }

  var segmentBytes: Int64 { settings.segmentBytes }

  /// Hands over the files of segments that nobody reads any more, oldest first.
  func remove(_ paths: [String]) { spares.retire(paths) }

  private func roll(to spare: String) throws(JournalError) {
    try mark(.seal)
    let predecessor = SegmentHeader.Predecessor(
      segmentID: header.segmentID,
      lastBatchSequence: next.sequence - 1,
      lastHeaderCRC: next.previousHeaderCRC,
      closeReason: .rolled,
      dataEnd: next.position
    )
    let opened = try Self.activate(
      storage,
      settings,
      spare: spare,
      id: header.segmentID + 1,
      baseOffset: next.firstOffset,
      baseBatchSequence: next.sequence,
      predecessor: predecessor
    )
    file = opened.file
    header = opened.header
    next = BatchExpectation(header)
    catalog.append(opened.entry)
    resetBuffer()
  }

  /// Turns a spare into a segment: its header is durable before it gets its name, so a named
  /// segment always has one.
  static func activate(
    _ storage: any Storage,
    _ settings: Settings,
    spare: String,
    id: UInt64,
    baseOffset: UInt64,
    baseBatchSequence: UInt64,
    predecessor: SegmentHeader.Predecessor?
  ) throws(JournalError) -> (file: any StorageFile, header: SegmentHeader, entry: SegmentEntry) {
    var header = SegmentHeader(
      journalUUID: settings.uuid,
      segmentID: id,
      salt: storage.randomBytes(8).load(at: 0),
      baseOffset: baseOffset,
      baseBatchSequence: baseBatchSequence,
      capacity: settings.segmentBytes,
      createdMicroseconds: storage.wallMicroseconds(),
      previous: predecessor,
      writerEpoch: settings.epoch
    )
    let block = header.encode()
    let path = settings.directory + "/" + SegmentName.make(baseOffset: baseOffset, id: id)
    do throws(SystemError) {
      let file = try storage.open(spare)
      try file.write(block.span, at: 0)
      try file.synchronizeData()
      try storage.rename(spare, to: path)
      try storage.synchronizeDirectory(settings.directory)
      let entry = SegmentEntry(
        path: path,
        header: header,
        dataEnd: Int64(Layout.segmentHeaderBytes),
        endOffset: baseOffset
      )
      return (file, header, entry)
    } catch {
      throw .failed(error)
    }
  }
}
