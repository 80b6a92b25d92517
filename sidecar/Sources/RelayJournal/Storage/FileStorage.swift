package import RelaySystem

/// Real files.
package struct FileStorage: Storage {
  package init() {}

  package func createDirectory(_ path: String) throws(SystemError) { try Directory.create(path) }

  package func list(_ path: String) throws(SystemError) -> [String] {
    do throws(SystemError) {
      return try Directory.list(path)
    } catch {
      if error.isNotFound { return [] }
      throw error
    }
  }

  package func open(_ path: String) throws(SystemError) -> any StorageFile {
    try File.create(path)
  }

  package func openForReading(_ path: String) throws(SystemError) -> any StorageFile {
    try File.openForReading(path)
  }

  package func rename(_ from: String, to: String) throws(SystemError) {
    try Directory.rename(from, to: to)
  }

  package func remove(_ path: String) throws(SystemError) { try Directory.remove(path) }

  package func synchronizeDirectory(_ path: String) throws(SystemError) {
    try Directory.synchronize(path)
  }

  package func freeBytes(_ path: String) throws(SystemError) -> Int64 {
    try Directory.freeBytes(path)
  }

  package func wallMicroseconds() -> Int64 { SystemClock.wallMicroseconds() }

  package func randomBytes(_ count: Int) -> [UInt8] { RelaySystem.randomBytes(count) }

  package func lock(_ path: String) throws(SystemError) -> (any StorageFile)? {
    let file = try File.create(path)
    return try file.lock() ? file : nil
  }
}

extension File: StorageFile {}
