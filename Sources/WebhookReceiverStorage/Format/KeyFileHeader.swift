/// The beginning of a key file.
///
/// Little-endian:
///
///     0        8            16        20        24
///     | magic  | born bytes | version | crc-32c |
///
/// These 24 bytes are the same in every version, so that an older program can name a later one. A
/// file is made under another name and renamed when it is durable. It was `bornBytes` long then,
/// so nothing in that range can be the torn end of a write.
package struct KeyFileHeader: Equatable, Sendable {
  /// "WHKEYS", and the two line ends that transfers as text would change.
  private static let magic: [UInt8] = [0x57, 0x48, 0x4B, 0x45, 0x59, 0x53, 0x0D, 0x0A]
  package static let byteCount = 24
  /// Changes when an older program could not read the file.
  package static let currentVersion: UInt32 = 1

  package var bornBytes: UInt64
  package var version: UInt32

  package init(bornBytes: UInt64, version: UInt32 = currentVersion) {
    self.bornBytes = bornBytes
    self.version = version
  }

  package func encoded() -> [UInt8] {
    var bytes = Self.magic
    bytes.appendInteger(bornBytes)
    bytes.appendInteger(version)
    bytes.appendInteger(Self.checksum(of: bytes))
    return bytes
  }

  /// Reads a header of any version; nil when there is no whole one.
  package static func decode(_ bytes: [UInt8]) -> KeyFileHeader? {
    guard bytes.count >= byteCount, Array(bytes[..<8]) == magic,
      bytes.integer(at: 20) == checksum(of: bytes)
    else { return nil }
    return KeyFileHeader(bornBytes: bytes.integer(at: 8), version: bytes.integer(at: 16))
  }

  private static func checksum(of bytes: [UInt8]) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes[..<20])
    return crc.value
  }
}
