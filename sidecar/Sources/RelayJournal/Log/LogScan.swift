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
    /// Takes the word of indexes for sealed segments; nil reads every segment.
    let indexes: IndexUse?
    /// Slows it, for a reader that has time.
    let pace: ReadPace?
    /// Where bytes that the device does not give are damage; elsewhere they end the scan.
    let unreadable: Unreadable

    init(
      directory: String,
      uuid: [UInt8],
      proven: Epoch.LogEnd,
      firstOffset: UInt64?,
      synchronizesTail: Bool = false,
      tailOnly: Bool = false,
      indexes: IndexUse? = nil,
      pace: ReadPace? = nil,
      unreadable: Unreadable = .inSealed
    ) {
      self.directory = directory
      self.uuid = uuid
      self.proven = proven
      self.firstOffset = firstOffset
      self.synchronizesTail = synchronizesTail
      self.tailOnly = tailOnly
      self.indexes = indexes
      self.pace = pace
      self.unreadable = unreadable
    }
  }

  enum Unreadable: Sendable {
    /// Nowhere: all that is there is wanted.
    case nowhere
    /// Behind the headers of sealed segments: nothing is cut or moved for it.
    case inSealed
    /// The same in a log that is written to; one whose file is gone, too.
    case inSealedOrGone
    /// Anywhere, for who changes nothing.
    case anywhere
  }

  /// What a start takes from the index of a segment in place of its records.
  struct IndexUse {
    /// Whether the keys of events up to this one are wanted at all.
    let wantsKeys: (UInt64) -> Bool
    let visit: (SegmentIndex, [SegmentIndex.Key]) -> Void
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
  /// A segment that a later version of this software wrote: nothing can be said of the log.
  private(set) var laterVersion: String?
  /// Whose segments these are, where there are some and all of another journal.
  private(set) var stranger: [UInt8]?
  /// Indexes of segments that are not there.
  private(set) var orphans: [String] = []
  /// Every record before this one is known to have been durable.
  private(set) var provenOffset: UInt64
  /// Sealed segments that were read, because no index spoke for them.
  var unindexed: Set<UInt64> = []
  var batches = 0
  var records = 0
  /// When the last batch was closed.
  var lastCloseMicroseconds: Int64 = 0
  private(set) var floor = Floor()
  /// Where the next batch goes; nil for a log without segments.
  var end: BatchExpectation?
  var tail: TailDecision.Facts?
  /// Ranges inside of segments that cannot be read.
  var gaps: [LogGap] = []
  /// The bytes of the tail that damage concerns.
  var damagedRange: Range<Int64>?

  /// The batch that was read last, where something else than zeros stands behind it.
  ///
  /// A crash leaves such a one at the end of a log; as soon as there is proof that it was durable
  /// as it was written, it is damage (`noteStain`).
  var stain: Stain?

  struct Stain {
    let position: Int64
    let header: BatchHeader
  }

  let storage: any Storage
  let request: Request
  let visit: Visitor

  static func run(
    _ storage: any Storage,
    _ request: Request,
    visit: @escaping Visitor
  ) throws(SystemError) -> LogScan {
    var scan = LogScan(storage: storage, request: request, visit: visit)
    let headers = try scan.readHeaders()
    guard scan.laterVersion == nil else { return scan }
    if headers.isEmpty { scan.noteAllGone() }
    for (index, found) in headers.enumerated() {
      if index + 1 < headers.count {
        guard !request.tailOnly else {
          scan.skip(found, next: headers[index + 1].header)
          continue
        }
        if try scan.takeIndex(found, next: headers[index + 1].header) { continue }
        try scan.readSealed(found, next: headers[index + 1].header)
      } else {
        try scan.readTail(found)
      }
    }
    return scan
  }

  /// Reads one sealed segment, whatever its index says.
  static func sealed(
    _ storage: any Storage,
    directory: String,
    _ entry: SegmentEntry,
    before next: SegmentHeader,
    pace: ReadPace? = nil,
    visit: @escaping Visitor
  ) throws(SystemError) -> LogScan {
    let request = Request(
      directory: directory,
      uuid: entry.header.journalUUID,
      proven: Epoch.LogEnd(),
      firstOffset: nil,
      pace: pace,
      unreadable: .inSealedOrGone
    )
    var scan = LogScan(storage: storage, request: request, visit: visit)
    let name = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
    try scan.readSealed(Found(name: name, header: entry.header), next: next)
    return scan
  }

  private init(storage: any Storage, request: Request, visit: @escaping Visitor) {
    self.storage = storage
    self.request = request
    self.visit = visit
    // The first record has the number 1.
    provenOffset = max(1, request.proven.nextOffset)
  }

  // MARK: Headers

  /// A segment of the log; its file is open only while it is read, however many there are.
  struct Found {
    let name: String
    let header: SegmentHeader
  }

  func open(_ found: Found) throws(SystemError) -> any StorageFile {
    try storage.openForReading("\(request.directory)/\(found.name)")
  }

  /// Returns the segments of the chain that ends with the newest one, oldest first.
  private mutating func readHeaders() throws(SystemError) -> [Found] {
    var found: [Found] = []
    let names = try storage.list(request.directory)
    let segments = Set(names.filter(SegmentName.isSegment))
    orphans = names.filter { $0.hasSuffix(".idx") && !segments.contains($0.dropLast(4) + ".seg") }
    for name in orphans { noteOrphan(name) }
    for name in names {
      guard let parts = SegmentName.parse(name) else { continue }
      guard let (file, block) = try firstBlock(name, parts) else { continue }
      let decoded = SegmentHeader(decoding: block)
      if let decoded, decoded.journalUUID != request.uuid { stranger = decoded.journalUUID }
      guard let header = decoded, header.journalUUID == request.uuid,
        header.segmentID == parts.id, header.baseOffset == parts.baseOffset
      else {
        if let version = SegmentHeader.laterVersion(block) {
          if laterVersion == nil { laterVersion = "\(version) in \(name)" }
        } else {
          try setAside(name, parts, file)
        }
        continue
      }
      found.append(Found(name: name, header: header))
    }
    // One among ours was put there; where all are strangers, it is FORMAT that was.
    if !found.isEmpty { stranger = nil }
    found.sort { $0.header.segmentID < $1.header.segmentID }
    let chain = withoutRetired(try chain(found))
    if let first = chain.first, let wanted = request.firstOffset, first.header.baseOffset > wanted {
      let base = first.header.baseOffset
      let missing = "the segments with sequences before \(base) are missing"
      problem(first.name, 0, wanted, through: base - 1, missing)
    }
    return chain
  }

  /// An index is made of a segment whose successor is durable: what it describes was so, too.
  private mutating func noteOrphan(_ name: String) {
    guard let file = try? storage.openForReading("\(request.directory)/\(name)"),
      let index = try? SegmentIndex.read(file), index.uuid == request.uuid,
      Epoch.LogEnd.isPlausible(index.endOffset)
    else { return }
    provenOffset = max(provenOffset, index.endOffset)
  }

  /// No file is left of a log that is known to have had some.
  ///
  /// The place is the segment that a start will open behind what is lost, so that the damage which
  /// is found in front of that one is the one that was accepted.
  private mutating func noteAllGone() {
    let next = provenOffset
    let first = request.firstOffset ?? 1
    guard request.proven.durableSequence > 0 || next > 1, unreadable.isEmpty, first < next
    else { return }
    let name = SegmentName.make(baseOffset: next, id: floor.segmentID + 1)
    problem(name, 0, first, through: next - 1, "all segments before it are missing")
  }

  /// Nil where it cannot be read and that is damage.
  private mutating func firstBlock(
    _ name: String,
    _ parts: (baseOffset: UInt64, id: UInt64)
  ) throws(SystemError) -> (any StorageFile, [UInt8])? {
    do throws(SystemError) {
      let file = try storage.openForReading("\(request.directory)/\(name)")
      return (file, try file.readDirect(Layout.segmentHeaderBytes, at: 0))
    } catch {
      guard request.unreadable == .anywhere, error.isUnreadable else { throw error }
      problem(name, 0, parts.baseOffset, Self.words(error))
      return nil
    }
  }

  static func words(_ error: SystemError) -> String { "cannot be read: \(error.reason)" }

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
        // How far it came is known when it has been read: that says what is missing.
        chain.append(candidate)
      }
    }
    return chain.reversed()
  }

  private mutating func passOver(_ found: Found) throws(SystemError) {
    let reader = BatchReader(file: try open(found), segment: found.header, isDirect: true)
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
    if next.previousSegmentID != found.header.segmentID {
      missing(before: next, from: next.baseOffset)
    }
  }

  func entry(_ found: Found) -> SegmentEntry {
    SegmentEntry(
      path: "\(request.directory)/\(found.name)",
      header: found.header,
      dataEnd: Int64(Layout.segmentHeaderBytes),
      endOffset: found.header.baseOffset
    )
  }

  /// Nothing of an event is in the zeros between two batches, and still they tell of a disk that
  /// alters what it holds.
  mutating func noteStain(_ name: String) {
    guard let stain else { return }
    self.stain = nil
    let end = stain.position + Int64(Layout.batchHeaderBytes) + Int64(stain.header.payloadBytes)
    let batch = stain.header.sequence
    problem(name, end, nil, "the zeros behind batch \(batch) are not zeros; no event is lost")
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
