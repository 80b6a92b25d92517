/// Little-endian integers in byte arrays: the one place where the numbers of the file are laid out.
extension [UInt8] {
  mutating func appendInteger<T: FixedWidthInteger & UnsignedInteger>(_ value: T) {
    for shift in stride(from: 0, to: T.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: value >> T(shift)))
    }
  }

  func integer<T: FixedWidthInteger & UnsignedInteger>(_: T.Type = T.self, at offset: Int) -> T {
    self[offset..<offset + T.bitWidth / 8].reversed().reduce(0) { $0 << 8 | T($1) }
  }
}
