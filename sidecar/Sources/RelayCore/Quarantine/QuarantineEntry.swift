package import WebhookReceiver

/// A delivery that did not verify, as it lies in the quarantine's blocks.
///
///     offset
///          0 | 16 | keyed hash of everything from 16 to the end of the summary
///         16 |  4 | WHQE
///         20 |  4 | bytes of the entry
///         24 |  4 | bytes of its summary, from 0
///         28 | 16 | keyed hash of the contents
///         44 |  8 | id
///         52 |  8 | received at, microseconds since 1970
///         60 |  8 | elapsed seconds at that time, by the quarantine's own clock
///         68 |  8 | seconds that its source's keys were remembered then
///         76 |  8 | bytes of the body
///         84 |    | source, address, reason, detail: each 2 bytes of length, and text
///            |    | method, target, header block, body: each 4 bytes of length, and bytes
///
/// Integers are little-endian. A stranger decides what is in a body, and so what stands where a
/// block begins; only who knows the key of the hashes can make an entry of it.
package struct QuarantineEntry: Equatable, Sendable {
  package static let blockBytes = 4096
  private static let magic: [UInt8] = Array("WHQE".utf8)
  private static let hashBytes = 16
  private static let summaryOffset = 44
  /// Texts of a summary are cut to this: all of it lies in the first block.
  private static let textBytesMax = 512

  /// What is known of an entry without reading its contents.
  package struct Summary: Equatable, Sendable {
    package var id: UInt64
    /// Microseconds since 1970.
    package var receivedAt: Int64
    package var elapsedSeconds: Int64
    package var windowSeconds: Int64
    package var bodyBytes: Int64
    package var source: String
    package var address: String
    package var reason: String
    package var detail: String

    package init(
      id: UInt64,
      receivedAt: Int64,
      elapsedSeconds: Int64,
      windowSeconds: Int64,
      bodyBytes: Int64,
      source: String,
      address: String,
      reason: String,
      detail: String
    ) {
      self.id = id
      self.receivedAt = receivedAt
      self.elapsedSeconds = elapsedSeconds
      self.windowSeconds = windowSeconds
      self.bodyBytes = bodyBytes
      self.source = source
      self.address = address
      self.reason = reason
      self.detail = detail
    }
  }

  /// The request, byte for byte.
  package struct Contents: Equatable, Sendable {
    package var method: [UInt8]
    package var target: [UInt8]
    package var headerBlock: [UInt8]
    package var body: [UInt8]

    package init(method: [UInt8], target: [UInt8], headerBlock: [UInt8], body: [UInt8]) {
      self.method = method
      self.target = target
      self.headerBlock = headerBlock
      self.body = body
    }

    /// Bytes that they take beside their own.
    package static let overhead = 4 * 4
  }

  package var summary: Summary
  package var contents: Contents

  package init(summary: Summary, contents: Contents) {
    self.summary = summary
    self.contents = contents
  }

  /// Blocks that contents of this many bytes take, with the largest summary.
  package static func blocks(contentBytes: Int) -> Int {
    let summary = summaryOffset + 5 * 8 + 4 * (2 + textBytesMax)
    return (summary + contentBytes + blockBytes - 1) / blockBytes
  }

  // MARK: Writing

  package func encode(_ hash: KeyedHash128) -> [UInt8] {
    var contents = StateWriter()
    for part in [
      self.contents.method, self.contents.target, self.contents.headerBlock, self.contents.body,
    ] {
      contents.integer(UInt32(part.count))
      contents.append(part)
    }
    var summary = StateWriter()
    summary.integer(self.summary.id)
    summary.integer(self.summary.receivedAt)
    summary.integer(self.summary.elapsedSeconds)
    summary.integer(self.summary.windowSeconds)
    summary.integer(self.summary.bodyBytes)
    for text in [
      self.summary.source, self.summary.address, self.summary.reason, self.summary.detail,
    ] {
      summary.text(text.cut(toBytes: Self.textBytesMax))
    }
    let summaryEnd = Self.summaryOffset + summary.bytes.count
    var entry = StateWriter()
    entry.append(Self.magic)
    entry.integer(UInt32(summaryEnd + contents.bytes.count))
    entry.integer(UInt32(summaryEnd))
    entry.append(hash.hash(contents.bytes).bytes)
    entry.append(summary.bytes)
    let head = hash.hash(entry.bytes).bytes
    return head + entry.bytes + contents.bytes
  }

  // MARK: Reading

  /// What the first block of an entry tells.
  package struct Head: Equatable, Sendable {
    package let summary: Summary
    package let byteCount: Int
    fileprivate let summaryEnd: Int
    fileprivate let contentHash: [UInt8]

    package var blockCount: Int { (byteCount + blockBytes - 1) / blockBytes }

    /// Nil for a block that begins no entry.
    package init?(_ block: [UInt8], _ hash: KeyedHash128) {
      guard block.count >= summaryOffset,
        Array(block[hashBytes..<hashBytes + 4]) == magic
      else { return nil }
      var reader = StateReader(Array(block.dropFirst(hashBytes + 4)))
      guard let total = reader.integer(UInt32.self), let end = reader.integer(UInt32.self),
        end >= summaryOffset, end <= block.count, total >= end,
        hash.hash(Array(block[hashBytes..<Int(end)])).bytes == Array(block[..<hashBytes])
      else { return nil }
      contentHash = Array(block[28..<summaryOffset])
      reader = StateReader(Array(block[summaryOffset..<Int(end)]))
      guard let id = reader.integer(UInt64.self), let receivedAt = reader.integer(Int64.self),
        let elapsedSeconds = reader.integer(Int64.self),
        let windowSeconds = reader.integer(Int64.self), let bodyBytes = reader.integer(Int64.self),
        let source = reader.text(), let address = reader.text(), let reason = reader.text(),
        let detail = reader.text()
      else { return nil }
      summary = Summary(
        id: id,
        receivedAt: receivedAt,
        elapsedSeconds: elapsedSeconds,
        windowSeconds: windowSeconds,
        bodyBytes: bodyBytes,
        source: source,
        address: address,
        reason: reason,
        detail: detail
      )
      byteCount = Int(total)
      summaryEnd = Int(end)
    }
  }

  /// Nil where the bytes are not what was written.
  package init?(_ bytes: [UInt8], _ hash: KeyedHash128) {
    guard let head = Head(bytes, hash), head.byteCount <= bytes.count else { return nil }
    let contents = Array(bytes[head.summaryEnd..<head.byteCount])
    guard hash.hash(contents).bytes == head.contentHash else { return nil }
    var reader = StateReader(contents)
    guard let method = reader.counted(), let target = reader.counted(),
      let headerBlock = reader.counted(), let body = reader.counted(), reader.isAtEnd
    else { return nil }
    summary = head.summary
    self.contents = Contents(method: method, target: target, headerBlock: headerBlock, body: body)
  }
}

extension StateReader {
  /// Bytes behind their 4 bytes of length.
  fileprivate mutating func counted() -> [UInt8]? {
    integer(UInt32.self).flatMap { take(Int($0)) }
  }
}

extension Hash128 {
  /// As they are kept: `high`, then `low`.
  fileprivate var bytes: [UInt8] {
    [high, low].flatMap { part in
      stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: part >> $0) }
    }
  }
}

extension String {
  /// The longest beginning of whole characters that fits.
  fileprivate func cut(toBytes max: Int) -> String {
    guard utf8.count > max else { return self }
    var text = ""
    for character in self {
      guard text.utf8.count + character.utf8.count <= max else { break }
      text.append(character)
    }
    return text
  }
}
