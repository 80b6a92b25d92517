package import RelayCore
package import RelayJournal
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
///     80 |  4 | CRC-32C of the 48 bytes before
///
/// All others: entries, each in blocks that follow one another, and anything where none does.
package final class QuarantineFile {
  private static let magic: [UInt8] = Array("WHQUAR01".utf8)
  private static let keyRange = 8..<24
  private static let clockRange = 32..<80
  private static let blockBytes = QuarantineEntry.blockBytes
  /// Read and zeroed in pieces of this.
  private static let pieceBytes = 1 << 20

  private let file: any StorageFile
  private let hash: KeyedHash128
  private var map: BlockMap
  private(set) var clock: ElapsedClock
  /// Written and not yet on the disk.
  private(set) var isDirty = false
  /// A flush failed: what the disk holds is unknown, and it is never asked again.
  package private(set) var isBroken = false

  /// What opening found.
  package struct Found {
    package let file: QuarantineFile
    package let items: [QuarantineBook.Item]
    /// Bytes that were none of a quarantine, and where they are now.
    package let setAside: String?
  }

  private init(_ file: any StorageFile, _ key: [UInt8], _ clock: ElapsedClock, blocks: Int) {
    self.file = file
    hash = KeyedHash128(key: key)
    self.clock = clock
    map = BlockMap(count: blocks)
    _ = map.claim(0..<1)
  }

  // MARK: Opening

  /// Opens what an earlier run has left, or makes it.
  package static func open(
    _ path: String,
    storage: any Storage = FileStorage(),
    at now: ElapsedClock.Reading
  ) throws(SystemError) -> Found {
    let file = try storage.open(path)
    let size = try file.size()
    guard size > 0 else { return try make(file, path, storage, now, setAside: nil) }
    let head = try file.read(blockBytes, at: 0)
    guard head.count == blockBytes, Array(head[..<8]) == magic,
      Array(head[24..<28]) == checksum(head, 0..<24)
    else {
      // Nothing in it was ever promised to anybody: it is no reason not to start.
      let aside = "\(path).damaged-\(now.wallMicroseconds / 1_000_000)"
      try storage.rename(path, to: aside)
      return try make(try storage.open(path), path, storage, now, setAside: aside)
    }
    // A clock that cannot be read begins anew, which makes everything younger.
    let isClock = Array(head[80..<84]) == checksum(head, clockRange)
    let clock = ElapsedClock(saved: isClock ? Array(head[clockRange]) : nil, at: now)
    let found = QuarantineFile(file, Array(head[keyRange]), clock, blocks: Int(size) / blockBytes)
    return Found(file: found, items: try found.scan(), setAside: nil)
  }

  private static func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> [UInt8] {
    let checksum = crc32c(bytes.span.extracting(range))
    return stride(from: 0, to: 32, by: 8).map { UInt8(truncatingIfNeeded: checksum >> $0) }
  }

  private static func make(
    _ file: any StorageFile,
    _ path: String,
    _ storage: any Storage,
    _ now: ElapsedClock.Reading,
    setAside: String?
  ) throws(SystemError) -> Found {
    let clock = ElapsedClock(at: now)
    var head = magic + storage.randomBytes(keyRange.count)
    let key = Array(head[keyRange])
    head += checksum(head, 0..<24) + [0, 0, 0, 0] + clockBytes(clock)
    head += Array(repeating: 0, count: blockBytes - head.count)
    try file.write(head.span, at: 0)
    try file.synchronize()
    try storage.synchronizeDirectory(path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
    let made = QuarantineFile(file, key, clock, blocks: 1)
    return Found(file: made, items: [], setAside: setAside)
  }

  private static func clockBytes(_ clock: ElapsedClock) -> [UInt8] {
    clock.bytes + checksum(clock.bytes, 0..<clock.bytes.count)
  }

  /// Finds the entries; what is between them is free, but for what the device does not give.
  private func scan() throws(SystemError) -> [QuarantineBook.Item] {
    var items: [QuarantineBook.Item] = []
    var block = 1
    var piece: [UInt8] = []
    var pieceStart = 0
    while block < map.count {
      let offset = block * Self.blockBytes
      if offset >= pieceStart + piece.count {
        pieceStart = offset
        piece = try readPiece(at: offset)
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

  /// As much as can be read at once; a block that cannot is zeros, and never used again.
  private func readPiece(at offset: Int) throws(SystemError) -> [UInt8] {
    do throws(SystemError) {
      return try file.read(Self.pieceBytes, at: Int64(offset))
    } catch {
      guard error.isUnreadable else { throw error }
    }
    do throws(SystemError) {
      return try file.read(Self.blockBytes, at: Int64(offset))
    } catch {
      guard error.isUnreadable else { throw error }
      let block = offset / Self.blockBytes
      _ = map.claim(block..<block + 1)
      return [UInt8](repeating: 0, count: Self.blockBytes)
    }
  }

  // MARK: Room

  package var blockCount: Int { map.count }

  /// Whether so many blocks are free, though perhaps not in a row.
  func hasBlocks(_ count: Int) -> Bool { map.freeCount >= count }

  /// Allocates more; what is there stays where it is.
  ///
  /// An allocation that fails half way gives back what it took.
  package func grow(toBlocks count: Int) throws(SystemError) {
    guard count > map.count else { return }
    try requireIntact()
    do throws(SystemError) {
      try file.allocate(Int64(count) * Int64(Self.blockBytes))
    } catch {
      try? file.truncate(Int64(map.count) * Int64(Self.blockBytes))
      throw error
    }
    try flush { () throws(SystemError) in try file.synchronize() }
    map.grow(to: count)
  }

  // MARK: Entries

  /// Nil where no run of blocks is long enough.
  package func write(_ entry: QuarantineEntry) throws(SystemError) -> Range<Int>? {
    try requireIntact()
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

  /// Leaves no byte of an entry behind; until it has, its blocks are taken.
  package func erase(_ blocks: Range<Int>) throws(SystemError) {
    try requireIntact()
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

  // MARK: Time and the disk

  /// Seconds of its clock.
  package func elapsed(at now: ElapsedClock.Reading) -> Int64 {
    _ = clock.advance(to: now)
    return clock.elapsed.components.seconds
  }

  /// Writes the clock down and has everything on the disk.
  package func synchronize(at now: ElapsedClock.Reading) throws(SystemError) {
    try requireIntact()
    _ = clock.advance(to: now)
    // Removed or cut short by somebody: what is written to it is nowhere.
    try flush { () throws(SystemError) in
      guard try file.linkedSize() >= Int64(map.count) * Int64(Self.blockBytes) else {
        throw .brokenQuarantine
      }
    }
    try file.write(Self.clockBytes(clock).span, at: Int64(Self.clockRange.lowerBound))
    try flush { () throws(SystemError) in try file.synchronizeData() }
    isDirty = false
  }

  private func flush(_ body: () throws(SystemError) -> Void) throws(SystemError) {
    do throws(SystemError) {
      try body()
    } catch {
      isBroken = true
      throw error
    }
  }

  private func requireIntact() throws(SystemError) {
    guard !isBroken else { throw .brokenQuarantine }
  }

  private func offset(_ blocks: Range<Int>) -> Int64 {
    Int64(blocks.lowerBound) * Int64(Self.blockBytes)
  }
}

extension SystemError {
  /// A flush of the quarantine's file failed before (EIO).
  fileprivate static let brokenQuarantine = SystemError("use the quarantine again", 5)
}
