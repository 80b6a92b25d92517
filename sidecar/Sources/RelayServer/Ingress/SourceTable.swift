internal import RelayConfiguration
internal import RelayHTTP

/// Sources by the raw bytes of their paths: no decoding, no folding of slashes (contract §3.1).
///
/// Open addressing over the bytes of the head, so that looking a request up takes no memory. The
/// paths are the configuration's: nobody else can put entries in it, and a hash without a key will
/// do.
struct SourceTable: Sendable {
  private struct Entry {
    let path: [UInt8]
    let source: Int
  }

  private var slots: [Entry?]
  let sources: [SourceRuntime]

  init(_ sources: [SourceRuntime]) {
    self.sources = sources
    let paths = sources.map { [$0.source.path] + $0.source.aliases }
    let count = paths.reduce(0) { $0 + $1.count }
    // At most half full, and a power of two.
    var size = 2
    while size < 2 * count { size *= 2 }
    slots = Array(repeating: nil, count: size)
    for (index, paths) in paths.enumerated() {
      for path in paths {
        let path = Array(path.utf8)
        slots[slot(of: path.span)] = Entry(path: path, source: index)
      }
    }
  }

  func find(_ head: RequestHead) -> SourceRuntime? {
    let path = head.path
    // A root without its slash, as an absolute target may have it.
    if path.isEmpty { return find([0x2F].span) }
    return find(head.bytes.span.extracting(path))
  }

  private func find(_ path: Span<UInt8>) -> SourceRuntime? {
    slots[slot(of: path)].map { sources[$0.source] }
  }

  /// Where a path is, or the empty slot where it would be.
  private func slot(of path: Span<UInt8>) -> Int {
    // FNV-1a.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in path.indices { hash = (hash ^ UInt64(path[index])) &* 0x0000_0100_0000_01B3 }
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while let entry = slots[slot], !Self.isSame(path, entry.path) {
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private static func isSame(_ path: Span<UInt8>, _ other: [UInt8]) -> Bool {
    guard path.count == other.count else { return false }
    for index in path.indices where path[index] != other[index] { return false }
    return true
  }
}
