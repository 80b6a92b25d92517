package import RelaySystem

/// Writes a run, entry by entry in order of the keys, beside its place: it gets its name when it is
/// durable.
struct KeyRunWriter {
  /// Bytes of one write.
  private static let stepBytes = 256 << 10
  /// Between two writes in the background: commits do not feel it.
  private static let stepPauseMilliseconds: Int32 = 2
  static let temporarySuffix = ".tmp"

  private let storage: any Storage
  private let directory: String
  private let uuid: [UInt8]
  private let generations: ClosedRange<UInt64>
  private let pace: Pace
  private let file: any StorageFile
  private let salt: UInt32
  private let partKeys: Int
  private let pause = Gate()

  private var buffer: [UInt8] = []
  private var page: [UInt8] = []
  private var pages = 1
  private var total: UInt32 = 0
  private var count = 0
  private var oldestSeconds = UInt32.max
  private var newestSeconds: UInt32 = 0
  private var fences: [UInt32] = []
  private var filters = KeyRunFilters()
  private var partFirst = Key128.none
  private var hashes: [UInt64] = []

  /// How the disk is shared with the commits.
  struct Pace {
    /// Whether to write in small steps, each synced, and to rest between them.
    let isGentle: Bool
    let isStopping: () -> Bool
  }

  init(
    _ storage: any Storage,
    directory: String,
    uuid: [UInt8],
    generations: ClosedRange<UInt64>,
    pace: Pace,
    partKeys: Int = KeyRunFilters.partKeys
  ) throws(SystemError) {
    self.storage = storage
    self.directory = directory
    self.uuid = uuid
    self.generations = generations
    self.pace = pace
    self.partKeys = partKeys
    salt = KeyRunHeader.salt(uuid, generations)
    try storage.createDirectory(directory)
    file = try storage.open(Self.path(directory, generations) + Self.temporarySuffix)
    try file.truncate(0)
  }

  private static func path(_ directory: String, _ generations: ClosedRange<UInt64>) -> String {
    directory + "/" + KeyRunName.make(generations.upperBound)
  }

  mutating func append(_ entry: KeyRunEntry) throws(SystemError) {
    if page.isEmpty { fences.append(UInt32(entry.key.high >> 32)) }
    if hashes.isEmpty { partFirst = entry.key }
    page.appendInteger(entry.key.high)
    page.appendInteger(entry.key.low)
    page.appendInteger(entry.sequence)
    page.appendInteger(entry.seconds)
    hashes.append(entry.key.filterHash)
    count += 1
    oldestSeconds = min(oldestSeconds, entry.seconds)
    newestSeconds = max(newestSeconds, entry.seconds)
    if page.count == KeyRunPage.entries * KeyRunPage.entryBytes { try endPage() }
    if hashes.count == partKeys { try endPart() }
  }

  /// Makes the run durable under its name.
  mutating func finish(
    sequences: ClosedRange<UInt64>
  ) throws(SystemError) -> KeyRun {
    if !page.isEmpty { try endPage() }
    if !hashes.isEmpty { try endPart() }
    for part in filters.encodedParts { try append(filterBytes: part) }
    if !page.isEmpty { try endPage() }
    try flush()
    let header = KeyRunHeader(
      uuid: uuid,
      generations: generations,
      sequences: sequences,
      entryCount: count,
      oldestSeconds: oldestSeconds,
      newestSeconds: newestSeconds,
      filterBytes: filters.encodedBytes,
      total: total
    )
    try file.write(header.encode().span, at: 0)
    try file.synchronize()
    let path = Self.path(directory, generations)
    try storage.rename(path + Self.temporarySuffix, to: path)
    try storage.synchronizeDirectory(directory)
    return KeyRun(
      name: KeyRunName.make(generations.upperBound),
      header: header,
      file: file,
      filters: filters,
      fences: fences
    )
  }

  private mutating func append(filterBytes bytes: [UInt8]) throws(SystemError) {
    var at = 0
    while at < bytes.count {
      let part = min(bytes.count - at, KeyRunPage.contentBytes - page.count)
      page += bytes[at..<at + part]
      at += part
      if page.count == KeyRunPage.contentBytes { try endPage() }
    }
  }

  private mutating func endPart() throws(SystemError) {
    guard let filter = FuseFilter(hashes) else {
      throw SystemError("build the filter of a key run", Self.invalid)
    }
    filters.append(first: partFirst, filter)
    hashes.removeAll(keepingCapacity: true)
  }

  private mutating func endPage() throws(SystemError) {
    page.appendZeros(KeyRunPage.bytes - page.count)
    let crc = KeyRunPage.crc(page, at: 0, page: pages, salt: salt)
    page.store(crc, at: KeyRunPage.bytes - 4)
    total = crc32c(page.span.extracting(KeyRunPage.bytes - 4..<KeyRunPage.bytes), seed: total)
    buffer += page
    page.removeAll(keepingCapacity: true)
    pages += 1
    if buffer.count >= Self.stepBytes { try flush() }
  }

  private mutating func flush() throws(SystemError) {
    guard !buffer.isEmpty else { return }
    guard !pace.isStopping() else { throw SystemError("stopped while writing keys", Self.stopped) }
    try file.write(buffer.span, at: Int64(pages * KeyRunPage.bytes - buffer.count))
    buffer.removeAll(keepingCapacity: true)
    guard pace.isGentle else { return }
    // Small syncs: one large one at the end would hold up a commit behind it.
    try file.synchronizeData()
    _ = pause.wait(timeoutMilliseconds: Self.stepPauseMilliseconds)
  }

  private static let invalid: Int32 = 22
  private static let stopped: Int32 = 4
}

extension KeyRun {
  /// Writes a run of entries that are in order of their keys, each once; its filters are about
  /// `partKeys` keys each.
  package static func write(
    _ entries: [KeyRunEntry],
    _ storage: any Storage,
    directory: String,
    uuid: [UInt8],
    generations: ClosedRange<UInt64>,
    sequences: ClosedRange<UInt64>,
    partKeys: Int = KeyRunFilters.partKeys
  ) throws(SystemError) -> KeyRun {
    var writer = try KeyRunWriter(
      storage,
      directory: directory,
      uuid: uuid,
      generations: generations,
      pace: KeyRunWriter.Pace(isGentle: false, isStopping: { false }),
      partKeys: partKeys
    )
    for entry in entries { try writer.append(entry) }
    return try writer.finish(sequences: sequences)
  }
}
