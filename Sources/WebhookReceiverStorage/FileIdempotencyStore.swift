public import WebhookReceiver

/// Idempotency for one process that survives its end, in a file.
///
/// `complete` returns when its record is on the disk: a key that is done stays done for its
/// lifetime, after `kill -9` and after a power cut. Claims are in memory only. Work whose claim
/// was not completed when the process ended is free again at once, and is run again when its
/// event comes again: **at least once**, and exactly once only if the work itself commits together
/// with a check of `ClaimToken.fence`, which grows over restarts too.
///
/// Nothing is forgotten to make room: a full store throws `IdempotencyError.full`.
/// After a write or a flush that failed it answers `IdempotencyError.unavailable` until it
/// is closed and opened again, because what the system's cache says is then no longer what is on
/// the disk. A `complete` that threw it may or may not be remembered.
///
/// Calls wait without holding a thread. Records that become due together share one `fdatasync`,
/// which happens on the store's own thread.
///
/// Lifetimes count the time that passes, not the wall clock, as long as the process runs. What
/// passed between two processes is taken from the wall clock, but at each start as no more than a
/// quarter of the lifetime and never as less than nothing: a clock that is wrong at a start neither
/// forgets all keys nor makes them stay.
///
/// The file may only be read by its owner. Beside it lie `….lock` and, for moments, `….new`. It is
/// made anew when more than half of it is dead, so it stays below twice its living content, 5 MiB
/// and one result; while it is made there are two, of which the new one has no dead content. Use a
/// local disk: the lock and the flush of some network file systems are not what they say.
public final class FileIdempotencyStore: IdempotencyStore {
  private let core: StoreCore

  init(core: StoreCore) {
    self.core = core
  }

  /// Lets go of the file without waiting for it; whoever opens it anew in this process should
  /// `close` it first.
  deinit {
    try? core.change { (state) throws(IdempotencyError) in _ = state.close(nil) }
  }

  /// Opens the store at a path, and makes it when nothing is there.
  ///
  /// Reads the whole file and writes it anew, which for a full store of the default size takes
  /// some tenths of a second.
  ///
  /// - Parameters:
  ///   - path: the file; its folder must be there, and `path` itself must not be a link.
  ///   - configuration: bounds and lifetimes. They may differ from those of the last process: a
  ///     lower bound forgets nothing, and a lifetime holds for the keys that are there, too.
  /// - Returns: the store, which holds its file until it is closed.
  /// - Throws: why it could not be opened; the keys that the file held are as they were.
  public static func open(
    path: String,
    configuration: Configuration = Configuration()
  ) async throws(OpenError) -> FileIdempotencyStore {
    try await open(path: path, configuration: configuration, files: RealFiles())
  }

  /// Opens a store with what tests and measurements replace.
  package static func open(
    path: String,
    configuration: Configuration,
    tuning: Tuning = Tuning(),
    files: any StoreFiles,
    source: TimeSource? = nil
  ) async throws(OpenError) -> FileIdempotencyStore {
    let opening = StoreOpening(
      path: path,
      configuration: configuration.clamped,
      tuning: tuning,
      files: files,
      source: source ?? .system
    )
    let opened: Result<StoreCore, OpenError> = await withCheckedContinuation { continuation in
      let isStarted = WriterThread.start {
        opening.run { continuation.resume(returning: $0) }
      }
      if !isStarted {
        let reason = "the system has none left"
        continuation.resume(
          returning: .failure(.system(operation: "start a thread", reason: reason))
        )
      }
    }
    return FileIdempotencyStore(core: try opened.get())
  }

  /// Takes the key when it is free; throws `full` when there is no room for it.
  public func claim(_ key: IdempotencyKey) async throws(IdempotencyError) -> Claim {
    while true {
      let claim = try core.change { (state) throws(IdempotencyError) in try state.claim(key) }
      if let claim { return claim }
      try await wait { (state, waiter) throws(IdempotencyError) in
        try state.waitForFences(waiter)
      }
    }
  }

  /// Records the result for duplicates, and returns when it is on the disk.
  ///
  /// Until then the key is in progress, however long the disk takes. When the result does not
  /// fit, the claim stays: complete it with a smaller one. Cancelling the task does not take a
  /// result back.
  ///
  /// - Throws: `resultTooLarge`, `staleClaim`, or `unavailable` when the disk fails.
  public func complete(
    _ token: ClaimToken,
    result: [UInt8]
  ) async throws(IdempotencyError) {
    try await wait { (state, waiter) throws(IdempotencyError) in
      try state.complete(token, result: result, waiter: waiter)
      return true
    }
  }

  /// Gives the key back at once; nothing of that goes to the disk.
  ///
  /// - Throws: `unavailable` when the store is closed or has failed.
  public func abandon(_ token: ClaimToken) async throws(IdempotencyError) {
    try core.change { (state) throws(IdempotencyError) in try state.abandon(token) }
  }

  /// Waits for what is being completed and lets go of the file; claims end.
  ///
  /// Every later call throws `unavailable`. Closing twice does no harm.
  public func close() async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isWaiting = try? core.change { (state) throws(IdempotencyError) in
        state.close(continuation)
      }
      if isWaiting != true { continuation.resume() }
    }
  }

  /// Suspends until the writer resumes the waiter, unless the state refuses or says no.
  private func wait(
    _ begin: (inout StoreState, StoreState.Waiter) throws(IdempotencyError) -> Bool
  ) async throws(IdempotencyError) {
    let result: Result<Void, IdempotencyError> = await withCheckedContinuation { waiter in
      do throws(IdempotencyError) {
        let isWaiting = try core.change { (state) throws(IdempotencyError) in
          try begin(&state, waiter)
        }
        if !isWaiting { waiter.resume(returning: .success(())) }
      } catch {
        waiter.resume(returning: .failure(error))
      }
    }
    try result.get()
  }

  /// How many completions wait for the writer.
  package var pendingCount: Int { core.pendingCount }
}
