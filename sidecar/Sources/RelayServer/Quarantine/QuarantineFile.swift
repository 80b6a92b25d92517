package import RelayCore
package import RelaySystem
internal import WebhookReceiver

/// The quarantine on disk.
///
/// Blocks of 4 KiB are allocated before they are needed, so that strangers cannot fill the disk
/// with what they send (failure 28).
///
/// The first block:
///
///      0 |  8 | WHQUAR01
///      8 | 16 | key of the hashes, random
///     24 |  4 | CRC-32C of the 24 bytes before
///     28 |  4 | zero
///     32 | 48 | the clock that ages are counted by
///
/// All others: entries, each in blocks that follow one another, and anything where none does.
package final class QuarantineFile {
  private static let magic: [UInt8] = Array("WHQUAR01".utf8)
  private static let keyRange = 8..<24
  private static let clockRange = 32..<80
  private static let blockBytes = QuarantineEntry.blockBytes
  /// Read and zeroed in pieces of this.
  private static let pieceBytes = 1 << 20

  private let file: File
  private let hash: KeyedHash128
  private var map: BlockMap
  private(set) var clock: ElapsedClock
  /// Written and not yet on the disk.
  private(set) var isDirty = false

  /// What opening found.
  package struct Found {
    package let file: QuarantineFile
    package let items: [QuarantineBook.Item]
    /// Bytes that were none of a quarantine, and where they are now.
    package let setAside: String?
  }

  private init(_ file: File, _ key: [UInt8], _ clock: ElapsedClock, blocks: Int) {
    self.file = file
    hash = KeyedHash128(key: key)
    self.clock = clock
    map = BlockMap(count: blocks)
    _ = map.claim(0..<1)
  }

  /// Opens what an earlier run has left, or makes it.
  package static func open(_ path: String, at now: ElapsedClock.Reading) throws(SystemError)
    -> Found
  {
    let file = try File.create(path)
    let size = try file.size()
    let head = try file.read(blockBytes, at: 0)
    guard size > 0 else { return try make(file, path, now, setAside: nil) }
    guard head.count == blockBytes, Array(head[..<8]) == magic,
      crc32c(head.span.extracting(0..<24)) == checksum(head)
    else {
      // Nothing in it was ever promised to anybody: it is no reason not to start.
      let aside = path + ".damaged"
      try Directory.rename(path, to: aside)
      return try make(try File.create(path), path, now, setAside: aside)
    }
    let clock = ElapsedClock(saved: Array(head[clockRange]), at: now)
    let found = QuarantineFile(file, Array(head[keyRange]), clock, blocks: Int(size) / blockBytes)
    return Found(file: found, items: try found.scan(), setAside: nil)
  }

  private static func checksum(_ head: [UInt8]) -> UInt32 {
    head[24..<28].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func make(
    _ file: File,
    _ path: String,
    _ now: ElapsedClock.Reading,
    setAside: String?
  ) throws(SystemError) -> Found {
    let clock = ElapsedClock(at: now)
    var head = magic + randomBytes(keyRange.count)
    let key = Array(head[keyRange])
    let checksum = crc32c(head.span)
    for shift in stride(from: 0, to: 32, by: 8) {
      head.append(UInt8(truncatingIfNeeded: checksum >> shift))
    }
    head += [0, 0, 0, 0] + clock.bytes
    head += Array(repeating: 0, count: blockBytes - head.count)
    try file.write(head.span, at: 0)
    try file.synchronize()
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    try Directory.synchronize(folder)
    return Found(
      file: QuarantineFile(file, key, clock, blocks: 1),
      items: [],
      setAside: setAside
    )
  }

  /// Finds the entries; what is between them is free.
  private func scan() throws(SystemError) -> [QuarantineBook.Item] {
    var items: [QuarantineBook.Item] = []
    var block = 1
    var piece: [UInt8] = []
    var pieceStart = 0
    while block < map.count {
      let offset = block * Self.blockBytes
      if offset >= pieceStart + piece.count {
        pieceStart = offset
        piece = try file.read(Self.pieceBytes, at: Int64(offset))
        guard piece.count >= Self.blockBytes else { break }
      }
      let start = offset - pieceStart
      let bytes = Array(piece[start..<min(start + Self.blockBytes, piece.count)])
      guard let head = QuarantineEntry.Head(bytes, hash) else {
        block += 1
        continue
      }
      let blocks = block..<block + head.blockCount
      if map.claim(blocks) {
        items.append(.init(summary: head.summary, blocks: blocks))
        block = blocks.upperBound
      } else {
        block += 1
      }
    }
    return items
  }

  package var blockCount: Int { map.count }

  /// Allocates more; what is there stays where it is.
  package func grow(toBlocks count: Int) throws(SystemError) {
    guard count > map.count else { return }
    try file.allocate(Int64(count) * Int64(Self.blockBytes))
    try file.synchronize()
    map.grow(to: count)
  }

  /// Nil where no run of blocks is long enough.
  package func write(_ entry: QuarantineEntry) throws(SystemError) -> Range<Int>? {
    let bytes = entry.encode(hash)
    guard let blocks = map.take((bytes.count + Self.blockBytes - 1) / Self.blockBytes) else {
      return nil
    }
    do throws(SystemError) {
      isDirty = true
      try file.write(bytes.span, at: offset(blocks))
      return blocks
    } catch {
      map.give(blocks)
      throw error
    }
  }

  /// Nil where the disk does not hold what was written.
  package func read(_ blocks: Range<Int>) throws(SystemError) -> QuarantineEntry? {
    QuarantineEntry(try file.read(blocks.count * Self.blockBytes, at: offset(blocks)), hash)
  }

  /// Leaves no byte of an entry behind.
  package func erase(_ blocks: Range<Int>) throws(SystemError) {
    isDirty = true
    var start = offset(blocks)
    let end = start + Int64(blocks.count * Self.blockBytes)
    let zeros = [UInt8](repeating: 0, count: min(Self.pieceBytes, Int(end - start)))
    while start < end {
      let count = min(zeros.count, Int(end - start))
      try file.write(zeros.span.extracting(0..<count), at: start)
      start += Int64(count)
    }
    map.give(blocks)
  }

  /// Seconds of its clock.
  package func elapsed(at now: ElapsedClock.Reading) -> Int64 {
    _ = clock.advance(to: now)
    return clock.elapsed.components.seconds
  }

  /// Writes the clock down and has everything on the disk.
  package func synchronize(at now: ElapsedClock.Reading) throws(SystemError) {
    _ = clock.advance(to: now)
    try file.write(clock.bytes.span, at: Int64(Self.clockRange.lowerBound))
    try file.synchronizeData()
    isDirty = false
  }

  /// As many as all sources together may take, and the first.
  static func blocks(for terms: [String: QuarantineBook.Terms]) -> Int {
    terms.isEmpty ? 0 : 1 + terms.values.reduce(0) { $0 + $1.blocksMax }
  }

  private func offset(_ blocks: Range<Int>) -> Int64 {
    Int64(blocks.lowerBound) * Int64(Self.blockBytes)
  }
}
