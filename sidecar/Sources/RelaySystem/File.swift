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

  /// As `size`; `isNotFound` where the file has lost its name since it was opened.
  package func linkedSize() throws(SystemError) -> Int64 {
    let size = relay_linked_size(descriptor.rawValue)
    guard size >= 0 else { throw SystemError("size of \(path)", Int32(-size)) }
    return size
  }

  /// Returns up to `count` bytes; fewer at the end of the file.
  package func read(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    // The buffer is lent for the call only, with its own count.
    try unsafe filled(count) { bytes in
      unsafe relay_read_at(descriptor.rawValue, bytes.baseAddress, count, offset)
    }
  }

  /// As `read`, but from the disk instead of the page cache, which may hold what the disk lost.
  package func readDirect(_ count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    do throws(SystemError) {
      // The path is a C string for the call only, and the buffer is lent for it.
      return try unsafe filled(count) { bytes in
        unsafe relay_read_direct(path, bytes.baseAddress, count, offset)
      }
    } catch {
      guard error.code == EINVAL else { throw error }
      // A file system without O_DIRECT (tmpfs): dropping the cache is the next best.
      _ = relay_drop_cache(descriptor.rawValue)
      return try read(count, at: offset)
    }
  }

  /// An array of what `body` says that it has written, from the start: of a large read, zeroing
  /// the memory first takes half as long as the read.
  private func filled(
    _ count: Int,
    _ body: (UnsafeMutableBufferPointer<UInt8>) -> Int
  ) throws(SystemError) -> [UInt8] {
    guard count > 0 else { return [] }
    var got = 0
    // Exactly the bytes that the kernel has written become a part of the array.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      got = unsafe body(buffer)
      written = max(0, min(got, count))
    }
    guard got >= 0 else { throw SystemError("read \(path)", Int32(-got)) }
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
