internal import Synchronization

/// Lines that were written and that were not.
package final class LogCounters: Sendable {
  /// Which lines.
  package enum Kind: String, CaseIterable, Sendable {
    case events
    case access
  }

  /// Why a line was not written.
  package enum Loss: String, CaseIterable, Sendable {
    /// Whoever reads the log was behind.
    case lost
    /// It was over the ration of what strangers may cause.
    case suppressed
  }

  private let counts = Mutex(
    Array(repeating: UInt64(0), count: Kind.allCases.count * Loss.allCases.count)
  )
  /// Lines of requests that were written.
  let accessLines = Atomic<UInt64>(0)

  package init() {}

  package func add(_ count: Int, to loss: Loss, of kind: Kind) {
    counts.withLock { $0[Self.index(loss, kind)] += UInt64(count) }
  }

  package func count(_ loss: Loss, of kind: Kind) -> UInt64 {
    counts.withLock { $0[Self.index(loss, kind)] }
  }

  private static func index(_ loss: Loss, _ kind: Kind) -> Int {
    (loss == .lost ? 0 : Kind.allCases.count) + (kind == .events ? 0 : 1)
  }
}
