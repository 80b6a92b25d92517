internal import RelaySystem

/// Reading a whole run: at start, and to merge it with others.
extension KeyRun {
  /// Pages that are read at once: large enough to be quick, small beside everything else.
  static let pagesPerRead = 64

  /// Opens a run and checks every byte of it.
  ///
  /// Throws `.keysUnreadable` for one that is damaged, cut short, of another journal, or under
  /// another's name.
  package static func open(
    _ storage: any Storage,
    directory: String,
    name: String,
    uuid: [UInt8]
  ) throws(JournalError) -> KeyRun {
    let (file, size, first) = try ioChecked { () throws(SystemError) in
      let file = try storage.openForReading(directory + "/" + name)
      return (file, try file.size(), try file.read(KeyRunPage.bytes, at: 0))
    }
    guard let header = KeyRunHeader.decode(first) else {
      throw unreadable(name, 0, "it is not the header of a run")
    }
    guard header.uuid == uuid else { throw unreadable(name, 0, "it is of another journal") }
    guard KeyRunName.make(header.generations.upperBound) == name else {
      throw unreadable(name, 0, "it is of generation \(header.generations.upperBound)")
    }
    guard size == Int64(header.fileBytes) else {
      throw unreadable(name, 0, "the file has \(size) bytes and not \(header.fileBytes)")
    }
    var opening = Opening(name: name, header: header, file: file)
    try opening.read()
    return KeyRun(
      name: name,
      header: header,
      file: file,
      filters: opening.filters,
      fences: opening.fences
    )
  }

  private struct Opening {
    let name: String
    let header: KeyRunHeader
    let file: any StorageFile
    var filters = KeyRunFilters()
    var fences: [UInt32] = []
    private var total: UInt32 = 0
    private var stream: [UInt8] = []
    private var filterBytesLeft: Int

    init(name: String, header: KeyRunHeader, file: any StorageFile) {
      self.name = name
      self.header = header
      self.file = file
      filterBytesLeft = header.filterBytes
    }

    mutating func read() throws(JournalError) {
      let end = 1 + header.entryPages + header.filterPages
      fences.reserveCapacity(header.entryPages)
      var page = 1
      while page < end {
        let count = min(KeyRun.pagesPerRead, end - page)
        let bytes = try KeyRun.read(file, name, header.salt, page: page, count: count)
        for index in 0..<count { take(bytes, index * KeyRunPage.bytes, page: page + index) }
        guard filters.decode(&stream) else {
          throw KeyRun.unreadable(name, page, "it has no filters in it")
        }
        page += count
      }
      guard stream.isEmpty, total == header.total else {
        throw KeyRun.unreadable(name, 0, "its pages do not belong together")
      }
    }

    private mutating func take(_ bytes: [UInt8], _ start: Int, page: Int) {
      let crcAt = start + KeyRunPage.bytes - 4
      total = crc32c(bytes.span.extracting(crcAt..<crcAt + 4), seed: total)
      guard page > header.entryPages else {
        return fences.append(UInt32(bytes.load(UInt64.self, at: start) >> 32))
      }
      let part = min(filterBytesLeft, KeyRunPage.contentBytes)
      stream += bytes[start..<start + part]
      filterBytesLeft -= part
    }
  }
}

/// Walks through the entries of a run, in order.
struct KeyRunCursor {
  let run: KeyRun
  /// Nil behind the last.
  private(set) var current: KeyRunEntry?
  private var next = 0
  private var bytes: [UInt8] = []
  private var bytesFirst = 0

  init(_ run: KeyRun) throws(JournalError) {
    self.run = run
    try advance()
  }

  mutating func advance() throws(JournalError) {
    guard next < run.count else {
      current = nil
      return
    }
    let (page, index) = next.quotientAndRemainder(dividingBy: KeyRunPage.entries)
    if (page - bytesFirst) * KeyRunPage.bytes >= bytes.count {
      let count = min(KeyRun.pagesPerRead, run.header.entryPages - page)
      bytes = try run.read(page: 1 + page, count: count)
      bytesFirst = page
    }
    current = KeyRunPage.entry(bytes, at: (page - bytesFirst) * KeyRunPage.bytes, index)
    next += 1
  }
}
