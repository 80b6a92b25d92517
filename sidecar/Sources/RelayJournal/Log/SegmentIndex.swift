internal import RelaySystem

/// What a start needs to know of a sealed segment without reading it: derived, made in the
/// background, made again when it is lost (journal §6.8).
///
///     0        8     12      14      16     32           40     48         56           64
///     | magic  | crc | major | minor | uuid | segment id | salt | data end | end offset | batches
///     72        80           88              96             100         104          108
///     | records | last close | last received | sparse count | key count | sparse crc | keys crc
///
/// 112 bytes, little-endian; the crc covers bytes 12…111. Then the sparse index, 24 bytes an entry:
/// first offset, position, close time. Then the keys of its events in their order, 28 bytes each:
/// high, low, sequence, seconds.
struct SegmentIndex: Equatable, Sendable {
  struct Key: Equatable, Sendable {
    let key: Key128
    let sequence: UInt64
    /// When its event was received, in seconds since 1970.
    let seconds: UInt32
  }

  private static let magic: [UInt8] = Array("WRJIDX".utf8) + [0, 1]
  static let headerBytes = 112
  static let sparseBytes = 24
  static let keyBytes = 28
  /// Segments with more keys are read instead: 112 MB are more than a start should hold at once.
  static let keysMax = 4 << 20

  let uuid: [UInt8]
  let segmentID: UInt64
  let salt: UInt64
  let dataEnd: Int64
  let endOffset: UInt64
  let batches: Int
  let records: Int
  let lastCloseMicroseconds: Int64
  let lastReceivedMicroseconds: Int64
  let sparse: [SparseEntry]
  let keyCount: Int
  let keysCRC: UInt32

  /// `<segment's name without its ending>.idx`.
  static func path(ofSegment path: String) -> String { path.dropLast(4) + ".idx" }

  // MARK: Writing

  func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.headerBytes + sparse.count * Self.sparseBytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Layout.formatMajor, at: 12)
    bytes.store(Layout.formatMinor, at: 14)
    bytes.replaceSubrange(16..<32, with: uuid)
    bytes.store(segmentID, at: 32)
    bytes.store(salt, at: 40)
    bytes.store(dataEnd, at: 48)
    bytes.store(endOffset, at: 56)
    bytes.store(UInt64(batches), at: 64)
    bytes.store(UInt64(records), at: 72)
    bytes.store(lastCloseMicroseconds, at: 80)
    bytes.store(lastReceivedMicroseconds, at: 88)
    bytes.store(UInt32(sparse.count), at: 96)
    bytes.store(UInt32(keyCount), at: 100)
    for (index, entry) in sparse.enumerated() {
      let at = Self.headerBytes + index * Self.sparseBytes
      bytes.store(entry.firstOffset, at: at)
      bytes.store(entry.position, at: at + 8)
      bytes.store(entry.closeMicroseconds, at: at + 16)
    }
    bytes.store(crc32c(bytes.span.extracting(Self.headerBytes..<bytes.count)), at: 104)
    bytes.store(keysCRC, at: 108)
    bytes.store(crc32c(bytes.span.extracting(12..<Self.headerBytes)), at: 8)
    return bytes
  }

  static func encode(_ keys: [Key]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: keys.count * keyBytes)
    for (index, key) in keys.enumerated() {
      let at = index * keyBytes
      bytes.store(key.key.high, at: at)
      bytes.store(key.key.low, at: at + 8)
      bytes.store(key.sequence, at: at + 16)
      bytes.store(key.seconds, at: at + 24)
    }
    return bytes
  }

  // MARK: Reading

  /// Reads all but the keys; nil where anything is not as it was written.
  static func read(_ file: any StorageFile) throws(SystemError) -> Self? {
    let head = try file.read(headerBytes, at: 0)
    guard head.count == headerBytes, Array(head[0..<8]) == magic,
      head.load(UInt32.self, at: 8) == crc32c(head.span.extracting(12..<headerBytes)),
      head.load(UInt16.self, at: 12) == Layout.formatMajor
    else { return nil }
    let sparseCount = Int(head.load(UInt32.self, at: 96))
    let keyCount = Int(head.load(UInt32.self, at: 100))
    guard sparseCount <= Int(Layout.segmentBytesMax) / Layout.blockBytes, keyCount <= keysMax else {
      return nil
    }
    let bytes = try file.read(sparseCount * sparseBytes, at: Int64(headerBytes))
    guard bytes.count == sparseCount * sparseBytes,
      head.load(UInt32.self, at: 104) == crc32c(bytes.span)
    else { return nil }
    return Self(
      uuid: Array(head[16..<32]),
      segmentID: head.load(at: 32),
      salt: head.load(at: 40),
      dataEnd: head.load(at: 48),
      endOffset: head.load(at: 56),
      batches: Int(clamping: head.load(UInt64.self, at: 64)),
      records: Int(clamping: head.load(UInt64.self, at: 72)),
      lastCloseMicroseconds: head.load(at: 80),
      lastReceivedMicroseconds: head.load(at: 88),
      sparse: stride(from: 0, to: bytes.count, by: sparseBytes).map { at in
        SparseEntry(
          firstOffset: bytes.load(at: at),
          position: bytes.load(at: at + 8),
          closeMicroseconds: bytes.load(at: at + 16)
        )
      },
      keyCount: keyCount,
      keysCRC: head.load(at: 108)
    )
  }

  /// Reads the keys; nil where anything is not as it was written.
  func keys(_ file: any StorageFile) throws(SystemError) -> [Key]? {
    let start = Self.headerBytes + sparse.count * Self.sparseBytes
    let bytes = try file.read(keyCount * Self.keyBytes, at: Int64(start))
    guard bytes.count == keyCount * Self.keyBytes, crc32c(bytes.span) == keysCRC else { return nil }
    return stride(from: 0, to: bytes.count, by: Self.keyBytes).map { at in
      Key(
        key: Key128(high: bytes.load(at: at), low: bytes.load(at: at + 8)),
        sequence: bytes.load(at: at + 16),
        seconds: bytes.load(at: at + 24)
      )
    }
  }
}
