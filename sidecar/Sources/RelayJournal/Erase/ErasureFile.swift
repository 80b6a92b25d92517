internal import RelaySystem

/// The file ERASING, through which an erasure is begun and completed, whatever comes between.
///
/// What is overwritten was acknowledged, and a power cut may leave a block that is being written in
/// pieces. So the blocks are durable here before the first of them is written in its place; a start
/// that finds them here writes them again. When they are durable there, too, this is overwritten:
/// it holds pieces of the events beside.
final class ErasureFile {
  static let name = "ERASING"

  private let storage: any Storage
  private let files: JournalFiles
  private let uuid: [UInt8]
  private var path: String { Self.path(in: files.directory) }
  private var slot = ErasureSlot()
  /// Open, of its whole size, and its name durable.
  private var file: (any StorageFile)?

  init(_ files: JournalFiles, uuid: [UInt8]) {
    storage = files.storage
    self.files = files
    self.uuid = uuid
  }

  static func path(in directory: String) -> String { directory + "/" + name }

  /// What the file says; nil where there is none that can be read.
  static func read(
    _ storage: any Storage,
    in directory: String,
    uuid: [UInt8]
  ) throws(SystemError) -> ErasureSlot? {
    do throws(SystemError) {
      let file = try storage.openForReading(path(in: directory))
      return ErasureSlot.decode(try file.read(ErasureSlot.bytes, at: 0), uuid: uuid)
    } catch {
      if error.isNotFound { return nil }
      throw error
    }
  }

  // MARK: At a start

  /// Completes what a crash has interrupted, and returns a line about it.
  ///
  /// Before the events are looked at: half an erasure looks like damage.
  func recover() throws(JournalError) -> String? {
    do throws(SystemError) {
      guard try storage.list(files.directory).contains(Self.name) else { return nil }
      let file = try storage.open(path)
      // What only the page cache holds must not begin anything: as for the tail of a log.
      try file.synchronizeData()
      file.dropCache()
      let bytes = try file.readDirect(ErasureSlot.bytes, at: 0)
      // One that was being made had nothing in it yet.
      guard bytes.count == ErasureSlot.bytes else { return nil }
      let found = ErasureSlot.decode(bytes, uuid: uuid)
      slot.generation = found?.generation ?? 0
      if let found, found.pending == nil { return nil }
      if let pending = found?.pending { try apply(pending) }
      try write(nil, to: file)
      return found?.pending.map {
        "the erasing of the body of event \($0.sequence), which a crash had interrupted, is done"
      }
    } catch { throw .io(error) }
  }

  // MARK: Erasing

  /// From here on the erasure will be done.
  ///
  /// Throws `.full` while nothing has begun.
  func begin(_ erasure: Erasure) throws(JournalError) {
    let file = try opened()
    do throws(SystemError) { try write(erasure, to: file) } catch { throw .failed(error) }
  }

  /// Overwrites the body where it stands: in its segment, and in what was put aside of it.
  func apply(_ erasure: Erasure) throws(SystemError) {
    let name = erasure.segmentName
    if try storage.list(files.logDirectory).contains(name) {
      try erasure.write(to: try storage.open(files.logDirectory + "/" + name))
    }
    for copy in try storage.list(files.quarantineDirectory) where copy.hasPrefix(name) {
      guard let start = Self.start(ofCopy: copy, of: name) else { continue }
      let file = try storage.open(files.quarantineDirectory + "/" + copy)
      try erasure.write(to: file, from: start)
    }
  }

  /// Forgets it: it is done.
  func end() throws(JournalError) {
    let file = try opened()
    do throws(SystemError) { try write(nil, to: file) } catch { throw .failed(error) }
  }

  /// The whole segment has its own name, a piece of it `<name>-at-<position>`.
  private static func start(ofCopy copy: String, of name: String) -> Int64? {
    let rest = copy.dropFirst(name.count)
    if rest.isEmpty { return 0 }
    guard rest.hasPrefix("-at-") else { return nil }
    return Int64(rest.dropFirst("-at-".count))
  }

  private func opened() throws(JournalError) -> any StorageFile {
    if let file { return file }
    do throws(SystemError) {
      let made = try storage.open(path)
      if try made.size() < Int64(ErasureSlot.bytes) {
        try made.allocate(Int64(ErasureSlot.bytes))
        try made.synchronize()
      }
      // An earlier process may have ended before it did.
      try storage.synchronizeDirectory(files.directory)
      file = made
      return made
    } catch {
      guard error.isOutOfSpace else { throw .failed(error) }
      throw .full(reason: "there is no room for the file \(path)")
    }
  }

  private func write(
    _ pending: Erasure?,
    to file: any StorageFile
  ) throws(SystemError) {
    slot.pending = pending
    if pending == nil { slot.generation += 1 }
    try file.write(slot.encode(uuid: uuid).span, at: 0)
    try file.synchronizeData()
  }
}
