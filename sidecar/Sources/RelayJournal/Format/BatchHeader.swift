internal import RelaySystem

/// The head of a batch: one commit, beginning on a block.
///
///     0       4            8           16             24             28            32
///     | magic | header crc | batch seq | first offset | record count | payload len | index crc |
///     36              40            48              56      60      62
///     | prev hdr crc  | durable seq | close time us | epoch | flags | 0 |
///
/// 64 bytes, little-endian. The header crc covers the segment's salt and bytes 8…63; the index crc
/// the salt and all record headers in order. `durableSequence` is the proof that recovery looks
/// for: every batch up to it had been synced when this one was built.
struct BatchHeader: Equatable, Sendable {
  struct Flags: OptionSet, Sendable {
    let rawValue: UInt16
    /// Carries no records; the next batch overwrites it.
    static let mark = Flags(rawValue: 1)
    /// The last of its segment.
    static let seal = Flags(rawValue: 2)
    /// The journal was closed here on purpose.
    static let clean = Flags(rawValue: 4)
  }

  static let magic: UInt32 = 0x424A_5257  // "WRJB"

  var sequence: UInt64
  var firstOffset: UInt64
  var recordCount: UInt32
  var payloadBytes: UInt32
  var indexCRC: UInt32
  var previousHeaderCRC: UInt32
  var durableSequence: UInt64
  var closeMicroseconds: Int64
  var writerEpoch: UInt32
  var flags: Flags

  /// Block-aligned bytes on disk.
  var alignedBytes: Int { blocks(Layout.batchHeaderBytes + Int(payloadBytes)) }

  /// Writes the header over the first bytes of a batch and returns its crc.
  @discardableResult
  func encode(into bytes: inout [UInt8], salt: UInt64) -> UInt32 {
    bytes.store(Self.magic, at: 0)
    bytes.store(sequence, at: 8)
    bytes.store(firstOffset, at: 16)
    bytes.store(recordCount, at: 24)
    bytes.store(payloadBytes, at: 28)
    bytes.store(indexCRC, at: 32)
    bytes.store(previousHeaderCRC, at: 36)
    bytes.store(durableSequence, at: 40)
    bytes.store(closeMicroseconds, at: 48)
    bytes.store(writerEpoch, at: 56)
    bytes.store(flags.rawValue, at: 60)
    bytes.store(UInt16(0), at: 62)
    let crc = Self.checksum(bytes, salt: salt)
    bytes.store(crc, at: 4)
    return crc
  }

  /// Returns the header and its crc, or nil when the bytes are not one of this segment's life.
  static func decode(_ bytes: [UInt8], salt: UInt64) -> (header: BatchHeader, crc: UInt32)? {
    guard bytes.count >= Layout.batchHeaderBytes, bytes.load(UInt32.self, at: 0) == magic else {
      return nil
    }
    let crc = bytes.load(UInt32.self, at: 4)
    guard crc == checksum(bytes, salt: salt) else { return nil }
    let header = BatchHeader(
      sequence: bytes.load(at: 8),
      firstOffset: bytes.load(at: 16),
      recordCount: bytes.load(at: 24),
      payloadBytes: bytes.load(at: 28),
      indexCRC: bytes.load(at: 32),
      previousHeaderCRC: bytes.load(at: 36),
      durableSequence: bytes.load(at: 40),
      closeMicroseconds: bytes.load(at: 48),
      writerEpoch: bytes.load(at: 56),
      flags: Flags(rawValue: bytes.load(at: 60))
    )
    guard header.payloadBytes <= Layout.batchPayloadMax,
      header.recordCount <= Layout.recordsPerBatchMax
    else { return nil }
    return (header, crc)
  }

  private static func checksum(_ bytes: [UInt8], salt: UInt64) -> UInt32 {
    crc32c(bytes.span.extracting(8..<Layout.batchHeaderBytes), seed: saltSeed(salt))
  }

  /// The crc of the salt alone: what both checksums of a batch begin with.
  static func saltSeed(_ salt: UInt64) -> UInt32 {
    var bytes: [UInt8] = []
    bytes.appendInteger(salt)
    return crc32c(bytes.span)
  }
}
