/// A range of offsets that cannot be read.
package struct LogGap: Equatable, Sendable {
  package let from: UInt64
  package let to: UInt64
  package let reason: String
}

/// Where one batch begins: enough to find every other near it.
struct SparseEntry: Equatable, Sendable {
  let firstOffset: UInt64
  let position: Int64
  let closeMicroseconds: Int64
}

/// A segment as it was found.
struct SegmentEntry: Sendable {
  let path: String
  let header: SegmentHeader
  /// Behind the last batch that counts.
  var dataEnd: Int64
  /// The offset after the last record.
  var endOffset: UInt64
  var sparse: [SparseEntry] = []
  /// How often the erasing of a body in it has begun or ended.
  var erasureSteps: UInt64 = 0

  /// Bytes between two entries of the sparse index: what a reader walks at most.
  private static let sparseBytes: Int64 = 64 << 10

  mutating func note(_ header: BatchHeader, at position: Int64) {
    if let last = sparse.last, position - last.position < Self.sparseBytes { return }
    sparse.append(
      SparseEntry(
        firstOffset: header.firstOffset,
        position: position,
        closeMicroseconds: header.closeMicroseconds
      )
    )
  }
}

/// Something in a log that is not as it was written.
package struct LogProblem: Equatable, Sendable {
  package let segment: String
  /// Byte position in the segment.
  package let offset: Int64
  /// The first sequence that is affected, where it is known.
  package let sequence: UInt64?
  /// The last one, where it is known.
  package let through: UInt64?
  package let reason: String

  init(
    segment: String,
    offset: Int64,
    sequence: UInt64?,
    through: UInt64? = nil,
    reason: String
  ) {
    self.segment = segment
    self.offset = offset
    self.sequence = sequence
    self.through = through
    self.reason = reason
  }
}
