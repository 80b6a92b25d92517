package import RelaySystem

/// What a journal needs of the world, and all that it may use: file operations, a clock, chance.
///
/// Two conformers: files, and a simulated disk in the tests. All paths are absolute or relative to
/// the process; none is shared with another journal.
package protocol Storage: Sendable {
  func createDirectory(_ path: String) throws(SystemError)
  /// Names, sorted; empty for a folder that is not there.
  func list(_ path: String) throws(SystemError) -> [String]
  /// Opens for reading and writing, creating what is not there.
  func open(_ path: String) throws(SystemError) -> any StorageFile
  /// Opens for reading only; fails for what is not there.
  func openForReading(_ path: String) throws(SystemError) -> any StorageFile
  func rename(_ from: String, to: String) throws(SystemError)
  func remove(_ path: String) throws(SystemError)
  /// Makes the names of a folder durable.
  func synchronizeDirectory(_ path: String) throws(SystemError)
  func freeBytes(_ path: String) throws(SystemError) -> Int64
  /// Microseconds since 1970; may jump.
  func wallMicroseconds() -> Int64
  func randomBytes(_ count: Int) -> [UInt8]
  /// Takes the exclusive lock on a file for the life of what is returned; nil when it is taken.
  func lock(_ path: String) throws(SystemError) -> (any StorageFile)?
}

package protocol StorageFile: AnyObject, Sendable {
  func size() throws(SystemError) -> Int64
  /// As `size`; `isNotFound` where the file has lost its name since it was opened.
  func linkedSize() throws(SystemError) -> Int64
  /// Returns up to `count` bytes; fewer at the end of the file.
  func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8]
  /// As `read`, but past the page cache, which may hold what the disk lost.
  func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8]
  /// Writes all of it, or fails with an unknown part of it written.
  func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError)
  /// fdatasync: what was written is durable when it returns. An error is final for this file.
  func synchronizeData() throws(SystemError)
  /// fsync: as above, size and name of the file included.
  func synchronize() throws(SystemError)
  func allocate(_ size: Int64) throws(SystemError)
  func truncate(_ size: Int64) throws(SystemError)
  func dropCache()
}
