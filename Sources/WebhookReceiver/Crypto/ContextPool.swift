internal import Synchronization

/// Keyed contexts at rest, for whichever thread needs one next.
///
/// A context serves one message at a time, and keying a new one costs more than a short message.
/// A thread takes one out, uses it without a lock, and puts it back. When none is at rest the
/// thread makes its own, and when the pool is full on return the context is freed: the pool never
/// makes anybody wait.
final class ContextPool<Context: ~Copyable & Sendable>: Sendable {
  /// As many threads verify at once as there are cores for it; more than this make their own.
  private static var contextsMax: Int { 8 }

  /// Holds one context, because an array cannot hold what cannot be copied.
  ///
  /// An inline array of optionals could, but the release compiler (6.3.1) crashes on it.
  private final class Slot: Sendable {
    private let context: Mutex<Context?>

    init(_ context: consuming Context) { self.context = Mutex(context) }

    func take() -> Context? { context.withLock { $0.take() } }
  }

  private let slots = Mutex<[Slot]>([])

  init() {}

  func take() -> Context? { slots.withLock { $0.popLast() }?.take() }

  func put(_ context: consuming Context) {
    let slot = Slot(context)
    slots.withLock { slots in
      if slots.count < Self.contextsMax { slots.append(slot) }
    }
  }
}
