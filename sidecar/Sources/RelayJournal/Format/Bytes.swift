/// Little-endian integers in byte arrays: the one place where the journal's numbers are laid out.
extension [UInt8] {
  mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + T.bitWidth / 8 <= count, "outside of the structure")
    // SAFETY: the range was checked in the line above; the pointer does not leave the closure.
    unsafe withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
  }

  func load<T: FixedWidthInteger>(_ type: T.Type = T.self, at offset: Int) -> T {
    precondition(offset >= 0 && offset + T.bitWidth / 8 <= count, "outside of the structure")
    // SAFETY: the range was checked in the line above; every bit pattern is an integer.
    return unsafe withUnsafeBytes { bytes in
      T(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
    }
  }

  mutating func appendInteger<T: FixedWidthInteger>(_ value: T) {
    // SAFETY: the bytes of an integer, copied before it goes.
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }

  /// Whether nothing but zeros stands from `offset` to the end.
  func isZero(from offset: Int) -> Bool {
    var at = offset
    while at + 8 <= count, load(UInt64.self, at: at) == 0 { at += 8 }
    return self[at...].allSatisfy { $0 == 0 }
  }
}

extension MutableSpan<UInt8> {
  mutating func store<T: FixedWidthInteger>(_ value: T, at offset: Int) {
    precondition(offset >= 0 && offset + T.bitWidth / 8 <= count, "outside of the structure")
    // SAFETY: the range was checked in the line above; the pointer does not leave the closure.
    unsafe withUnsafeMutableBytes { bytes in
      unsafe bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
    }
  }

  /// Copies `source` to `offset`.
  mutating func write(_ source: Span<UInt8>, at offset: Int) {
    precondition(offset >= 0 && source.count <= count - offset, "outside of the structure")
    // SAFETY: the range was checked in the line above, and a borrowed span cannot overlap one
    // that is being written; neither pointer leaves its closure.
    unsafe withUnsafeMutableBytes { target in
      unsafe source.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        unsafe to.advanced(by: offset).copyMemory(from: from, byteCount: source.count)
      }
    }
  }
}

/// Rounds up to whole blocks.
func blocks(_ bytes: Int) -> Int {
  (bytes + Layout.blockBytes - 1) / Layout.blockBytes * Layout.blockBytes
}

/// The fixed numbers of format version 1.
package enum Layout {
  static let formatMajor: UInt16 = 1
  static let formatMinor: UInt16 = 0
  /// What a batch is aligned to: no acknowledged byte shares a block with a later write.
  static let blockBytes = 4096
  static let segmentHeaderBytes = 4096
  static let batchHeaderBytes = 64
  static let recordHeaderBytes = 64
  /// A record larger than this is refused, whatever the segment.
  static let recordBytesMax = 16 << 20
  /// Head and provider's fields of one record.
  static let metaBytesMax = 256 << 10
  /// Fits the count's width in any later version.
  static let recordsPerBatchMax = 65_535
  /// One write; bounds the memory of a commit and of a reader.
  static let batchPayloadMax = 32 << 20
  /// Segments smaller than this could not hold a useful record.
  package static let segmentBytesMin: Int64 = 64 << 10
  /// Offsets in a segment are 32 bits wide in derived indexes.
  package static let segmentBytesMax: Int64 = 1 << 30

  /// The largest record of a segment: a quarter of it (journal §11.5).
  package static func recordBytesMax(segmentBytes: Int64) -> Int {
    min(recordBytesMax, Int(segmentBytes) / 4)
  }
}
