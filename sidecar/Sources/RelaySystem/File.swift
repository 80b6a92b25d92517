internal import CRelayLinux
internal import Glibc

/// An open regular file.
package final class File: Sendable {
  package let path: String
  private let descriptor: Descriptor

  private init(_ path: String, flags: Int32) throws(SystemError) {
    // Only the owner may read what providers send.
    let opened = unsafe relay_open(path, flags, 0o600)  // The path is a C string for the call only.
    descriptor = Descriptor(owning: try checked("open \(path)", opened))
    self.path = path
  }

  package static func open(_ path: String) throws(SystemError) -> File { try File(path, flags: 0) }

  package static func openForReading(_ path: String) throws(SystemError) -> File {
    try File(path, flags: RELAY_OPEN_READ_ONLY)
  }

  /// Opens, and creates what is not there.
  package static func create(_ path: String) throws(SystemError) -> File {
    try File(path, flags: RELAY_OPEN_CREATE)
  }

  package func size() throws(SystemError) -> Int64 {
    let size = relay_size(descriptor.rawValue)
    guard size >= 0 else { throw SystemError("size of \(path)", Int32(-size)) }
    return size
  }

  /// Returns up to `count` bytes; fewer at the end of the file.
  package func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    let got = relay_read_at(descriptor.rawValue, &span, offset)
    guard got >= 0 else { throw SystemError("read \(path)", Int32(-got)) }
    if got < count { bytes.removeLast(count - got) }
    return bytes
  }

  /// As `read`, but from the disk instead of the page cache, which may hold what the disk lost.
  package func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    // The path is a C string for the call only.
    let got = unsafe relay_read_direct(path, &span, offset)
    if got == -Int(EINVAL) {
      // A file system without O_DIRECT (tmpfs): dropping the cache is the next best.
      _ = relay_drop_cache(descriptor.rawValue)
      return try read(count, at: offset)
    }
    guard got >= 0 else { throw SystemError("read \(path)", Int32(-got)) }
    if got < count { bytes.removeLast(count - got) }
    return bytes
  }

  package func write(_ bytes: Span<UInt8>, at offset: Int64) throws(SystemError) {
    try checked("write \(path)", relay_write_at(descriptor.rawValue, bytes, offset))
  }

  /// fdatasync.
  ///
  /// An error is final for this file: it must never be tried again.
  package func synchronizeData() throws(SystemError) {
    try checked("fdatasync \(path)", relay_sync_data(descriptor.rawValue))
  }

  package func synchronize() throws(SystemError) {
    try checked("fsync \(path)", relay_sync(descriptor.rawValue))
  }

  package func allocate(_ size: Int64) throws(SystemError) {
    try checked("allocate \(path)", relay_allocate(descriptor.rawValue, size))
  }

  package func truncate(_ size: Int64) throws(SystemError) {
    try checked("truncate \(path)", relay_truncate(descriptor.rawValue, size))
  }

  package func dropCache() { _ = relay_drop_cache(descriptor.rawValue) }

  /// Takes the exclusive lock.
  ///
  /// Returns false when another process holds it.
  package func lock() throws(SystemError) -> Bool {
    let result = relay_lock(descriptor.rawValue)
    if result == -EWOULDBLOCK { return false }
    try checked("lock \(path)", result)
    return true
  }

  package func isLockedElsewhere() -> Bool { relay_is_locked(descriptor.rawValue) == 1 }
}
