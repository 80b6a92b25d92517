/// CRC-32C (Castagnoli), as iSCSI (RFC 3720, appendix B.4) and ext4 use it.
package struct CRC32C: Sendable {
  /// The polynomial 0x1EDC6F41, its bits reversed.
  private static let polynomial: UInt32 = 0x82F6_3B78

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 0 ? value >> 1 : value >> 1 ^ polynomial
    }
  }

  private var state = UInt32.max

  package init() {}

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    let table = Self.table
    var state = state
    for byte in bytes { state = state >> 8 ^ table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] }
    self.state = state
  }

  package var value: UInt32 { ~state }
}
