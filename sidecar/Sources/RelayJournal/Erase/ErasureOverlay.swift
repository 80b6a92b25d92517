internal import RelaySystem

/// A journal's files as they are when an erasure that has begun is done.
///
/// For who only looks: after a crash, and beside a process that is in the middle of it.
struct ErasureOverlay: Storage {
  let base: any Storage
  /// The journal's.
  let directory: String
  let uuid: [UInt8]

  func openForReading(_ path: String) throws(SystemError) -> any StorageFile {
    let file = try base.openForReading(path)
    guard path.hasPrefix(directory + "/log/"),
      let erasure = try ErasureFile.read(base, in: directory, uuid: uuid)?.pending,
      path == directory + "/log/" + erasure.segmentName
    else { return file }
    return OverlaidFile(base: file, erasure: erasure)
  }

  func createDirectory(_ path: String) throws(SystemError) { try base.createDirectory(path) }
  func list(_ path: String) throws(SystemError) -> [String] { try base.list(path) }
  func open(_ path: String) throws(SystemError) -> any StorageFile { try base.open(path) }
  func rename(_ from: String, to: String) throws(SystemError) { try base.rename(from, to: to) }
  func remove(_ path: String) throws(SystemError) { try base.remove(path) }
  func synchronizeDirectory(_ path: String) throws(SystemError) {
    try base.synchronizeDirectory(path)
  }
  func freeBytes(_ path: String) throws(SystemError) -> Int64 { try base.freeBytes(path) }
  func wallMicroseconds() -> Int64 { base.wallMicroseconds() }
  func randomBytes(_ count: Int) -> [UInt8] { base.randomBytes(count) }
  func lock(_ path: String) throws(SystemError) -> (any StorageFile)? { try base.lock(path) }
}

/// One segment of it, for reading.
private final class OverlaidFile: StorageFile {
  private let base: any StorageFile
  private let erasure: Erasure

  init(base: any StorageFile, erasure: Erasure) {
    self.base = base
    self.erasure = erasure
  }

  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var bytes = try base.read(count, at: offset)
    erasure.apply(to: &bytes, at: offset)
    return bytes
  }

  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var bytes = try base.readDirect(count, at: offset)
    erasure.apply(to: &bytes, at: offset)
    return bytes
  }

  func size() throws(SystemError) -> Int64 { try base.size() }
  func linkedSize() throws(SystemError) -> Int64 { try base.linkedSize() }
  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    try base.write(bytes, at: offset)
  }
  func synchronizeData() throws(SystemError) { try base.synchronizeData() }
  func synchronize() throws(SystemError) { try base.synchronize() }
  func allocate(_ size: Int64) throws(SystemError) { try base.allocate(size) }
  func truncate(_ size: Int64) throws(SystemError) { try base.truncate(size) }
  func dropCache() { base.dropCache() }
}
