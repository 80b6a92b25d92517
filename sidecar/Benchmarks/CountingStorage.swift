internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// Real files that count the calls which cost something.
final class CountingStorage: Storage {
  struct Counts: Equatable, Sendable {
    var writes = 0
    var dataSyncs = 0
    var syncs = 0
    var directorySyncs = 0
  }

  private let files = FileStorage()
  private let counts = Mutex(Counts())

  var now: Counts { counts.withLock { $0 } }

  fileprivate func count(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }

  func createDirectory(_ path: String) throws(SystemError) { try files.createDirectory(path) }

  func list(_ path: String) throws(SystemError) -> [String] { try files.list(path) }

  func open(_ path: String) throws(SystemError) -> any StorageFile {
    CountingFile(try files.open(path), self)
  }

  func openForReading(_ path: String) throws(SystemError) -> any StorageFile {
    try files.openForReading(path)
  }

  func rename(_ from: String, to: String) throws(SystemError) { try files.rename(from, to: to) }

  func remove(_ path: String) throws(SystemError) { try files.remove(path) }

  func synchronizeDirectory(_ path: String) throws(SystemError) {
    count { $0.directorySyncs += 1 }
    try files.synchronizeDirectory(path)
  }

  func freeBytes(_ path: String) throws(SystemError) -> Int64 { try files.freeBytes(path) }

  func wallMicroseconds() -> Int64 { files.wallMicroseconds() }

  func randomBytes(_ count: Int) -> [UInt8] { files.randomBytes(count) }

  func lock(_ path: String) throws(SystemError) -> (any StorageFile)? { try files.lock(path) }
}

private final class CountingFile: StorageFile {
  private let file: any StorageFile
  private let storage: CountingStorage

  init(_ file: any StorageFile, _ storage: CountingStorage) {
    self.file = file
    self.storage = storage
  }

  func size() throws(SystemError) -> Int64 { try file.size() }
  func linkedSize() throws(SystemError) -> Int64 { try file.linkedSize() }

  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.read(count, at: offset)
  }

  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    try file.readDirect(count, at: offset)
  }

  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    storage.count { $0.writes += 1 }
    try file.write(bytes, at: offset)
  }

  func synchronizeData() throws(SystemError) {
    storage.count { $0.dataSyncs += 1 }
    try file.synchronizeData()
  }

  func synchronize() throws(SystemError) {
    storage.count { $0.syncs += 1 }
    try file.synchronize()
  }

  func allocate(_ size: Int64) throws(SystemError) { try file.allocate(size) }

  func truncate(_ size: Int64) throws(SystemError) { try file.truncate(size) }

  func dropCache() { file.dropCache() }
}
