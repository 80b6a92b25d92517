internal import RelaySystem

/// The keys of one or several generations that take nothing more: an immutable file, sorted by key,
/// whose filters are kept in memory.
///
///     | header, 4 KiB | entries, 146 to a page of 4 KiB | filters, in pages of 4 KiB |
///     entry:  0      8     16         24        28
///             | high | low | sequence | seconds |
///
/// Little-endian, keys ascending and each once. The first pages of `KeyRunFormat.swift` and
/// `KeyRunFilters.swift` have their own tables.
///
/// A lookup asks the filter and then reads one page: the beginning of every page's first key is in
/// memory too, a fiftieth of what the filter takes.
package final class KeyRun: Sendable {
  /// Bounds what a header can ask for: as many keys as an index may hold.
  static let entriesMax = KeyIndex.keysMax

  let name: String
  let header: KeyRunHeader
  private let file: any StorageFile
  let filters: KeyRunFilters
  /// The 32 highest bits of each page's first key.
  private let fences: [UInt32]

  init(
    name: String,
    header: KeyRunHeader,
    file: any StorageFile,
    filters: KeyRunFilters,
    fences: [UInt32]
  ) {
    self.name = name
    self.header = header
    self.file = file
    self.filters = filters
    self.fences = fences
  }

  package var count: Int { header.entryCount }
  package var generations: ClosedRange<UInt64> { header.generations }
  package var sequences: ClosedRange<UInt64> { header.sequences }
  package var newestSeconds: UInt32 { header.newestSeconds }
  /// What it keeps in memory.
  package var memoryBytes: Int { filters.bytes + 4 * fences.count }

  // MARK: Looking up

  /// Returns the entry of a key, of which a filter of the run has said that it may be here.
  ///
  /// Throws `.keysUnreadable` where the page that would have it is not as it was written: nobody
  /// knows then whether it had.
  package func find(_ key: Key128) throws(JournalError) -> KeyEntry? {
    var (low, high) = candidates(key)
    // One page as a rule; two or more only where pages begin with the same 32 bits. The upper one
    // of two first: its first key is more likely to be it than any behind it on the lower one.
    while low <= high {
      let page = (low + high + 1) / 2
      let bytes = try read(page: 1 + page, count: 1)
      let last = min(KeyRunPage.entries, count - page * KeyRunPage.entries) - 1
      if key < KeyRunPage.entry(bytes, at: 0, 0).key {
        high = page - 1
      } else if KeyRunPage.entry(bytes, at: 0, last).key < key {
        low = page + 1
      } else {
        return search(bytes, key, last: last)
      }
    }
    return nil
  }

  /// The entry pages that a key can be in.
  private func candidates(_ key: Key128) -> (Int, Int) {
    let fence = UInt32(key.high >> 32)
    let above = partition { $0 <= fence }
    guard above > 0, fences[above - 1] == fence else { return (max(0, above - 1), above - 1) }
    return (max(0, partition { $0 < fence } - 1), above - 1)
  }

  /// The first page whose fence does not satisfy what those before it do.
  private func partition(_ isBefore: (UInt32) -> Bool) -> Int {
    var low = 0
    var high = fences.count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(fences[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func search(_ bytes: [UInt8], _ key: Key128, last: Int) -> KeyEntry? {
    var low = 0
    var high = last
    while low <= high {
      let middle = (low + high) / 2
      let entry = KeyRunPage.entry(bytes, at: 0, middle)
      if entry.key == key { return KeyEntry(sequence: entry.sequence, seconds: entry.seconds) }
      if entry.key < key { low = middle + 1 } else { high = middle - 1 }
    }
    return nil
  }

  // MARK: Reading

  /// Reads pages, the header being number 0, and checks each.
  func read(page: Int, count: Int) throws(JournalError) -> [UInt8] {
    try Self.read(file, name, header.salt, page: page, count: count)
  }

  static func read(
    _ file: any StorageFile,
    _ name: String,
    _ salt: UInt32,
    page: Int,
    count: Int
  ) throws(JournalError) -> [UInt8] {
    let bytes = try ioChecked { () throws(SystemError) in
      try file.read(count * KeyRunPage.bytes, at: Int64(page * KeyRunPage.bytes))
    }
    guard bytes.count == count * KeyRunPage.bytes else {
      throw unreadable(name, page + bytes.count / KeyRunPage.bytes, "the file ends there")
    }
    for index in 0..<count {
      let start = index * KeyRunPage.bytes
      guard KeyRunPage.isWhole(bytes, at: start, page: page + index, salt: salt) else {
        throw unreadable(name, page + index, "its checksum is wrong")
      }
    }
    return bytes
  }

  static func unreadable(_ name: String, _ page: Int, _ reason: String) -> JournalError {
    .keysUnreadable(run: name, page: page, reason: reason)
  }
}
