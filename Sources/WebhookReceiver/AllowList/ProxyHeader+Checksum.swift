/// The checksum that a header of version 2 may carry (section 2.2.3 of the specification).
extension ProxyHeader {
  /// The type of the extension that holds it: `PP2_TYPE_CRC32C`.
  private static let checksumType: UInt8 = 0x03

  /// Where the CRC-32C lies in a header that `parse` has taken.
  ///
  /// It is the four bytes of the first extension of its type, in network order, and covers the
  /// whole header with these bytes zero. One of another length is given as it is, for the caller
  /// to refuse. `parse` does not compare it, because this module has no other use for a CRC.
  ///
  /// - Parameter header: the bytes of the header and no more.
  /// - Returns: nil where the header has no checksum.
  package static func checksumRange(in header: Span<UInt8>) -> Range<Int>? {
    // Version 1 has none, and of LOCAL everything behind the length is to be ignored.
    guard header.count >= fixedBytes, header[0] == 0x0d, header[12] == 0x21 else { return nil }
    let addressBytes = addressBytes(family: header[13] >> 4, transport: header[13] & 0xf)
    guard addressBytes > 0 else { return nil }
    var position = fixedBytes + addressBytes
    while position + extensionHeadBytes <= header.count {
      let value = position + extensionHeadBytes
      let end = value + (Int(header[position + 1]) << 8 | Int(header[position + 2]))
      guard end <= header.count else { return nil }
      if header[position] == checksumType { return value..<end }
      position = end
    }
    return nil
  }
}
