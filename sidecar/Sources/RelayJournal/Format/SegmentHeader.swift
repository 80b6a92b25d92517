internal import RelaySystem

/// The first block of a segment, written once and synced before the segment gets its name.
///
///     0        8     12    14    16           20            24     28       32
///     | magic  | crc | major|minor| incompat  | ro_compat  | block | header | journal uuid |
///     48           56     64            72               80         88           96
///     | segment id | salt | base offset | base batch seq | capacity | created_us | prev seg id |
///     104                   112                    116                 120              128
///     | prev last batch seq | prev last header crc | prev close reason | prev data end | epoch |
///
/// 4096 bytes, little-endian; the crc covers bytes 12…4095; the rest is zero. The prev fields prove
/// that everything before `previousDataEnd` of the predecessor was durable.
struct SegmentHeader: Equatable, Sendable {
  enum CloseReason: UInt32, Sendable {
    case rolled = 0
    case recoveredTail = 1
    case failover = 2
    case lossAccepted = 3
  }

  static let magic: [UInt8] = Array("WRJSEG".utf8) + [0, 1]

  var journalUUID: [UInt8]
  var segmentID: UInt64
  /// Fresh for each life of a file: a batch of an earlier life does not verify.
  var salt: UInt64
  var baseOffset: UInt64
  var baseBatchSequence: UInt64
  var capacity: Int64
  var createdMicroseconds: Int64
  var previousSegmentID: UInt64
  var previousLastBatchSequence: UInt64
  var previousLastHeaderCRC: UInt32
  var previousCloseReason: CloseReason
  var previousDataEnd: Int64
  var writerEpoch: UInt32

  /// Names the segment: what its first batch is chained to.
  private(set) var crc: UInt32 = 0

  init(
    journalUUID: [UInt8],
    segmentID: UInt64,
    salt: UInt64,
    baseOffset: UInt64,
    baseBatchSequence: UInt64,
    capacity: Int64,
    createdMicroseconds: Int64,
    previous: Predecessor?,
    writerEpoch: UInt32
  ) {
    self.journalUUID = journalUUID
    self.segmentID = segmentID
    self.salt = salt
    self.baseOffset = baseOffset
    self.baseBatchSequence = baseBatchSequence
    self.capacity = capacity
    self.createdMicroseconds = createdMicroseconds
    previousSegmentID = previous?.segmentID ?? 0
    previousLastBatchSequence = previous?.lastBatchSequence ?? 0
    previousLastHeaderCRC = previous?.lastHeaderCRC ?? 0
    previousCloseReason = previous?.closeReason ?? .rolled
    previousDataEnd = previous?.dataEnd ?? 0
    self.writerEpoch = writerEpoch
  }

  /// How the segment before ended.
  struct Predecessor: Equatable, Sendable {
    var segmentID: UInt64
    var lastBatchSequence: UInt64
    var lastHeaderCRC: UInt32
    var closeReason: CloseReason
    var dataEnd: Int64
  }

  mutating func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Layout.segmentHeaderBytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Layout.formatMajor, at: 12)
    bytes.store(Layout.formatMinor, at: 14)
    bytes.store(UInt32(Layout.blockBytes), at: 24)
    bytes.store(UInt32(Layout.segmentHeaderBytes), at: 28)
    bytes.replaceSubrange(32..<48, with: journalUUID)
    bytes.store(segmentID, at: 48)
    bytes.store(salt, at: 56)
    bytes.store(baseOffset, at: 64)
    bytes.store(baseBatchSequence, at: 72)
    bytes.store(capacity, at: 80)
    bytes.store(createdMicroseconds, at: 88)
    bytes.store(previousSegmentID, at: 96)
    bytes.store(previousLastBatchSequence, at: 104)
    bytes.store(previousLastHeaderCRC, at: 112)
    bytes.store(previousCloseReason.rawValue, at: 116)
    bytes.store(previousDataEnd, at: 120)
    bytes.store(writerEpoch, at: 128)
    crc = Self.checksum(bytes)
    bytes.store(crc, at: 8)
    return bytes
  }

  /// Returns nil for anything that this version did not write.
  init?(decoding bytes: [UInt8]) {
    guard bytes.count == Layout.segmentHeaderBytes, Array(bytes[0..<8]) == Self.magic,
      bytes.load(UInt32.self, at: 8) == Self.checksum(bytes),
      FormatVersion(bytes).isReadable,
      bytes.load(UInt32.self, at: 24) == UInt32(Layout.blockBytes),
      bytes.load(UInt32.self, at: 28) == UInt32(Layout.segmentHeaderBytes),
      let reason = CloseReason(rawValue: bytes.load(at: 116))
    else { return nil }
    let capacity = bytes.load(Int64.self, at: 80)
    guard capacity >= Layout.segmentBytesMin, capacity <= Layout.segmentBytesMax else { return nil }
    journalUUID = Array(bytes[32..<48])
    segmentID = bytes.load(at: 48)
    salt = bytes.load(at: 56)
    baseOffset = bytes.load(at: 64)
    baseBatchSequence = bytes.load(at: 72)
    self.capacity = capacity
    createdMicroseconds = bytes.load(at: 88)
    previousSegmentID = bytes.load(at: 96)
    previousLastBatchSequence = bytes.load(at: 104)
    previousLastHeaderCRC = bytes.load(at: 112)
    previousCloseReason = reason
    previousDataEnd = bytes.load(at: 120)
    writerEpoch = bytes.load(at: 128)
    crc = bytes.load(at: 8)
  }

  /// What wrote a header that is whole and that this version cannot read; nil for anything else.
  ///
  /// It is no damage, and must not be treated as such.
  static func laterVersion(_ bytes: [UInt8]) -> String? {
    guard bytes.count == Layout.segmentHeaderBytes, Array(bytes[0..<8]) == magic,
      bytes.load(UInt32.self, at: 8) == checksum(bytes)
    else { return nil }
    let version = FormatVersion(bytes)
    let (block, head) = (bytes.load(UInt32.self, at: 24), bytes.load(UInt32.self, at: 28))
    let isUsual =
      block == UInt32(Layout.blockBytes) && head == UInt32(Layout.segmentHeaderBytes)
    if version.isReadable && isUsual { return nil }
    return "\(version)" + (isUsual ? "" : " with blocks of \(block) and heads of \(head) bytes")
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    crc32c(bytes.span.extracting(12..<bytes.count))
  }
}
