internal import Glibc

/// A failed system call: what was tried, and the kernel's answer.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The call and its object, such as `bind 0.0.0.0:8080`.
  package let call: String
  /// The errno.
  package let code: Int32

  package init(_ call: String, _ code: Int32) {
    self.call = call
    self.code = code
  }

  package var description: String {
    // SAFETY: strerror returns a valid C string for every number; it is copied at once.
    let text = unsafe String(cString: strerror(code))
    return "\(call): \(text) (errno \(code))"
  }

  package var isAddressInUse: Bool { code == EADDRINUSE }
  /// The disk, or what this user may have of it, is full.
  package var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
  /// The name cannot be had, or not by this user; nothing was asked of the device.
  package var isRefusal: Bool {
    [EACCES, EPERM, EROFS, ENOTDIR, ENOENT, ELOOP, ENAMETOOLONG].contains(code)
  }
  package var isAddressUnavailable: Bool { code == EADDRNOTAVAIL }
  package var isNotFound: Bool { code == ENOENT }
  /// The bytes cannot be had from the device, or are not what the file system wrote; unlike a want
  /// of descriptors or memory, which passes.
  package var isUnreadable: Bool { [EIO, EUCLEAN, EBADMSG].contains(code) }
  package var isTooLarge: Bool { code == EFBIG }
  package var isTimeout: Bool { code == EAGAIN || code == ETIMEDOUT }
  package var isRefused: Bool { code == ECONNREFUSED }
}

/// Turns a shim's `-errno` into an error.
@discardableResult
func checked(_ call: @autoclosure () -> String, _ result: Int32) throws(SystemError) -> Int32 {
  guard result >= 0 else { throw SystemError(call(), -result) }
  return result
}
