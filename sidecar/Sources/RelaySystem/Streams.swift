internal import Glibc

/// Files, pipes and terminals as streams, for the command line.
///
/// `File` reads and writes at offsets, which a pipe does not have.
package enum Streams {
  package static let input: Int32 = 0
  package static let output: Int32 = 1
  package static let error: Int32 = 2

  /// One read: what a pipe holds at most by default.
  private static let pieceBytes = 64 << 10

  /// Reads `path` from its beginning to its end; nil when it holds more than `limit` bytes.
  package static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    // The path is a C string for the call only.
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw SystemError("open \(path)", errno) }
    let descriptor = Descriptor(owning: opened)
    return try read(from: descriptor.rawValue, limit: limit, name: path)
  }

  /// Reads standard input to its end; nil when it holds more than `limit` bytes.
  package static func readInput(limit: Int) throws(SystemError) -> [UInt8]? {
    try read(from: input, limit: limit, name: "standard input")
  }

  private static func read(
    from descriptor: Int32,
    limit: Int,
    name: String
  ) throws(SystemError) -> [UInt8]? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    while true {
      // SAFETY: the pointer is used inside the closure only, and the count is the array's.
      let count = unsafe piece.withUnsafeMutableBytes { buffer in
        unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemError("read \(name)", errno) }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else { return nil }
      bytes += piece[..<count]
    }
  }

  /// Writes all of `bytes`, waiting where the other side is slow.
  package static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      // SAFETY: the pointer is used inside the closure only, and the count stays inside the array.
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
      }
      if count > 0 {
        done += count
      } else if count < 0, errno != EINTR, errno != EAGAIN {
        throw SystemError("write", errno)
      }
    }
  }

  /// A write to a pipe that nobody reads becomes an error instead of the end of the process.
  package static func ignoreBrokenPipes() {
    _ = signal(SIGPIPE, SIG_IGN)
  }
}

extension SystemError {
  /// The reader of a pipe is gone.
  package var isBrokenPipe: Bool { code == EPIPE }

  /// The other side of a connection is gone.
  package var isConnectionClosed: Bool { code == EPIPE || code == ECONNRESET }

  /// The device is broken, full or read-only, rather than the name wrong.
  package var isDiskFailure: Bool {
    [EIO, ENOSPC, EDQUOT, EROFS, ENODEV, ENXIO].contains(code)
  }

  /// The kernel's words alone, without the call.
  package var reason: String {
    // SAFETY: strerror returns a valid C string for every number; it is copied at once.
    unsafe String(cString: strerror(code))
  }
}
