internal import RelaySystem

/// The head of a record; meta and body follow, then zeros up to a multiple of 8.
///
///     0           4            8        16             24            40         44
///     | total len | record crc | offset | recv time us | dedup hash  | body len | meta len |
///     48          52     54      56         64
///     | source id | type | flags | balance | meta … | body … | zeros
///
/// 64 bytes, little-endian. The record crc covers bytes 8 up to the total length. The balance is
/// zero, but in a record whose body was erased: see `ErasedRecord`.
struct RecordHeader: Equatable, Sendable {
  enum Kind: UInt16, Sendable {
    case event = 1
    /// One entry of the state map: the meta is its key, the body its value.
    case state = 2
    /// The removal of an entry.
    case stateRemoval = 3
  }

  var totalBytes: UInt32
  var offset: UInt64
  /// Never before that of the record ahead: reads by time rely on it.
  var receivedMicroseconds: Int64
  var key: Key128
  var bodyBytes: UInt32
  var metaBytes: UInt32
  var sourceID: UInt32
  var kind: Kind
  var flags: UInt16

  static func totalBytes(meta: Int, body: Int) -> Int {
    (Layout.recordHeaderBytes + meta + body + 7) / 8 * 8
  }

  /// Writes the header of a record in which meta, body and padding already stand.
  func encode(into record: inout MutableSpan<UInt8>) {
    write(into: &record)
    Self.close(&record)
  }

  /// The same where the record stands at `start` of a batch.
  func encode(into bytes: inout [UInt8], at start: Int) {
    var all = bytes.mutableSpan
    var record = all._mutatingExtracting(start..<start + Int(totalBytes))
    encode(into: &record)
  }

  /// The record's checksum, for everything that was written.
  private static func close(_ record: inout MutableSpan<UInt8>) {
    record.store(crc32c(record.span.extracting(8..<record.count)), at: 4)
  }

  /// Says where a record stands that was written before, and closes it.
  static func place(
    _ record: inout MutableSpan<UInt8>,
    offset: UInt64,
    receivedMicroseconds: Int64
  ) {
    record.store(offset, at: 8)
    record.store(receivedMicroseconds, at: 16)
    close(&record)
  }

  /// Everything but the checksum.
  func write(into record: inout MutableSpan<UInt8>) {
    record.store(totalBytes, at: 0)
    record.store(offset, at: 8)
    record.store(receivedMicroseconds, at: 16)
    record.store(key.high, at: 24)
    record.store(key.low, at: 32)
    record.store(bodyBytes, at: 40)
    record.store(metaBytes, at: 44)
    record.store(sourceID, at: 48)
    record.store(kind.rawValue, at: 52)
    record.store(flags, at: 54)
    record.store(UInt64(0), at: 56)
  }

  /// Reads the header at `start` of a batch's payload and checks the whole record's crc.
  static func decode(_ bytes: [UInt8], at start: Int) -> RecordHeader? {
    guard start + Layout.recordHeaderBytes <= bytes.count,
      let kind = Kind(rawValue: bytes.load(at: start + 52))
    else { return nil }
    let header = RecordHeader(
      totalBytes: bytes.load(at: start),
      offset: bytes.load(at: start + 8),
      receivedMicroseconds: bytes.load(at: start + 16),
      key: Key128(high: bytes.load(at: start + 24), low: bytes.load(at: start + 32)),
      bodyBytes: bytes.load(at: start + 40),
      metaBytes: bytes.load(at: start + 44),
      sourceID: bytes.load(at: start + 48),
      kind: kind,
      flags: bytes.load(at: start + 54)
    )
    let total = Int(header.totalBytes)
    guard header.metaBytes <= Layout.metaBytesMax,
      total <= Layout.recordBytesMax + 8, start + total <= bytes.count,
      total == totalBytes(meta: Int(header.metaBytes), body: Int(header.bodyBytes)),
      bytes.load(UInt32.self, at: start + 4)
        == crc32c(bytes.span.extracting(start + 8..<start + total))
    else { return nil }
    return header
  }

  var metaRange: Range<Int> {
    Layout.recordHeaderBytes..<Layout.recordHeaderBytes + Int(metaBytes)
  }

  var bodyRange: Range<Int> {
    metaRange.upperBound..<metaRange.upperBound + Int(bodyBytes)
  }
}

/// A key of the index: 128 bits, hashed by the caller under the journal's own key.
package struct Key128: Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  static let none = Key128(high: 0, low: 0)
}
