package import WebhookReceiver

/// What a store knows and decides, without a thread or a file.
///
/// Calls of the application change it, and the writer thread takes from it what has to become
/// durable and says what became of that.
package struct StoreState: Sendable {
  package typealias Waiter = CheckedContinuation<Result<Void, IdempotencyError>, Never>

  private enum Phase: Sendable { case open, closing, ended(String) }

  /// A bound on fences is raised when this share of the last step is left.
  private static let fenceShareLeft: UInt64 = 2

  let configuration: FileIdempotencyStore.Configuration
  private let tuning: Tuning
  private let source: TimeSource
  private var clock: StoreClock
  package private(set) var table: ClaimTable
  /// The file says that no fence above it was given out.
  private var fenceBound: UInt64
  private var wantsMark = false
  private var pending: [Completion] = []
  private var fenceWaiters: [Waiter] = []
  private var closeWaiters: [CheckedContinuation<Void, Never>] = []
  private var phase = Phase.open
  private var writerSleeps = false

  init(
    table: ClaimTable,
    fenceBound: UInt64,
    clock: StoreClock,
    configuration: FileIdempotencyStore.Configuration,
    tuning: Tuning,
    source: TimeSource
  ) {
    self.table = table
    self.fenceBound = fenceBound
    self.clock = clock
    self.configuration = configuration
    self.tuning = tuning
    self.source = source
  }

  package var pendingCount: Int { pending.count }

  private func requireOpen() throws(IdempotencyError) {
    switch phase {
    case .open: return
    case .closing: throw .unavailable(Self.closedReason)
    case .ended(let reason): throw .unavailable(reason)
    }
  }

  private static let closedReason = "it was closed; open it again"

  /// Reads the clocks; notices a step.
  private mutating func now() -> StoreTime {
    let elapsed = source.elapsed()
    let wall = source.wall()
    if clock.hasStepped(wall: wall, elapsed: elapsed) { wantsMark = true }
    return clock.time(wall: wall, elapsed: elapsed)
  }

  // MARK: What the application does

  /// Nil when the fences that the file allows are used up: wait for more.
  mutating func claim(_ key: IdempotencyKey) throws(IdempotencyError) -> Claim? {
    try requireOpen()
    guard table.lastFence < fenceBound else { return nil }
    let age = now().duration
    return try table.claim(key, at: age, until: age + configuration.claimLifetime)
  }

  /// False when the waiter need not wait.
  mutating func waitForFences(_ waiter: Waiter) throws(IdempotencyError) -> Bool {
    try requireOpen()
    guard table.lastFence == fenceBound else { return false }
    fenceWaiters.append(waiter)
    return true
  }

  mutating func complete(
    _ token: ClaimToken,
    result: [UInt8],
    waiter: Waiter
  ) throws(IdempotencyError) {
    try requireOpen()
    try table.beginCompletion(
      of: token,
      result: result,
      bytesMax: configuration.resultBytesMax,
      at: now().duration
    )
    pending.append(Completion(token: token, result: result, waiter: waiter))
  }

  mutating func abandon(_ token: ClaimToken) throws(IdempotencyError) {
    try requireOpen()
    table.abandon(token)
  }

  /// False when there is nothing to wait for: the writer has ended.
  mutating func close(_ waiter: CheckedContinuation<Void, Never>?) -> Bool {
    if case .ended = phase { return false }
    phase = .closing
    if let waiter { closeWaiters.append(waiter) }
    return true
  }

  /// True when the writer sleeps and must be woken, once.
  mutating func mustWakeWriter() -> Bool {
    guard writerSleeps, hasWork else { return false }
    writerSleeps = false
    return true
  }

  private var hasWork: Bool {
    if case .closing = phase { return true }
    return !pending.isEmpty || wantsMark || needsFences
  }

  private var needsFences: Bool {
    fenceBound - table.lastFence <= tuning.fenceStep / Self.fenceShareLeft
  }

  // MARK: What the writer does

  /// What is to be written now; nil when there is nothing, and the writer goes to sleep.
  package mutating func nextBatch() -> Batch? {
    guard hasWork else {
      writerSleeps = true
      return nil
    }
    var batch = Batch(time: now())
    var bytes = 0
    let count = pending.prefix { completion in
      defer { bytes += KeyRecord.byteCount(resultBytes: completion.result.count) }
      return bytes < tuning.batchBytesMax
    }.count
    batch.completions = Array(pending[..<count])
    pending.removeFirst(count)
    if case .closing = phase, pending.isEmpty { batch.isLast = true }
    if needsFences || wantsMark || batch.isLast {
      wantsMark = false
      batch.fenceBound = batch.isLast ? table.lastFence : table.lastFence + tuning.fenceStep
    }
    return batch
  }

  /// The batch is durable, and its keys are done; returns whom to tell.
  mutating func finish(_ batch: Batch) -> [Waiter] {
    let deadline = batch.time.duration + configuration.lifetime
    for completion in batch.completions {
      table.finishCompletion(of: completion.token, until: deadline)
    }
    var waiters = batch.completions.map(\.waiter)
    if let bound = batch.fenceBound, !batch.isLast {
      fenceBound = max(fenceBound, bound)
      waiters += fenceWaiters
      fenceWaiters = []
    }
    return waiters
  }

  /// The writer ends; returns whom to tell of a failure, and whom that the store is closed.
  mutating func end(
    _ batch: Batch?,
    reason: String?
  ) -> (error: IdempotencyError, failed: [Waiter], closed: [CheckedContinuation<Void, Never>]) {
    let reason = reason ?? Self.closedReason
    phase = .ended(reason)
    let failed = (batch?.completions ?? []).map(\.waiter) + pending.map(\.waiter) + fenceWaiters
    let closed = closeWaiters
    (pending, fenceWaiters, closeWaiters) = ([], [], [])
    return (.unavailable(reason), failed, closed)
  }

  /// True when a file of this length is to be made anew: more than half of it is dead.
  package mutating func needsNewFile(byteCount: Int) -> Bool {
    guard byteCount > tuning.fileBytesMin else { return false }
    table.removeExpired(at: now().duration)
    let each = KeyRecord.byteCount(resultBytes: KeyRecord.alignment - 1)
    return byteCount / 2 > table.count * each + table.resultBytes
  }

  /// The records of the done keys in some of the table's slots.
  func records(in slots: Range<Int>) -> [KeyRecord] {
    table.doneKeys(in: slots).map { done in
      let age = (done.deadline - configuration.lifetime).wholeMicroseconds
      return KeyRecord(
        content: .done(done.key, result: done.result),
        fence: done.fence,
        time: StoreTime(age: age, wall: 0)
      )
    }
  }

  /// Ends a new file.
  mutating func mark() -> KeyRecord {
    KeyRecord(content: .mark, fence: fenceBound, time: now())
  }
}

extension StoreTime {
  /// The age as the claim table counts it.
  var duration: Duration { .microseconds(age) }
}
