/// The cyclic redundancy check of zlib and PNG (ISO 3309): finds accidents, and stops nobody.
package enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1
    }
  }

  /// The check of the bytes.
  package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    let table = table
    var value: UInt32 = 0xffff_ffff
    for index in bytes.indices {
      value = table[Int(UInt8(truncatingIfNeeded: value) ^ bytes[index])] ^ value >> 8
    }
    return ~value
  }
}
