internal import RelaySystem

/// The erasing of one body, as the bytes that it writes: whole blocks, so that one that a power cut
/// left in pieces can be written again without being read.
///
/// Blocks in which something else stands, too, are here as they will be: those of the record's
/// header, the first of the body, and the last. What lies between the last two becomes zeros.
struct Erasure: Equatable, Sendable {
  struct Patch: Equatable, Sendable {
    /// In the segment's file; the start of a block.
    let position: Int64
    /// One block.
    let bytes: [UInt8]
  }

  static let patchesMax = 4

  let segmentID: UInt64
  /// Of the segment: with its id it makes the name of its file, which no other ever gets.
  let baseOffset: UInt64
  let sequence: UInt64
  let zeros: Range<Int64>
  let patches: [Patch]

  init(
    segmentID: UInt64,
    baseOffset: UInt64,
    sequence: UInt64,
    zeros: Range<Int64>,
    patches: [Patch]
  ) {
    self.segmentID = segmentID
    self.baseOffset = baseOffset
    self.sequence = sequence
    self.zeros = zeros
    self.patches = patches
  }

  /// Plans to erase the body of a record in a batch that was read at `position`.
  init(
    _ batch: CheckedBatch,
    at position: Int64,
    _ record: (start: Int, header: RecordHeader),
    in segment: SegmentHeader
  ) {
    var bytes = batch.bytes
    ErasedRecord.make(in: &bytes, at: record.start, record.header)
    bytes.appendZeros(batch.header.alignedBytes - bytes.count)
    let size = Layout.blockBytes
    let head = record.start / size...(record.start + Layout.recordHeaderBytes - 1) / size
    var edges = Set(head)
    var between = 0..<0
    let body = record.header.bodyRange
    if !body.isEmpty {
      let first = (record.start + body.lowerBound) / size
      let last = (record.start + body.upperBound - 1) / size
      edges.formUnion([first, last])
      if first + 1 < last { between = first + 1..<last }
    }
    self.init(
      segmentID: segment.segmentID,
      baseOffset: segment.baseOffset,
      sequence: record.header.offset,
      zeros: position + Int64(between.lowerBound * size)..<position
        + Int64(between.upperBound * size),
      patches: edges.sorted().map { block in
        Patch(
          position: position + Int64(block * size),
          bytes: Array(bytes[block * size..<(block + 1) * size])
        )
      }
    )
  }

  var segmentName: String { SegmentName.make(baseOffset: baseOffset, id: segmentID) }

  /// Bytes of one write of zeros.
  private static let stepBytes: Int64 = 1 << 20

  /// Makes it so in a file that holds the segment's bytes from `start` on.
  ///
  /// The file does not grow: what was cut off it needs no erasing.
  func write(to file: any StorageFile, from start: Int64 = 0) throws(SystemError) {
    let end = start + (try file.size())
    for patch in patches where patch.position >= start && patch.position < end {
      let count = Int(min(Int64(patch.bytes.count), end - patch.position))
      try file.write(patch.bytes.span.extracting(0..<count), at: patch.position - start)
    }
    var at = max(zeros.lowerBound, start)
    let last = min(zeros.upperBound, end)
    while at < last {
      let step = [UInt8](repeating: 0, count: Int(min(Self.stepBytes, last - at)))
      try file.write(step.span, at: at - start)
      at += Int64(step.count)
    }
    try file.synchronizeData()
  }

  /// Shows what was read of the segment's file at `offset` as it will be.
  func apply(to bytes: inout [UInt8], at offset: Int64) {
    for patch in patches {
      let from = max(patch.position, offset)
      let to = min(patch.position + Int64(patch.bytes.count), offset + Int64(bytes.count))
      guard from < to else { continue }
      bytes.replaceSubrange(
        Int(from - offset)..<Int(to - offset),
        with: patch.bytes[Int(from - patch.position)..<Int(to - patch.position)]
      )
    }
    let range = zeros.clamped(to: offset..<offset + Int64(bytes.count))
    guard !range.isEmpty else { return }
    bytes.replaceSubrange(
      Int(range.lowerBound - offset)..<Int(range.upperBound - offset),
      with: repeatElement(0, count: range.count)
    )
  }
}
