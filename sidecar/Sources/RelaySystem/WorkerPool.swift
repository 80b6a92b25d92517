internal import CRelayLinux
internal import Glibc
internal import Synchronization

/// A few threads for calls that block, so that no event loop ever makes one.
///
/// The queue is bounded: what does not fit is told so at once. A call that never returns costs its
/// thread, and nobody waits for it at the end.
package final class WorkerPool: Sendable {
  private let state: State
  private let queueMax: Int

  private struct Queue {
    var jobs: [@Sendable () -> Void] = []
    /// Jobs in front of it are taken.
    var first = 0
    var isClosed = false

    var count: Int { jobs.count - first }

    mutating func pop() -> (@Sendable () -> Void)? {
      guard first < jobs.count else { return nil }
      let job = jobs[first]
      first += 1
      // Room is given back when half of it is behind: constant work for each job.
      if first * 2 >= jobs.count {
        jobs.removeFirst(first)
        first = 0
      }
      return job
    }
  }

  /// What threads hold on to, so that the pool itself can go.
  private final class State: Sendable {
    let queue = Mutex(Queue())
    /// Readable exactly while there are jobs, or the pool is closed.
    let wakeup = makeEventDescriptor()

    deinit { _ = Glibc.close(wakeup) }

    func run() {
      while true {
        _ = relay_wait_readable(wakeup, -1)
        let (job, isClosed) = queue.withLock { queue in
          let job = queue.pop()
          if queue.count == 0, !queue.isClosed { _ = relay_eventfd_clear(wakeup) }
          return (job, queue.isClosed)
        }
        if let job { job() } else if isClosed { return }
      }
    }
  }

  package init(name: String, threads: Int, queueMax: Int) throws(SystemError) {
    let state = State()
    self.state = state
    self.queueMax = queueMax
    for _ in 0..<threads {
      let thread = try Thread(name: name) { state.run() }
      thread.detach()
    }
  }

  deinit { close() }

  /// Returns whether the job will run.
  package func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    state.queue.withLock { queue in
      guard !queue.isClosed, queue.count < queueMax else { return false }
      queue.jobs.append(job)
      _ = relay_eventfd_ring(state.wakeup)
      return true
    }
  }

  /// Takes no more; jobs that wait are dropped, those that run end in their own time.
  package func close() {
    state.queue.withLock { queue in
      queue.isClosed = true
      queue.jobs = []
      queue.first = 0
      _ = relay_eventfd_ring(state.wakeup)
    }
  }
}
