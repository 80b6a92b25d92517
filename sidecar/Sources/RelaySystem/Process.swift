internal import CRelayLinux
internal import Glibc

/// This process, as the kernel sees it.
package enum Process {
  package static var pid: Int32 { getpid() }

  package static func environment(_ name: String) -> String? {
    // SAFETY: getenv returns a valid C string or nil; it is copied at once, and the environment is
    // changed only while there is one thread (`PassedSockets.take`).
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  package static func exit(_ code: Int32) -> Never { Glibc.exit(code) }

  package static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// Resident memory in bytes; 0 where /proc is not mounted.
  package static var residentBytes: Int {
    guard let bytes = try? readFile("/proc/self/statm", limit: 4096) else { return 0 }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// Open descriptors; 0 where /proc is not mounted.
  package static var descriptorCount: Int {
    // The listing itself holds one descriptor open.
    max(0, ((try? Directory.list("/proc/self/fd").count) ?? 1) - 1)
  }

  /// The path of this program, or its name where /proc is not mounted.
  package static var executablePath: String {
    linkTarget("/proc/self/exe") ?? CommandLine.arguments.first ?? "webhook-sidecar"
  }

  /// The path with the working directory in front, where it is relative.
  package static func absolute(_ path: String) -> String {
    guard !path.hasPrefix("/"), let directory = linkTarget("/proc/self/cwd") else { return path }
    return directory + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
  }

  private static func linkTarget(_ link: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    // SAFETY: readlink writes at most the count it is given into an array that outlives the call.
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { return 0 }
      return unsafe readlink(link, start, bytes.count)
    }
    return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
  }

  /// Raises the soft descriptor limit as far as allowed; returns what is in force.
  package static func raiseDescriptorLimit(to wanted: Int) -> Int {
    Int(relay_raise_descriptor_limit(Int64(wanted)))
  }
}

/// Writes all of `bytes`, waiting where the other side is slow; false when nobody reads.
@discardableResult
package func writeFully(toDescriptor descriptor: Int32, _ bytes: [UInt8]) -> Bool {
  var done = 0
  while done < bytes.count {
    // SAFETY: the pointer is used inside the closure only, and the count stays inside the array.
    let count = unsafe bytes.withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
    }
    if count > 0 {
      done += count
    } else if count == 0 || errno == EAGAIN {
      // A terminal or pipe may be non-blocking because another process made it so.
      guard relay_wait_writable(descriptor, -1) >= 0 else { return false }
    } else if errno != EINTR {
      return false
    }
  }
  return true
}

/// Whether a write of up to 4096 bytes (PIPE_BUF) would go through without waiting, now or within
/// that time.
package func takesLine(_ descriptor: Int32, withinMilliseconds time: Int32 = 0) -> Bool {
  relay_wait_writable(descriptor, time) > 0
}

/// Whether a descriptor is a terminal.
package func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }
