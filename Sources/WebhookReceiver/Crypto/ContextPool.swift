internal import Synchronization

/// Keyed contexts at rest, for whichever thread needs one next.
///
/// A context serves one message at a time, and keying a new one costs more than a short message.
/// A thread takes one out, uses it without a lock, and puts it back. When none is at rest the
/// thread makes its own, and when the pool is full on return the context is freed: the pool never
/// makes anybody wait, and once it is full it never allocates.
final class ContextPool<Context: ~Copyable & Sendable>: Sendable {
  /// As many threads verify at once as there are cores for it; more than this make their own.
  private static var contextsMax: Int { 8 }

  /// Holds one context, because an array cannot hold what cannot be copied.
  private final class Slot: Sendable {
    private let context = Mutex<Context?>(nil)

    /// Nil also when another thread is at it: the next slot is nearer than the end of its turn.
    func take() -> Context? {
      context.withLockIfAvailable { $0.take() } ?? nil
    }

    /// Gives the context back when the slot is taken.
    func put(_ context: consuming Context) -> Context? {
      // A value that cannot be copied goes into a closure only in a box that can be emptied.
      var box: Context? = consume context
      self.context.withLock { held in
        if held == nil { held = box.take() }
      }
      return box
    }
  }

  /// Tried before the others: with one thread at a time there is no other.
  private let first = Mutex<Context?>(nil)
  private let others: [Slot]

  init() {
    others = (1..<Self.contextsMax).map { _ in Slot() }
  }

  func take() -> Context? {
    if let context = first.withLockIfAvailable({ $0.take() }) ?? nil { return context }
    for slot in others {
      if let context = slot.take() { return context }
    }
    return nil
  }

  func put(_ context: consuming Context) {
    // A value that cannot be copied goes into a closure only in a box that can be emptied.
    var left: Context? = consume context
    let isKept = first.withLock { held in
      guard held == nil else { return false }
      held = left.take()
      return true
    }
    guard !isKept else { return }
    for slot in others {
      guard let context = left.take() else { return }
      left = slot.put(context)
    }
  }
}
