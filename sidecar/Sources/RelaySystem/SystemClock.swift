internal import CRelayLinux

/// The kernel's clocks.
package enum SystemClock {
  /// Nanoseconds that only go forward; meaningless across a restart.
  package static func monotonicNanoseconds() -> Int64 { relay_clock(0) }

  /// Microseconds since 1970, as far as this machine knows; it may jump.
  package static func wallMicroseconds() -> Int64 { relay_clock(1) }
}

/// Returns bytes from the kernel's random source.
package func randomBytes(_ count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var span = bytes.mutableSpan
  let result = relay_random(&span)
  precondition(result == 0, "the kernel has no random source")
  return bytes
}
