internal import RelaySystem

/// One key of a run.
package struct KeyRunEntry: Equatable, Sendable {
  package let key: Key128
  package let sequence: UInt64
  package let seconds: UInt32

  package init(key: Key128, sequence: UInt64, seconds: UInt32) {
    self.key = key
    self.sequence = sequence
    self.seconds = seconds
  }
}

extension Key128: Comparable {
  package static func < (left: Key128, right: Key128) -> Bool {
    left.high != right.high ? left.high < right.high : left.low < right.low
  }

  /// What filters are asked about; keys that differ in one half only stay apart.
  var filterHash: UInt64 { FuseFilter.mix(high, 0x9E37_79B9_7F4A_7C15) ^ low }
}

/// `<generation, 20 digits>.run`: names sort as the generations do.
enum KeyRunName {
  static func make(_ generation: UInt64) -> String {
    let digits = String(generation)
    return String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".run"
  }

  /// Returns the generation, or nil for any other name.
  static func parse(_ name: String) -> UInt64? {
    guard name.hasSuffix(".run"), let generation = UInt64(name.dropLast(4)),
      make(generation) == name
    else { return nil }
    return generation
  }
}

/// A page of a run: what it holds, four zeros, crc.
///
///     0                        4088   4092
///     | 4088 bytes of contents | zero | crc |
///
/// The crc covers bytes 0…4091. It begins with a number of the run and of the page: a page of
/// another run, or one that was written to the wrong place, is not taken for the right one.
enum KeyRunPage {
  static let bytes = 4096
  static let contentBytes = 4088
  static let entryBytes = 28
  static let entries = contentBytes / entryBytes

  static func crc(_ bytes: [UInt8], at start: Int, page: Int, salt: UInt32) -> UInt32 {
    // An odd factor gives every page a number of its own.
    let seed = salt &+ UInt32(truncatingIfNeeded: page) &* 0x9E37_79B1
    return crc32c(bytes.span.extracting(start..<start + self.bytes - 4), seed: seed)
  }

  static func isWhole(_ bytes: [UInt8], at start: Int, page: Int, salt: UInt32) -> Bool {
    bytes.load(UInt32.self, at: start + self.bytes - 4)
      == crc(bytes, at: start, page: page, salt: salt)
  }

  static func entry(_ bytes: [UInt8], at start: Int, _ index: Int) -> KeyRunEntry {
    let at = start + index * entryBytes
    return KeyRunEntry(
      key: Key128(high: bytes.load(at: at), low: bytes.load(at: at + 8)),
      sequence: bytes.load(at: at + 16),
      seconds: bytes.load(at: at + 24)
    )
  }
}

/// The first page of a run, written last.
///
///     0        8     12      14      16     32                 40                48
///     | magic  | crc | major | minor | uuid | first generation | last generation | entries |
///     56               64              72               76               80             88
///     | first sequence | last sequence | oldest seconds | newest seconds | filter bytes | total |
///
/// 4096 bytes, little-endian; the crc covers bytes 12…4095; the rest is zero. The total is the
/// crc32c of all pages' crcs in order. Behind it come the pages of the entries, and then those of
/// the filters, see `KeyRunFilters`.
struct KeyRunHeader: Equatable, Sendable {
  private static let magic: [UInt8] = Array("WRJRUN".utf8) + [0, 1]
  static let major: UInt16 = 1

  /// Whose journal it is.
  let uuid: [UInt8]
  /// More than one after a merge.
  let generations: ClosedRange<UInt64>
  /// All keys of events with these sequences are in this run.
  let sequences: ClosedRange<UInt64>
  let entryCount: Int
  /// Seconds since 1970.
  let oldestSeconds: UInt32
  let newestSeconds: UInt32
  let filterBytes: Int
  let total: UInt32

  var salt: UInt32 { Self.salt(uuid, generations) }

  static func salt(_ uuid: [UInt8], _ generations: ClosedRange<UInt64>) -> UInt32 {
    var bytes = uuid
    bytes.appendInteger(generations.lowerBound)
    bytes.appendInteger(generations.upperBound)
    return crc32c(bytes.span)
  }

  var entryPages: Int { (entryCount + KeyRunPage.entries - 1) / KeyRunPage.entries }

  var filterPages: Int {
    (filterBytes + KeyRunPage.contentBytes - 1) / KeyRunPage.contentBytes
  }

  var fileBytes: Int { (1 + entryPages + filterPages) * KeyRunPage.bytes }

  func encode() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: KeyRunPage.bytes)
    bytes.replaceSubrange(0..<8, with: Self.magic)
    bytes.store(Self.major, at: 12)
    bytes.replaceSubrange(16..<32, with: uuid)
    bytes.store(generations.lowerBound, at: 32)
    bytes.store(generations.upperBound, at: 40)
    bytes.store(UInt64(entryCount), at: 48)
    bytes.store(sequences.lowerBound, at: 56)
    bytes.store(sequences.upperBound, at: 64)
    bytes.store(oldestSeconds, at: 72)
    bytes.store(newestSeconds, at: 76)
    bytes.store(UInt64(filterBytes), at: 80)
    bytes.store(total, at: 88)
    bytes.store(crc32c(bytes.span.extracting(12..<bytes.count)), at: 8)
    return bytes
  }

  /// Nil for anything that was not written as a header, and for numbers that no run has.
  static func decode(_ bytes: [UInt8]) -> KeyRunHeader? {
    guard bytes.count == KeyRunPage.bytes, Array(bytes[0..<8]) == magic,
      bytes.load(UInt32.self, at: 8) == crc32c(bytes.span.extracting(12..<bytes.count)),
      bytes.load(UInt16.self, at: 12) == major,
      let generations = range(bytes, 32), let sequences = range(bytes, 56),
      let entryCount = Int(exactly: bytes.load(UInt64.self, at: 48)),
      let filterBytes = Int(exactly: bytes.load(UInt64.self, at: 80)),
      entryCount <= KeyRun.entriesMax, filterBytes <= KeyRunFilters.bytesMax
    else { return nil }
    return KeyRunHeader(
      uuid: Array(bytes[16..<32]),
      generations: generations,
      sequences: sequences,
      entryCount: entryCount,
      oldestSeconds: bytes.load(at: 72),
      newestSeconds: bytes.load(at: 76),
      filterBytes: filterBytes,
      total: bytes.load(at: 88)
    )
  }

  private static func range(_ bytes: [UInt8], _ at: Int) -> ClosedRange<UInt64>? {
    let (first, last) = (bytes.load(UInt64.self, at: at), bytes.load(UInt64.self, at: at + 8))
    return first <= last ? first...last : nil
  }
}
