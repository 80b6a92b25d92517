internal import Synchronization

/// Memory of libcrypto that serves one message at a time, and that a value owns alone.
protocol PooledContext: ~Copyable, Sendable {
  /// Takes over what another value has given up.
  @unsafe init(owning context: OpaquePointer)

  /// Gives the memory up without freeing it.
  @unsafe consuming func relinquish() -> OpaquePointer
}

/// Keyed contexts at rest, for whichever thread needs one next.
///
/// A context serves one message at a time, and keying a new one costs more than a short message.
/// A thread takes one out, uses it, and puts it back; each is one exchange of an address. When none
/// is at rest the thread makes its own, and when the pool is full on return the context is freed:
/// nobody ever waits for anybody, and once it is full the pool never allocates.
final class ContextPool<Context: PooledContext & ~Copyable>: Sendable {
  /// As many threads verify at once as there are cores for it; more than this make their own.
  private static var contextsMax: Int { 8 }

  /// Holds the address of one context, or zero; an object, because an array cannot hold an atomic.
  private final class Slot: Sendable {
    private let address = Atomic<UInt>(0)

    func take() -> UInt {
      // Most are empty, and looking is cheaper than taking.
      guard address.load(ordering: .relaxed) != 0 else { return 0 }
      return address.exchange(0, ordering: .acquiring)
    }

    /// False when the slot is taken.
    func put(_ new: UInt) -> Bool {
      address.compareExchange(expected: 0, desired: new, ordering: .releasing).exchanged
    }
  }

  /// Tried before the others: with one thread at a time there is no other.
  private let first = Atomic<UInt>(0)
  private let others: [Slot]

  init() {
    others = (1..<Self.contextsMax).map { _ in Slot() }
  }

  deinit {
    while let context = take() { _ = consume context }
  }

  @inline(__always) func take() -> Context? {
    let address = first.exchange(0, ordering: .acquiring)
    return address == 0 ? takeOther() : Self.context(at: address)
  }

  @inline(__always) func put(_ context: consuming Context) {
    // A number, because a pointer may not go to another thread; it becomes one again below.
    let address = unsafe UInt(bitPattern: context.relinquish())
    let put = first.compareExchange(expected: 0, desired: address, ordering: .releasing)
    if !put.exchanged { putOther(address) }
  }

  @inline(never) private func takeOther() -> Context? {
    for slot in others {
      let address = slot.take()
      if address != 0 { return Self.context(at: address) }
    }
    return nil
  }

  @inline(never) private func putOther(_ address: UInt) {
    for slot in others where slot.put(address) { return }
    // There is no room: it is made a context again, which frees it.
    _ = Self.context(at: address)
  }

  /// The context of an address that was taken out of a slot, or never got into one.
  @inline(__always) private static func context(at address: UInt) -> Context? {
    guard let context = unsafe OpaquePointer(bitPattern: address) else { return nil }
    // Nobody else has it: an exchange gives it away once.
    return unsafe Context(owning: context)
  }
}
