internal import Synchronization

/// What proxies said that could not be read.
final class ProxyCounters: Sendable {
  /// Requests whose chain of proxies was refused.
  let unreadableChains = Atomic<UInt64>(0)
  private let refusals = Mutex([UInt64](repeating: 0, count: ProxyRefusal.Word.allCases.count))

  init() {}

  func refuse(_ word: ProxyRefusal.Word) {
    guard let index = ProxyRefusal.Word.allCases.firstIndex(of: word) else { return }
    refusals.withLock { $0[index] += 1 }
  }

  /// Connections that ended at their PROXY header.
  var refused: [(word: ProxyRefusal.Word, count: UInt64)] {
    let counts = refusals.withLock { $0 }
    return zip(ProxyRefusal.Word.allCases, counts).map { (word: $0, count: $1) }
  }
}
