internal import Glibc

/// Real files, by the calls of the C library.
///
/// Paths cross to C as strings that live for the call only, and buffers as pointers that are used
/// inside their closures only, with the array's own count: that is the reason of each `unsafe`.
package struct RealFiles: StoreFiles {
  package init() {}

  package func lock(_ path: String) throws(StoreFilesError) -> (any StoreFile)? {
    let file = try RealFile(path, flags: O_RDWR | O_CREAT | O_NOFOLLOW)
    return try file.lock() ? file : nil
  }

  package func create(_ path: String) throws(StoreFilesError) -> any StoreFile {
    try RealFile(path, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
  }

  package func read(_ path: String, bytesMax: Int) throws(StoreFilesError) -> [UInt8]? {
    let file: RealFile
    do throws(StoreFilesError) {
      // Not to wait for the other end of a pipe that somebody has put there.
      file = try RealFile(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    } catch {
      if error.kind == .notThere { return nil }
      throw error
    }
    return try file.readAll(bytesMax: bytesMax)
  }

  package func rename(_ from: String, to: String) throws(StoreFilesError) {
    guard unsafe Glibc.rename(from, to) == 0 else {
      throw StoreFilesError("rename \(from) to \(to)")
    }
  }

  package func remove(_ path: String) throws(StoreFilesError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else {
      throw StoreFilesError("remove \(path)")
    }
  }

  package func synchronizeDirectory(_ path: String) throws(StoreFilesError) {
    try RealFile(path, flags: O_RDONLY | O_DIRECTORY).synchronizeAll()
  }
}

/// An open descriptor and its path, for errors.
private final class RealFile: StoreFile {
  /// One read; a store of the default size is read in some thirty.
  private static let pieceBytes = 1 << 20

  private let path: String
  private let descriptor: Int32

  init(_ path: String, flags: Int32) throws(StoreFilesError) {
    // The path is a C string for the call only. Nobody but the owner may see what was handled.
    descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
    self.path = path
    guard descriptor >= 0 else { throw StoreFilesError("open \(path)") }
  }

  deinit { if descriptor >= 0 { _ = close(descriptor) } }

  func lock() throws(StoreFilesError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw StoreFilesError("lock \(path)") }
    }
    return true
  }

  func readAll(bytesMax: Int) throws(StoreFilesError) -> [UInt8] {
    var status = stat()
    // The call fills one structure, and gets one.
    guard unsafe fstat(descriptor, &status) == 0 else { throw StoreFilesError("look at \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreFilesError("read \(path)", reason: "it is not a regular file")
    }
    guard status.st_size <= bytesMax else {
      throw StoreFilesError("read \(path)", reason: "it is longer than any store's file")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var piece = [UInt8](repeating: 0, count: Self.pieceBytes)
    while true {
      // The pointer stays in the closure, and the count is the buffer's.
      let count = unsafe piece.withUnsafeMutableBytes { buffer in
        unsafe pread(descriptor, buffer.baseAddress, buffer.count, off_t(bytes.count))
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw StoreFilesError("read \(path)") }
      guard count > 0 else { return bytes }
      bytes += piece[..<count]
    }
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreFilesError) {
    var done = 0
    while done < bytes.count {
      // The pointer stays in the closure, and the count ends where the buffer does.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          descriptor,
          buffer.baseAddress?.advanced(by: done),
          buffer.count - done,
          off_t(offset + done)
        )
      }
      if count > 0 {
        done += count
      } else if count == 0 || errno != EINTR {
        throw StoreFilesError("write \(path)")
      }
    }
  }

  /// fdatasync, which includes the length.
  func synchronize() throws(StoreFilesError) {
    guard fdatasync(descriptor) == 0 else { throw StoreFilesError("fdatasync \(path)") }
  }

  func synchronizeAll() throws(StoreFilesError) {
    guard fsync(descriptor) == 0 else { throw StoreFilesError("fsync \(path)") }
  }
}

extension StoreFilesError {
  /// The call that has just failed.
  init(_ operation: String) {
    let code = errno
    // strerror returns a valid C string for every number; it is copied at once.
    let reason = unsafe String(cString: strerror(code))
    self.init(operation, kind: code == ENOENT ? .notThere : .other, reason: reason)
  }
}
