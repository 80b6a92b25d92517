/// Where the events begin that are kept: an entry of the state map, durable before any segment in
/// front of it is removed (journal §6.13).
///
/// The first sequence, 8 bytes, little-endian. Without an entry nothing was ever removed.
enum JournalStart {
  static let key = "journal/start"

  static func encode(_ sequence: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 8)
    bytes.store(sequence, at: 0)
    return bytes
  }

  static func decode(_ bytes: [UInt8]?) -> UInt64 {
    guard let bytes, bytes.count == 8 else { return 1 }
    return max(1, bytes.load(at: 0))
  }
}
