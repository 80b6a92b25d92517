internal import Synchronization

/// Where the time of deliveries goes, on one ingress thread.
///
/// Each thread has its own, so that the lock is taken by nobody else but who reads the metrics.
package final class StageTimes: Sendable {
  package enum Stage: Int, CaseIterable, Sendable {
    /// From the first byte of a request to its last, as the thread came to see them.
    case read
    /// The signature, and what is drawn from the body for it.
    case verify
    /// From there to the journal's word: the queue, the write and `fdatasync`.
    case commit
    /// Writing the answer to the socket.
    case reply

    package var word: String {
      switch self {
      case .read: "read"
      case .verify: "verify"
      case .commit: "commit"
      case .reply: "reply"
      }
    }
  }

  /// Upper bounds in nanoseconds: from a short HMAC to a body that comes at the timeout.
  package static let bounds: [Int64] = [
    10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
    25_000_000, 100_000_000, 500_000_000, 2_500_000_000, 10_000_000_000, 30_000_000_000,
  ]

  /// What one stage took.
  package struct Counts: Equatable, Sendable {
    /// By the bounds, and what is beyond the last.
    package var buckets = [UInt64](repeating: 0, count: StageTimes.bounds.count + 1)
    package var sumNanoseconds: Int64 = 0

    package static func += (left: inout Self, right: Self) {
      for index in right.buckets.indices { left.buckets[index] += right.buckets[index] }
      left.sumNanoseconds &+= right.sumNanoseconds
    }
  }

  private let counts = Mutex([Counts](repeating: Counts(), count: Stage.allCases.count))

  package init() {}

  /// A negative time counts as none.
  package func record(_ stage: Stage, nanoseconds: Int64) {
    let time = max(0, nanoseconds)
    var bucket = 0
    while bucket < Self.bounds.count, time > Self.bounds[bucket] { bucket += 1 }
    counts.withLock {
      $0[stage.rawValue].buckets[bucket] += 1
      $0[stage.rawValue].sumNanoseconds &+= time
    }
  }

  /// In the order of the stages.
  package var snapshot: [Counts] { counts.withLock { $0 } }
}
