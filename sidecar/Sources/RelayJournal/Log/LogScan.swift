internal import RelaySystem

/// Reads a whole log: every batch, checked, in order.
///
/// Changes nothing.
///
/// What it finds wrong becomes problems; who called decides what to do about them.
struct LogScan {
  typealias Visitor = (_ bytes: [UInt8], _ start: Int, _ header: RecordHeader) -> Void

  /// What a log is, and how it is to be read.
  struct Request {
    let directory: String
    let uuid: [UInt8]
    let proven: Epoch.LogEnd
    /// Where the first segment must begin; nil where older ones are removed on purpose.
    let firstOffset: UInt64?
    /// Makes what the tail's pages hold durable before it is read.
    ///
    /// Not beside a running writer.
    let synchronizesTail: Bool
    /// Passes over the segments before the newest, of which the headers alone are read.
    let tailOnly: Bool
  }

  /// What the next segment must be beyond: an unreadable segment gave out numbers as well.
  struct Floor {
    var segmentID: UInt64 = 0
    var offset: UInt64 = 1
    var sequence: UInt64 = 1
  }

  var segments: [SegmentEntry] = []
  var problems: [LogProblem] = []
  /// Segments that were opened and never used: a crash between two steps leaves them behind.
  private(set) var abandoned: [String] = []
  /// Segments before the first sequence that is kept: a crash came before they were removed.
  private(set) var retired: [String] = []
  /// Files named like segments that are not a part of this log.
  private(set) var unreadable: [String] = []
  private(set) var batches = 0
  private(set) var records = 0
  /// When the last batch was closed.
  private(set) var lastCloseMicroseconds: Int64 = 0
  private(set) var floor = Floor()
  /// Where the next batch goes; nil for a log without segments.
  var end: BatchExpectation?
  var tail: TailDecision.Facts?
  /// Ranges inside of segments that cannot be read.
  private(set) var gaps: [LogGap] = []
  /// The bytes of the tail that damage concerns.
  var damagedRange: Range<Int64>?

  let storage: any Storage
  let request: Request
  private let visit: Visitor

  static func run(
    _ storage: any Storage,
    _ request: Request,
    visit: @escaping Visitor
  ) throws(SystemError) -> LogScan {
    var scan = LogScan(storage: storage, request: request, visit: visit)
    let headers = try scan.readHeaders()
    for (index, found) in headers.enumerated() {
      if index + 1 < headers.count {
        guard !request.tailOnly else {
          scan.skip(found, next: headers[index + 1].header)
          continue
        }
        try scan.readSealed(found, next: headers[index + 1].header)
      } else {
        try scan.readTail(found)
      }
    }
    return scan
  }

  private init(storage: any Storage, request: Request, visit: @escaping Visitor) {
    self.storage = storage
    self.request = request
    self.visit = visit
  }

  // MARK: Headers

  struct Found {
    let name: String
    let file: any StorageFile
    let header: SegmentHeader
  }

  /// Returns the segments of the chain that ends with the newest one, oldest first.
  private mutating func readHeaders() throws(SystemError) -> [Found] {
    var found: [Found] = []
    for name in try storage.list(request.directory) {
      guard let parts = SegmentName.parse(name) else { continue }
      let file = try storage.openForReading("\(request.directory)/\(name)")
      let block = try file.readDirect(Layout.segmentHeaderBytes, at: 0)
      guard let header = SegmentHeader(decoding: block), header.journalUUID == request.uuid,
        header.segmentID == parts.id, header.baseOffset == parts.baseOffset
      else {
        try setAside(name, parts, file)
        continue
      }
      found.append(Found(name: name, file: file, header: header))
    }
    found.sort { $0.header.segmentID < $1.header.segmentID }
    let chain = withoutRetired(try chain(found))
    if let first = chain.first, let wanted = request.firstOffset, first.header.baseOffset > wanted {
      let base = first.header.baseOffset
      let missing = "the segments with sequences before \(base) are missing"
      problem(first.name, 0, wanted, through: base - 1, missing)
    }
    return chain
  }

  /// Drops the segments whose events all lie before the first sequence that is kept.
  private mutating func withoutRetired(_ chain: [Found]) -> [Found] {
    guard let wanted = request.firstOffset else { return chain }
    let kept = chain.indices.dropFirst().last { chain[$0].header.baseOffset <= wanted } ?? 0
    retired += chain[..<kept].map(\.name)
    return Array(chain[kept...])
  }

  /// Segments get their names after their headers are durable: this one was damaged, and what it
  /// held is lost.
  ///
  /// How much that was is unknown; the smallest records bound it.
  private mutating func setAside(
    _ name: String,
    _ parts: (baseOffset: UInt64, id: UInt64),
    _ file: any StorageFile
  ) throws(SystemError) {
    unreadable.append(name)
    problem(name, 0, parts.baseOffset, "the first block is not a segment header of this journal")
    let bytes = UInt64(max(try file.size(), Self.lostSegmentBytesMin))
    // A name that leaves no number after it was never given by this software.
    if parts.id < .max { floor.segmentID = max(floor.segmentID, parts.id) }
    let records = bytes / UInt64(Layout.recordHeaderBytes)
    let batches = bytes / UInt64(Layout.blockBytes)
    let (offset, isTooLarge) = parts.baseOffset.addingReportingOverflow(records)
    if !isTooLarge { floor.offset = max(floor.offset, offset) }
    floor.sequence += batches
  }

  /// A file that was cut short may have been as large as a segment usually is.
  private static let lostSegmentBytesMin: Int64 = 64 << 20

  /// Drops segments that the newest chain passes over and that nothing was written to.
  private mutating func chain(_ found: [Found]) throws(SystemError) -> [Found] {
    var chain: [Found] = []
    for candidate in found.reversed() {
      guard let successor = chain.last else {
        chain.append(candidate)
        continue
      }
      let wanted = successor.header.previousSegmentID
      if candidate.header.segmentID == wanted {
        chain.append(candidate)
      } else if candidate.header.segmentID > wanted {
        try passOver(candidate)
      } else {
        let missing = "the segment before it (id \(wanted)) is missing"
        let last = successor.header.baseOffset - 1
        problem(successor.name, 0, candidate.header.baseOffset, through: last, missing)
        chain.append(candidate)
      }
    }
    return chain.reversed()
  }

  private mutating func passOver(_ found: Found) throws(SystemError) {
    let reader = BatchReader(file: found.file, segment: found.header, isDirect: true)
    var isEmpty = true
    try reader.scanHeaders(from: Int64(Layout.segmentHeaderBytes), to: found.header.capacity) {
      _,
      header,
      _ in
      isEmpty = header.flags.contains(.mark)
      return isEmpty
    }
    // A torn first batch may be there; the successor's header says that it never counted.
    guard !isEmpty else { return abandoned.append(found.name) }
    unreadable.append(found.name)
  }

  /// Takes a segment for what the next one says of it.
  private mutating func skip(_ found: Found, next: SegmentHeader) {
    var entry = entry(found)
    entry.dataEnd = min(next.previousDataEnd, found.header.capacity)
    entry.endOffset = next.baseOffset
    segments.append(entry)
  }

  // MARK: Batches

  /// Everything below the successor's `previousDataEnd` was durable: what is unreadable there is
  /// damage.
  private mutating func readSealed(_ found: Found, next: SegmentHeader) throws(SystemError) {
    let isProven = next.previousSegmentID == found.header.segmentID
    let limit = isProven ? next.previousDataEnd : found.header.capacity
    let reader = BatchReader(file: found.file, segment: found.header, isDirect: false)
    var entry = entry(found)
    var expected = BatchExpectation(found.header)
    while expected.position < limit {
      if let batch = try reader.batch(expected), !batch.header.flags.contains(.mark) {
        accept(batch, &expected, &entry)
      } else if try !resume(found, reader, &expected, &entry, limit: limit) {
        if isProven {
          let last = next.baseOffset - 1
          let lost = "batches are unreadable"
          problem(found.name, expected.position, expected.firstOffset, through: last, lost)
        }
        break
      }
    }
    if expected.firstOffset < next.baseOffset, !isProven {
      let last = next.baseOffset - 1
      let gone = "the end of the segment is gone"
      problem(found.name, expected.position, expected.firstOffset, through: last, gone)
    }
    entry.dataEnd = max(expected.position, min(limit, found.header.capacity))
    entry.endOffset = expected.firstOffset
    segments.append(entry)
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
    let last = gaps.count > before ? gaps[gaps.count - 1].to : next.header.firstOffset - 1
    let lost = "a batch is unreadable"
    problem(found.name, expected.position, expected.firstOffset, through: last, lost)
    expected.position = next.position
    if let batch {
      accept(batch, &expected, &entry)
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
    _ batch: CheckedBatch,
    _ expected: inout BatchExpectation,
    _ entry: inout SegmentEntry
  ) {
    entry.note(batch.header, at: expected.position)
    for record in batch.records { visit(batch.bytes, record.start, record.header) }
    batches += 1
    records += batch.records.count
    lastCloseMicroseconds = max(lastCloseMicroseconds, batch.header.closeMicroseconds)
    expected.pass(batch.header, crc: batch.crc)
  }

  func entry(_ found: Found) -> SegmentEntry {
    SegmentEntry(
      path: "\(request.directory)/\(found.name)",
      header: found.header,
      dataEnd: Int64(Layout.segmentHeaderBytes),
      endOffset: found.header.baseOffset
    )
  }

  mutating func problem(
    _ name: String,
    _ offset: Int64,
    _ sequence: UInt64?,
    through: UInt64? = nil,
    _ reason: String
  ) {
    problems.append(
      LogProblem(
        segment: name,
        offset: offset,
        sequence: sequence,
        through: through,
        reason: reason
      )
    )
  }
}
