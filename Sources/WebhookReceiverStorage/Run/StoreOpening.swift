internal import WebhookReceiver

/// From a path to a store that runs; all of it happens on the store's own thread.
struct StoreOpening: Sendable {
  /// One wrong wall clock at a start may cost the keys this part of their lifetime.
  private static let downtimeShare = 4

  let path: String
  let configuration: FileIdempotencyStore.Configuration
  let tuning: Tuning
  let files: any StoreFiles
  let source: TimeSource

  /// Opens, tells how that went, and writes until the end.
  func run(opened: (Result<StoreCore, FileIdempotencyStore.OpenError>) -> Void) {
    let core: StoreCore
    let ending: StoreCore.Ending
    do throws(FileIdempotencyStore.OpenError) {
      let lock = try lock()
      var state = try recover()
      let bell = try attempt { () throws(StoreFilesError) in try Bell() }
      let log = try makeFile(of: &state, lock: lock)
      core = StoreCore(state, bell: bell)
      opened(.success(core))
      ending = core.write(to: log)
    } catch {
      opened(.failure(error))
      return
    }
    // The log is gone and with it the lock: whoever is told may open the file anew.
    core.end(ending)
  }

  private func attempt<Value: ~Copyable>(
    _ body: () throws(StoreFilesError) -> Value
  ) throws(FileIdempotencyStore.OpenError) -> Value {
    do throws(StoreFilesError) {
      return try body()
    } catch {
      throw .system(operation: error.operation, reason: error.reason)
    }
  }

  private func lock() throws(FileIdempotencyStore.OpenError) -> any StoreFile {
    // C would read a path up to its first zero, and take three files for one.
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw .system(operation: "open \(path)", reason: "no file can have this name")
    }
    let lock: (any StoreFile)?
    do throws(StoreFilesError) {
      lock = try files.lock(KeyLog.lockPath(path))
    } catch {
      if error.kind == .notThere { throw .noFolder(KeyLog.directory(of: path)) }
      throw .system(operation: error.operation, reason: error.reason)
    }
    guard let lock else { throw .inUse(path: path) }
    return lock
  }

  /// The state that the file leaves, or an empty one when there is no file.
  private func recover() throws(FileIdempotencyStore.OpenError) -> StoreState {
    let bytes = try attempt { () throws(StoreFilesError) in try KeyLog.read(path, files: files) }
    let recovery = try bytes.map { (bytes) throws(FileIdempotencyStore.OpenError) in
      do throws(Recovery.Failure) {
        return try Recovery(bytes)
      } catch {
        switch error {
        case .damaged(let offset): throw .damaged(path: path, offset: offset)
        case .unknownVersion(let version):
          throw .unknownVersion(path: path, version: Int(version))
        }
      }
    }
    var clock = StoreClock(
      after: recovery?.time,
      wall: source.wall(),
      elapsed: source.elapsed(),
      downtimeMax: configuration.lifetime / Self.downtimeShare
    )
    let now = clock.time(wall: source.wall(), elapsed: source.elapsed()).duration
    let lastFence = recovery?.fenceBound ?? 0
    var table = ClaimTable(entriesMax: configuration.entriesMax, lastFence: lastFence)
    for done in recovery?.done ?? [] {
      let deadline = Duration.microseconds(done.age) + configuration.lifetime
      guard deadline > now else { continue }
      table.restore(done.key, fence: done.fence, result: done.result, until: deadline)
    }
    return StoreState(
      table: table,
      fenceBound: lastFence + tuning.fenceStep,
      clock: clock,
      configuration: configuration,
      tuning: tuning,
      source: source
    )
  }

  /// Makes the file anew: it ends whole, and what was read is durable before it is told.
  private func makeFile(
    of state: inout StoreState,
    lock: any StoreFile
  ) throws(FileIdempotencyStore.OpenError) -> KeyLog {
    var records = state.records(in: 0..<state.table.slotCount)
    records.append(state.mark())
    return try attempt { () throws(StoreFilesError) in
      try KeyLog(records, at: path, files: files, lock: lock)
    }
  }
}
