internal import RelaySystem

/// What the file ERASING holds: an erasure that has begun, or none.
///
///     0        8     12      14      16     32           40           48            56
///     | magic  | crc | major | minor | uuid | generation | segment id | base offset | sequence
///     64            72          80            84  88
///     | zeros begin | zeros end | patch count | 0 | patch positions (4 × 8 bytes) | zeros …
///     4096
///     | patches (4 blocks)
///
/// 20 KiB, little-endian; the crc covers everything from byte 12 on. Without an erasure all but the
/// generation is zeros from byte 40 on: what stood there of other events is gone.
struct ErasureSlot: Equatable, Sendable {
  static let magic: [UInt8] = Array("WRJERA".utf8) + [0, 1]
  static let bytes = Layout.blockBytes * (1 + Erasure.patchesMax)
  private static let positionsOffset = 88

  /// Another one after each erasure, so that who copies sees that there was one.
  var generation: UInt64 = 0
  var pending: Erasure?

  func encode(uuid: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.bytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Layout.formatMajor, at: 12)
    bytes.store(Layout.formatMinor, at: 14)
    bytes.replaceSubrange(16..<32, with: uuid)
    bytes.store(generation, at: 32)
    if let pending {
      bytes.store(pending.segmentID, at: 40)
      bytes.store(pending.baseOffset, at: 48)
      bytes.store(pending.sequence, at: 56)
      bytes.store(pending.zeros.lowerBound, at: 64)
      bytes.store(pending.zeros.upperBound, at: 72)
      bytes.store(UInt32(pending.patches.count), at: 80)
      for (index, patch) in pending.patches.enumerated() {
        bytes.store(patch.position, at: Self.positionsOffset + index * 8)
        let at = (1 + index) * Layout.blockBytes
        bytes.replaceSubrange(at..<at + Layout.blockBytes, with: patch.bytes)
      }
    }
    bytes.store(crc32c(bytes.span.extracting(12..<bytes.count)), at: 8)
    return bytes
  }

  /// Nil for what a crash has left in pieces, and for that of another journal.
  static func decode(_ bytes: [UInt8], uuid: [UInt8]) -> ErasureSlot? {
    guard bytes.count == Self.bytes, Array(bytes[0..<8]) == magic,
      bytes.load(UInt32.self, at: 8) == crc32c(bytes.span.extracting(12..<bytes.count)),
      bytes.load(UInt16.self, at: 12) == Layout.formatMajor, Array(bytes[16..<32]) == uuid
    else { return nil }
    let generation: UInt64 = bytes.load(at: 32)
    let count = Int(bytes.load(UInt32.self, at: 80))
    let zeros = (from: bytes.load(Int64.self, at: 64), to: bytes.load(Int64.self, at: 72))
    guard count > 0 else { return ErasureSlot(generation: generation) }
    guard count <= Erasure.patchesMax, zeros.from <= zeros.to, zeros.from >= 0 else { return nil }
    let patches = (0..<count).map { index in
      let at = (1 + index) * Layout.blockBytes
      return Erasure.Patch(
        position: bytes.load(at: positionsOffset + index * 8),
        bytes: Array(bytes[at..<at + Layout.blockBytes])
      )
    }
    guard patches.allSatisfy({ $0.position >= 0 }) else { return nil }
    return ErasureSlot(
      generation: generation,
      pending: Erasure(
        segmentID: bytes.load(at: 40),
        baseOffset: bytes.load(at: 48),
        sequence: bytes.load(at: 56),
        zeros: zeros.from..<zeros.to,
        patches: patches
      )
    )
  }
}
