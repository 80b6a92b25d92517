internal import Glibc

/// A kernel thread for the calls that wait for the disk: the threads of tasks must not.
enum WriterThread {
  private final class Box {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
  }

  /// Starts a thread that ends with `body`; false when the system has none left.
  static func start(_ body: sending @escaping () -> Void) -> Bool {
    // The box is retained here and released by exactly one side: the new thread, or this one when
    // no thread came to be. Nothing else refers to it.
    let box = unsafe Unmanaged.passRetained(Box(body))
    var handle = pthread_t()
    let code = unsafe pthread_create(
      &handle,
      nil,
      { raw in
        guard let raw = unsafe raw else { return nil }
        // Signals are the application's: its handlers run on its own threads. Both calls are
        // lent one set, and the call that fills it comes first.
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
        unsafe Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().body()
        return nil
      },
      box.toOpaque()
    )
    guard code == 0 else {
      unsafe box.release()
      return false
    }
    _ = pthread_detach(handle)
    return true
  }
}

/// Wakes one thread that sleeps.
///
/// A pipe: whoever has work writes a byte, the sleeper reads it. Rings are counted, so none is
/// lost; the caller sees to it that only one is outstanding, so that a write never waits.
final class Bell: Sendable {
  private let readEnd: Int32
  private let writeEnd: Int32

  init() throws(StoreFilesError) {
    var ends: [Int32] = [-1, -1]
    // The call fills two numbers, and the array has two.
    guard unsafe pipe(&ends) == 0 else { throw StoreFilesError("make a pipe") }
    (readEnd, writeEnd) = (ends[0], ends[1])
    // A program that the application starts must not hold them.
    _ = fcntl(readEnd, F_SETFD, FD_CLOEXEC)
    _ = fcntl(writeEnd, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    _ = close(readEnd)
    _ = close(writeEnd)
  }

  func ring() {
    var byte: UInt8 = 1
    // One byte of one byte.
    while unsafe write(writeEnd, &byte, 1) < 0, errno == EINTR {}
  }

  func wait() {
    var byte: UInt8 = 0
    // One byte of one byte.
    while unsafe read(readEnd, &byte, 1) < 0, errno == EINTR {}
  }
}

extension TimeSource {
  /// The machine's clocks.
  static var system: TimeSource {
    let start = ContinuousClock.now
    return TimeSource(
      elapsed: { start.duration(to: .now) },
      wall: {
        var time = timespec()
        // The call fills one structure, and gets one; this clock is always there.
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
      }
    )
  }
}
