internal import CRelayLinux
internal import Glibc

/// A kernel thread; its body is sent to it, and nothing else is shared.
package struct Thread: ~Copyable {
  // SAFETY: pthread_t is an integer on this platform; it is joined or detached exactly once.
  private let handle: pthread_t

  private final class Box {
    let name: [UInt8]
    let body: () -> Void
    init(_ name: String, _ body: @escaping () -> Void) {
      self.name = Array(name.utf8)
      self.body = body
    }
  }

  package init(name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
    // SAFETY: the box is retained here and released by exactly one side: the new thread, or this
    // one when no thread came to be.
    let box = unsafe Unmanaged.passRetained(Box(name, body))
    var handle = pthread_t()
    let code = unsafe pthread_create(
      &handle,
      nil,
      { raw in
        guard let raw = unsafe raw else { return nil }
        let box = unsafe Unmanaged<Box>.fromOpaque(raw).takeRetainedValue()
        let name = box.name
        relay_set_thread_name(name.span)
        box.body()
        return nil
      },
      box.toOpaque()
    )
    self.handle = handle
    guard code == 0 else {
      unsafe box.release()
      throw SystemError("pthread_create", code)
    }
  }

  package consuming func join() { _ = pthread_join(handle, nil) }

  /// Lets the thread end on its own.
  package consuming func detach() { _ = pthread_detach(handle) }
}
