internal import CRelayLinux
internal import Glibc

/// The signals that this software takes.
package enum Signal {
  package static let hangup = SIGHUP
  package static let interrupt = SIGINT
  package static let terminate = SIGTERM
}

/// Takes signals as values; made before any thread starts, since blocked signals are inherited.
package struct SignalReader: ~Copyable, Sendable {
  private let descriptor: Descriptor

  package init(signals: [Int32]) throws(SystemError) {
    let mask = signals.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
    descriptor = Descriptor(owning: try checked("signalfd", relay_signalfd(mask)))
  }

  /// Returns the next signal, or nil when none came in time.
  package func wait(timeoutMilliseconds: Int32) -> Int32? {
    guard relay_wait_readable(descriptor.rawValue, timeoutMilliseconds) > 0 else { return nil }
    let signal = relay_next_signal(descriptor.rawValue)
    return signal > 0 ? signal : nil
  }
}
