internal import RelaySystem
internal import Synchronization

/// Slows a reader that has time, so that those that have none do not feel it.
final class ReadPace: Sendable {
  /// Read at once, and the pause behind it: about 10 MB/s (journal §6.8).
  private static let stepBytes = 1 << 20
  private static let pauseMilliseconds: Int32 = 100

  private let taken = Atomic<Int>(0)
  private let isStopping = Atomic<Bool>(false)
  private let pause = Gate()

  /// Counts what was read, and waits when it is time to.
  func take(_ bytes: Int) {
    let sum = taken.add(bytes, ordering: .relaxed).newValue
    guard sum >= Self.stepBytes, !isStopping.load(ordering: .relaxed) else { return }
    taken.store(0, ordering: .relaxed)
    _ = pause.wait(timeoutMilliseconds: Self.pauseMilliseconds)
  }

  /// From now on nothing waits: who reads looks whether to go on.
  func stop() {
    isStopping.store(true, ordering: .relaxed)
    pause.ring()
  }
}
