package import WebhookReceiver

/// One entry of a key file.
///
/// Little-endian:
///
///     0        4      5       8             16      24    32     40         44
///     | length | kind | zeros | durable end | fence | age | wall | head crc | …
///
///     done:  44    76              80                             length - 4
///            | key | result length | result | zeros to 8 bytes … | crc |
///     mark:  44
///            | crc |
///
/// The length counts everything, and is a multiple of 8. Both checksums are CRC-32C and begin with
/// the place of the record in its file (8 bytes), so that a copy elsewhere is not a record. The
/// head's covers the 40 bytes ahead of it: whether a record runs past the end of the file is only
/// believed of a whole head. The last one covers all that stands before it.
///
/// `durableEnd` is how much of the file was durable before this record was written. A whole head
/// thereby proves of everything ahead of that place that it was on the disk.
package struct KeyRecord: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// The key is done; the fence is that of its claim, the time that of completion.
    case done(IdempotencyKey, result: [UInt8])
    /// Says what time it is; no fence above its own may be given out.
    case mark
  }

  static let alignment = 8
  static let headBytes = 44
  private static let markBytes = 48
  /// Head, key, length of the result, crc; without the result and the zeros behind it.
  private static let doneBytes = 84
  /// What a record may hold at most: its length is a number of 32 bits, with room to spare.
  package static let resultBytesMax = 1 << 30
  /// No store gets there by counting, and above it no sum overflows.
  package static let fenceMax: UInt64 = 1 << 62

  package var content: Content
  package var durableEnd: UInt64
  package var fence: UInt64
  package var time: StoreTime

  package init(content: Content, durableEnd: UInt64 = 0, fence: UInt64, time: StoreTime) {
    self.content = content
    self.durableEnd = durableEnd
    self.fence = fence
    self.time = time
  }

  package var byteCount: Int {
    switch content {
    case .mark: Self.markBytes
    case .done(_, let result): Self.byteCount(resultBytes: result.count)
    }
  }

  static func byteCount(resultBytes: Int) -> Int {
    (doneBytes + resultBytes + alignment - 1) / alignment * alignment
  }

  /// Appends the record, which will stand at `offset` of its file.
  package func encode(into bytes: inout [UInt8], at offset: Int) {
    let start = bytes.count
    let end = start + byteCount
    bytes.appendInteger(UInt32(byteCount))
    bytes.append(kind)
    bytes += [0, 0, 0]
    bytes.appendInteger(durableEnd)
    bytes.appendInteger(fence)
    bytes.appendInteger(UInt64(bitPattern: time.age))
    bytes.appendInteger(UInt64(bitPattern: time.wall))
    bytes.appendInteger(Self.checksum(of: bytes[start...], at: offset))
    if case .done(let key, let result) = content {
      bytes += key.bytes
      bytes.appendInteger(UInt32(result.count))
      Self.appendMasked(result[...], to: &bytes)
      bytes.append(contentsOf: repeatElement(0, count: end - 4 - bytes.count))
    }
    bytes.appendInteger(Self.checksum(of: bytes[start...], at: offset))
  }

  private var kind: UInt8 {
    switch content {
    case .done: 1
    case .mark: 2
    }
  }

  /// Results are laid over a fixed pattern, and taken off it in the same way: a result of many
  /// zeros would otherwise look like sectors that were never written.
  private static func appendMasked(_ result: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    var mask: UInt8 = 91
    for byte in result {
      bytes.append(byte ^ mask)
      mask &+= 167
    }
  }

  private static func checksum(of bytes: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
    var place: [UInt8] = []
    place.appendInteger(UInt64(offset))
    var crc = CRC32C()
    crc.update(place[...])
    crc.update(bytes)
    return crc.value
  }
}

extension KeyRecord {
  /// The numbers that stand ahead of every record's content.
  struct Head: Sendable {
    let length: Int
    let kind: UInt8
    let durableEnd: UInt64
    let fence: UInt64
    let time: StoreTime
  }

  /// Reads the head at `offset`, when it is there and whole; the record may run past the end.
  static func head(in bytes: [UInt8], at offset: Int) -> Head? {
    guard bytes.count - offset >= headBytes else { return nil }
    let head = Head(
      length: Int(bytes.integer(UInt32.self, at: offset)),
      kind: bytes[offset + 4],
      durableEnd: bytes.integer(at: offset + 8),
      fence: bytes.integer(at: offset + 16),
      time: StoreTime(
        age: Int64(bitPattern: bytes.integer(at: offset + 24)),
        wall: Int64(bitPattern: bytes.integer(at: offset + 32))
      )
    )
    // The cheap conditions first: a search asks this of every eighth byte.
    guard head.length >= markBytes, head.length % alignment == 0, head.time.isPlausible,
      head.fence <= fenceMax, head.durableEnd <= UInt64(offset),
      checksum(of: bytes[offset..<offset + 40], at: offset) == bytes.integer(at: offset + 40)
    else { return nil }
    return head
  }

  /// Reads the record at `offset` of a file's bytes; nil when there is no whole one.
  package static func decode(_ bytes: [UInt8], at offset: Int) -> KeyRecord? {
    guard let head = head(in: bytes, at: offset), head.length <= bytes.count - offset else {
      return nil
    }
    let end = offset + head.length - 4
    guard checksum(of: bytes[offset..<end], at: offset) == bytes.integer(at: end),
      let content = content(of: bytes, at: offset, head)
    else { return nil }
    return KeyRecord(
      content: content,
      durableEnd: head.durableEnd,
      fence: head.fence,
      time: head.time
    )
  }

  private static func content(of bytes: [UInt8], at offset: Int, _ head: Head) -> Content? {
    switch head.kind {
    case 1 where head.length >= doneBytes:
      let count = Int(bytes.integer(UInt32.self, at: offset + 76))
      let start = offset + 80
      guard count <= resultBytesMax, byteCount(resultBytes: count) == head.length else {
        return nil
      }
      var result: [UInt8] = []
      result.reserveCapacity(count)
      appendMasked(bytes[start..<start + count], to: &result)
      return .done(IdempotencyKey(digest: Array(bytes[offset + 44..<offset + 76])), result: result)
    case 2 where head.length == markBytes: return .mark
    default: return nil
    }
  }
}
