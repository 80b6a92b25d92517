internal import RelaySystem

/// FORMAT: whose journal this is.
///
/// Written once.
///
///     0        8     12      14      16          20          24    40
///     | magic  | crc | major | minor | incompat  | ro_compat | uuid | key for hashes (16) |
///
/// 4096 bytes, little-endian; the crc covers bytes 12…4095; the rest is zero.
struct JournalIdentity: Equatable, Sendable {
  private static let magic: [UInt8] = Array("WRJFMT".utf8) + [0, 1]

  /// A later one may be read and not written to.
  let version: FormatVersion
  let uuid: [UInt8]
  /// Under this key the callers hash what they look up; nobody outside can aim for a collision.
  let hashKey: [UInt8]

  static func make(_ storage: any Storage) -> Self {
    Self(
      version: FormatVersion(),
      uuid: storage.randomBytes(16),
      hashKey: storage.randomBytes(16)
    )
  }

  static func words(_ uuid: [UInt8]) -> String {
    uuid.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Layout.formatMajor, at: 12)
    bytes.store(Layout.formatMinor, at: 14)
    bytes.replaceSubrange(24..<40, with: uuid)
    bytes.replaceSubrange(40..<56, with: hashKey)
    bytes.store(crc32c(bytes.span.extracting(12..<bytes.count)), at: 8)
    return bytes
  }

  static func decode(_ bytes: [UInt8], path: String) throws(JournalError) -> Self {
    guard bytes.count == Layout.blockBytes, Array(bytes[0..<8]) == magic,
      bytes.load(UInt32.self, at: 8) == crc32c(bytes.span.extracting(12..<bytes.count))
    else { throw .badFormat(path: path) }
    let version = FormatVersion(bytes)
    guard version.isReadable else { throw .wrongVersion(found: "\(version)") }
    return Self(version: version, uuid: Array(bytes[24..<40]), hashKey: Array(bytes[40..<56]))
  }
}

/// EPOCH.0 and EPOCH.1, written in turn at every open and clean close: who wrote last, and how far
/// the logs were known to be durable.
///
/// The newer valid one counts.
///
///     0        8     12      16           24                  32                    40
///     | magic  | crc | epoch | generation | events' last seq  | events' next offset | state seq |
///     48                    56
///     | state's next offset | clean
struct Epoch: Equatable, Sendable {
  private static let magic: [UInt8] = Array("WRJEPO".utf8) + [0, 1]

  var epoch: UInt32 = 0
  var generation: UInt64 = 0
  var events = LogEnd()
  var state = LogEnd()
  var isClean = false

  /// How far a log is known to reach.
  struct LogEnd: Equatable, Sendable {
    var durableSequence: UInt64 = 0
    var nextOffset: UInt64 = 1

    /// The same where the record of this offset is known to have been durable, too.
    func reaching(_ offset: UInt64) -> Self {
      // None was ever given out from up there; a number that cannot be is no proof.
      guard Self.isPlausible(offset) else { return self }
      var end = self
      end.nextOffset = max(nextOffset, offset + 1)
      return end
    }

    static func isPlausible(_ offset: UInt64) -> Bool { offset < offsetMax }

    /// A journal that takes a million events a second comes here in 140 000 years.
    private static let offsetMax: UInt64 = 1 << 62
  }

  func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Layout.blockBytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(epoch, at: 12)
    bytes.store(generation, at: 16)
    bytes.store(events.durableSequence, at: 24)
    bytes.store(events.nextOffset, at: 32)
    bytes.store(state.durableSequence, at: 40)
    bytes.store(state.nextOffset, at: 48)
    bytes.store(UInt32(isClean ? 1 : 0), at: 56)
    bytes.store(crc32c(bytes.span.extracting(12..<bytes.count)), at: 8)
    return bytes
  }

  static func decode(_ bytes: [UInt8]) -> Epoch? {
    guard bytes.count == Layout.blockBytes, Array(bytes[0..<8]) == magic,
      bytes.load(UInt32.self, at: 8) == crc32c(bytes.span.extracting(12..<bytes.count))
    else { return nil }
    return Epoch(
      epoch: bytes.load(at: 12),
      generation: bytes.load(at: 16),
      events: LogEnd(durableSequence: bytes.load(at: 24), nextOffset: bytes.load(at: 32)),
      state: LogEnd(durableSequence: bytes.load(at: 40), nextOffset: bytes.load(at: 48)),
      isClean: bytes.load(UInt32.self, at: 56) == 1
    )
  }
}
