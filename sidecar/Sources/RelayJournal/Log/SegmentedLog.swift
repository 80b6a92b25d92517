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
  /// The segment that is written to; nil while there is none.
  private var active: Active?
  /// The segment that recovery asks for and that there was no room for yet.
  private var wanted: Upcoming?
  /// Where the next batch goes, and what it continues.
  private var next: BatchExpectation
  /// Throws when this is not the only writer any more; asked before a new segment is opened.
  var requireLastWriter: () throws(JournalError) -> Void = {}
  /// Makes the indexes of sealed segments; the state needs none.
  var indexer: SegmentIndexer?
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

  /// A segment that is open for writing.
  private struct Active {
    let file: any StorageFile
    let header: SegmentHeader
    let path: String

    /// What was written is durable, but only for who finds it: a file that lost its name or its
    /// end since it was preallocated takes it along, whatever fdatasync says.
    func requireWhole() throws(JournalError) {
      let size: Int64
      do throws(SystemError) { size = try file.linkedSize() } catch {
        guard error.isNotFound else { throw .failed(error) }
        throw .fileTaken(path: path, how: .removed)
      }
      guard size >= header.capacity else { throw .fileTaken(path: path, how: .cut) }
    }
  }

  /// What the next segment will say of itself.
  struct Upcoming {
    let id: UInt64
    let baseOffset: UInt64
    let baseBatchSequence: UInt64
    let predecessor: SegmentHeader.Predecessor?

    /// Of a new log.
    static let first = Upcoming(id: 1, baseOffset: 1, baseBatchSequence: 1, predecessor: nil)
  }

  /// How a log goes on after it was read.
  enum Continuation {
    /// In the segment that it ends in.
    case append(any StorageFile, SegmentEntry, BatchExpectation)
    /// In a new segment, as soon as there is a file for it.
    case open(Upcoming)
    /// Not at all: nothing is ever written.
    case never(BatchExpectation)
  }

  init(
    _ storage: any Storage,
    _ settings: Settings,
    spares: SpareMaker,
    catalog: LogCatalog,
    continuation: Continuation,
    lastCloseMicroseconds: Int64
  ) {
    self.storage = storage
    self.settings = settings
    self.spares = spares
    self.catalog = catalog
    self.lastCloseMicroseconds = lastCloseMicroseconds
    switch continuation {
    case .append(let file, let entry, let next):
      active = Active(file: file, header: entry.header, path: entry.path)
      self.next = next
    case .open(let upcoming):
      wanted = upcoming
      next = BatchExpectation(upcoming)
    case .never(let end):
      next = end
    }
    durableSequence = next.sequence - 1
    buffer = [UInt8](repeating: 0, count: Layout.batchHeaderBytes)
    indexCRC = BatchHeader.saltSeed(active?.header.salt ?? 0)
  }

  /// Of the segment that is written to, or of the one that it waits for.
  var segmentID: UInt64 { active?.header.segmentID ?? wanted?.id ?? 0 }

  /// Nothing is ever written: damage is to be left alone.
  var isReadOnly: Bool { active == nil && wanted == nil }

  /// The segment that it ends in is there.
  var isWhole: Bool { active != nil }

  var nextOffset: UInt64 { next.firstOffset + UInt64(bufferedRecords) }

  var end: Epoch.LogEnd {
    Epoch.LogEnd(durableSequence: durableSequence, nextOffset: nextOffset)
  }

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
    guard !isReadOnly else { throw .readOnly }
    let spare = try takeSpare()
    if hasRecords { try commit() }
    try roll(to: spare)
  }

  private func takeSpare() throws(JournalError) -> String {
    switch spares.take() {
    case .success(let path): return path
    case .failure(let error): throw .full(reason: error.reason)
    }
  }

  /// Opens the segment that recovery asked for; without a file for it the log waits.
  func openWanted() throws(JournalError) {
    guard wanted != nil else { return }
    let spare: String
    do throws(JournalError) { spare = try takeSpare() } catch { return }
    do throws(JournalError) { try roll(to: spare) } catch {
      if case .full = error { return }
      throw error
    }
  }

  /// Whether any record would find room now.
  var canTakeRecords: Bool { !lacksSpare || fits(buffer.count + recordBytesMax) }

  /// There is no next segment, and none can be made.
  var lacksSpare: Bool { spares.lacksRoom }

  /// Why that is.
  var shortage: String? { spares.shortage }

  private func fits(_ bytes: Int) -> Bool {
    guard let active else { return false }
    return next.position + Int64(blocks(bytes)) <= active.header.capacity
  }

  private var salt: UInt64 {
    guard let active else { preconditionFailure("a batch is made for a segment") }
    return active.header.salt
  }

  /// Adds an event.
  ///
  /// A batch is never closed before a record in it was received, whatever the clock does.
  func append(_ record: borrowing EventRecord, receivedAt time: Int64) -> UInt64 {
    append(receivedAt: time) { batch, offset in
      let start = batch.count
      batch += record.bytes
      var all = batch.mutableSpan
      var placed = all._mutatingExtracting(start..<all.count)
      RecordHeader.place(&placed, offset: offset, receivedMicroseconds: time)
    }
  }

  /// Adds a record, which `write` appends to the batch at the given offset.
  func append(receivedAt time: Int64, _ write: (inout [UInt8], UInt64) -> Void) -> UInt64 {
    lastCloseMicroseconds = max(lastCloseMicroseconds, time)
    let start = buffer.count
    let offset = nextOffset
    write(&buffer, offset)
    close(start)
    return offset
  }

  /// Counts the record that begins here.
  private func close(_ start: Int) {
    indexCRC = crc32c(
      buffer.span.extracting(start..<start + Layout.recordHeaderBytes),
      seed: indexCRC
    )
    bufferedRecords += 1
  }

  // MARK: Committing

  /// Writes what is gathered and makes it durable.
  ///
  /// Any error is final.
  func commit() throws(JournalError) {
    guard hasRecords else { return }
    let header = batchHeader(records: bufferedRecords, flags: [])
    let crc = header.encode(into: &buffer, salt: salt)
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
    header.encode(into: &buffer, salt: salt)
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
    guard let active else { preconditionFailure("a batch is written to a segment") }
    do throws(SystemError) {
      // Shared for the call: a span of a class's property cannot outlive one access.
      let bytes = buffer
      try active.file.write(bytes.span, at: next.position)
      try active.file.synchronizeData()
    } catch {
      throw .failed(error)
    }
    try active.requireWhole()
  }

  private func resetBuffer() {
    if buffer.capacity > Self.keptBufferBytes { buffer = [] }
    buffer.removeAll(keepingCapacity: true)
    buffer.appendZeros(Layout.batchHeaderBytes)
    bufferedRecords = 0
    indexCRC = BatchHeader.saltSeed(active?.header.salt ?? 0)
  }

  // MARK: Segments

  var hasSpare: Bool { spares.hasSpare }

  var segmentBytes: Int64 { settings.segmentBytes }

  /// Hands over the files of segments that nobody reads any more, oldest first.
  func remove(_ paths: [String]) { spares.retire(paths) }

  private func roll(to spare: String) throws(JournalError) {
    try requireLastWriter()
    try mark(.seal)
    let sealed = active == nil ? nil : catalog.segments.last
    guard try activate(spare, as: wanted ?? successor) else {
      throw .full(reason: spares.shortage ?? "there is no room for a file's name")
    }
    wanted = nil
    spares.noteBegun()
    if let sealed, let active { indexer?.add(sealed, before: active.header) }
  }

  /// The segment behind the one that is written to.
  private var successor: Upcoming {
    guard let active else { preconditionFailure("only a segment has a successor") }
    return Upcoming(
      id: active.header.segmentID + 1,
      baseOffset: next.firstOffset,
      baseBatchSequence: next.sequence,
      predecessor: SegmentHeader.Predecessor(
        segmentID: active.header.segmentID,
        lastBatchSequence: next.sequence - 1,
        lastHeaderCRC: next.previousHeaderCRC,
        closeReason: .rolled,
        dataEnd: next.position
      )
    )
  }

  /// Turns a spare into a segment: its header is durable before it gets its name, so a named
  /// segment always has one.
  ///
  /// Returns false where the disk has no room for the name.
  private func activate(_ spare: String, as upcoming: Upcoming) throws(JournalError) -> Bool {
    var header = SegmentHeader(
      journalUUID: settings.uuid,
      segmentID: upcoming.id,
      salt: storage.randomBytes(8).load(at: 0),
      baseOffset: upcoming.baseOffset,
      baseBatchSequence: upcoming.baseBatchSequence,
      capacity: settings.segmentBytes,
      createdMicroseconds: storage.wallMicroseconds(),
      previous: upcoming.predecessor,
      writerEpoch: settings.epoch
    )
    let block = header.encode()
    let name = SegmentName.make(baseOffset: upcoming.baseOffset, id: upcoming.id)
    let path = settings.directory + "/" + name
    let file = try opened(spare, writing: block)
    // A segment that is short is damage for the next start: before it has a name it is nothing.
    try Active(file: file, header: header, path: spare).requireWhole()
    do throws(SystemError) {
      do throws(SystemError) { try storage.rename(spare, to: path) } catch {
        guard error.isOutOfSpace else { throw error }
        // A directory whose blocks are full of names takes another one: nothing has changed yet.
        spares.putBack(spare, lackingName: "\(error)")
        return false
      }
      try storage.synchronizeDirectory(settings.directory)
      active = Active(file: file, header: header, path: path)
    } catch {
      throw .failed(error)
    }
    next = BatchExpectation(header)
    catalog.append(
      SegmentEntry(
        path: path,
        header: header,
        dataEnd: Int64(Layout.segmentHeaderBytes),
        endOffset: upcoming.baseOffset
      )
    )
    resetBuffer()
    return true
  }

  /// Opens a spare and makes the first block of the segment durable in it.
  private func opened(
    _ spare: String,
    writing block: [UInt8]
  ) throws(JournalError) -> any StorageFile {
    do throws(SystemError) {
      let file = try storage.open(spare)
      try file.write(block.span, at: 0)
      try file.synchronizeData()
      return file
    } catch { throw .failed(error) }
  }
}
