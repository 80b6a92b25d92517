internal import CRelayLinux

/// The kernel's clocks.
package enum SystemClock {
  /// Nanoseconds that only go forward; meaningless across a restart.
  package static func monotonicNanoseconds() -> Int64 { relay_clock(0) }

  /// Microseconds since 1970, as far as this machine knows; it may jump.
  package static func wallMicroseconds() -> Int64 { relay_clock(1) }

  /// Nanoseconds since this start of the machine, sleep included; nobody can set it.
  package static func bootNanoseconds() -> Int64 { relay_clock(2) }

  /// Nanoseconds that this thread has been running on a core.
  package static func threadNanoseconds() -> Int64 { relay_clock(3) }

  /// Names this start of the machine: 16 bytes.
  ///
  /// Where the kernel does not say it, random ones: every process then counts as a start, and time
  /// between two of them only as far as the wall clock can be believed.
  package static let bootID: [UInt8] = {
    let text = (try? readFile("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
    let digits = text.compactMap { byte in Character(UnicodeScalar(byte)).hexDigitValue }
    guard digits.count == 32 else { return randomBytes(16) }
    return stride(from: 0, to: 32, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }()
}

/// Returns bytes from the kernel's random source.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  let result = relay_random(&span)
  precondition(result == 0, "the kernel has no random source")
  return bytes
}
