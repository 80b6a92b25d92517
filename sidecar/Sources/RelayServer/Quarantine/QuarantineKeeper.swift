internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// The quarantine's own thread: it writes, reads, verifies again and removes.
final class QuarantineKeeper {
  /// What is kept is on the disk after this long; it was refused, so nobody was promised more.
  private static let syncMilliseconds: Int32 = 1000
  /// The clock that ages are counted by is written down this often: more often than that of the
  /// keys, so that no delivery outlives them.
  private static let clockNanoseconds: Int64 = 60 * 1_000_000_000
  /// How often what is beyond its time is looked for: against days, at once.
  private static let lookMilliseconds: Int32 = 60_000

  private let shared: Quarantine
  private let path: String
  /// Nil until a source wants it.
  private var file: QuarantineFile?
  private let api: Mailbox<LoopMessage<APINotice>>
  private let desk: ReleaseDesk
  /// What deliveries are verified by; a reload brings others.
  private var runtimes: [SourceRuntime]
  /// On their way to the journal: one at a time, also where nothing tells two of them apart.
  private var releasing: Set<UInt64> = []
  private let log: Log
  private var lastLook = SystemClock.monotonicNanoseconds()
  private var lastSync = SystemClock.monotonicNanoseconds()

  init(
    _ shared: Quarantine,
    _ path: String,
    _ file: QuarantineFile?,
    api: Mailbox<LoopMessage<APINotice>>,
    desk: ReleaseDesk,
    runtimes: [SourceRuntime],
    log: Log
  ) {
    self.shared = shared
    self.path = path
    self.file = file
    self.api = api
    self.desk = desk
    self.runtimes = runtimes
    self.log = log
  }

  func run() {
    defer { shared.finish() }
    removeExpired()
    while true {
      let isDirty = file?.isDirty ?? false
      let messages = shared.take(
        timeoutMilliseconds: isDirty ? Self.syncMilliseconds : Self.lookMilliseconds
      )
      for message in messages {
        if case .stop = message {
          synchronize()
          return
        }
        handle(message)
      }
      let now = SystemClock.monotonicNanoseconds()
      let isDirtyNow = file?.isDirty ?? false
      let interval = isDirtyNow ? Int64(Self.syncMilliseconds) * 1_000_000 : Self.clockNanoseconds
      if now - lastSync >= interval { synchronize() }
      if now - lastLook >= Int64(Self.lookMilliseconds) * 1_000_000 {
        removeExpired()
        lastLook = now
      }
    }
  }

  private func handle(_ message: Quarantine.Message) {
    switch message {
    case .keep(let delivery, let blocks): keep(delivery, blocks)
    case .read(let id, let asker): read(id, asker)
    case .verify(let id, let asker): verify(id, asker)
    case .remove(let id, let asker): remove(id, asker)
    case .settle(let id, let isAdmitted): settle(id, isAdmitted: isAdmitted)
    case .terms(let terms, let runtimes, let receipt):
      self.runtimes = runtimes
      take(terms)
      receipt.confirm()
    case .stop: break
    }
  }

  // MARK: Keeping

  private func keep(_ delivery: RefusedDelivery, _ reserved: Int) {
    defer { shared.written(delivery.byteCount) }
    let (id, window) = shared.book.withLock { book in
      (book.nextID(at: delivery.receivedAt), book.windowSeconds(of: delivery.source))
    }
    let entry = QuarantineEntry(
      summary: QuarantineEntry.Summary(
        id: id,
        receivedAt: delivery.receivedAt,
        elapsedSeconds: elapsedSeconds(),
        windowSeconds: window,
        bodyBytes: Int64(delivery.contents.body.count),
        source: delivery.source,
        address: delivery.address,
        reason: delivery.reason,
        detail: delivery.detail
      ),
      contents: delivery.contents
    )
    var blocks: Range<Int>?
    var overflow = QuarantineQuota.Overflow.failed
    do throws(SystemError) {
      blocks = try file?.write(entry)
      if blocks == nil, let file, file.hasBlocks(reserved) { overflow = .scattered }
    } catch {
      say("\(error)")
    }
    shared.book.withLock { book in
      guard let blocks else {
        return book.cancel(reserved, delivery.source, delivery.address, overflow)
      }
      // It was reserved for the largest summary there could be.
      book.settle(reserved, blocks.count, delivery.source, delivery.address)
      book.add(.init(summary: entry.summary, blocks: blocks))
    }
  }

  private func elapsedSeconds() -> Int64 { file?.elapsed(at: RetentionKeeper.reading()) ?? 0 }

  /// Whether everything is on the disk.
  @discardableResult
  private func synchronize() -> Bool {
    lastSync = SystemClock.monotonicNanoseconds()
    guard let file, !file.isBroken else { return false }
    do throws(SystemError) {
      try file.synchronize(at: RetentionKeeper.reading())
      return true
    } catch {
      say(file.isBroken ? "\(error); nothing more is kept until a restart" : "\(error)")
      return false
    }
  }

  /// So many are removed at a look: whoever asks meanwhile waits for no more than these.
  private static let expiredMax = 1000

  private func removeExpired() {
    guard let file, !file.isBroken else { return }
    let elapsed = elapsedSeconds()
    let expired = shared.book.withLock { $0.expired(at: elapsed) }
    var gone: [QuarantineBook.Item] = []
    do throws(SystemError) {
      for item in expired.prefix(Self.expiredMax) {
        try file.erase(item.blocks)
        gone.append(item)
      }
    } catch {
      say("\(error)")
    }
    shared.book.withLock { $0.noteExpired(gone) }
  }

  /// Strangers decide how often there is something to say.
  private func say(_ reason: String) {
    log.network(.error, "quarantine_failed", ["file": .text(path), "reason": .text(reason)])
  }

  /// A reload: there may be more to hold, or the first of it.
  ///
  /// What finds no room on the disk is not kept, and counted: the rest of the terms holds.
  private func take(_ terms: [String: QuarantineBook.Terms]) {
    let wanted = shared.book.withLock { book in
      book.take(terms)
      return book.blocksWanted
    }
    do throws(SystemError) {
      if file == nil, wanted > 0 { file = try shared.open(path, log) }
      try file?.grow(toBlocks: wanted + 1)
    } catch {
      say("\(error)")
    }
  }

  // MARK: Answering

  private func read(_ id: UInt64, _ asker: QuarantineAsker) {
    do throws(ProblemError) {
      let entry = try entry(id)
      answer(asker, asker.part == .body ? .quarantined(bodyOf: entry) : .quarantined(entry))
    } catch {
      answer(asker, error.problem.response)
    }
  }

  private func verify(_ id: UInt64, _ asker: QuarantineAsker) {
    do throws(ProblemError) {
      let entry = try entry(id)
      guard let runtime = runtimes.first(where: { $0.source.name == entry.summary.source }) else {
        throw ProblemError(QuarantineProblem.noSuchSource)
      }
      guard !releasing.contains(id) else { throw ProblemError(QuarantineProblem.onItsWay) }
      try desk.release(entry, to: runtime, for: asker.connection)
      releasing.insert(id)
    } catch {
      answer(asker, error.problem.response)
    }
  }

  private func settle(_ id: UInt64, isAdmitted: Bool) {
    releasing.remove(id)
    guard isAdmitted, let item = shared.book.withLock({ $0[id] }), erase(item) else { return }
    shared.book.withLock { book in
      _ = book.remove(id)
      book.noteRelease(item.summary.source)
    }
  }

  private func remove(_ id: UInt64, _ asker: QuarantineAsker) {
    guard let item = shared.book.withLock({ $0[id] }) else {
      return answer(asker, QuarantineProblem.noSuchDelivery.response)
    }
    guard erase(item) else { return answer(asker, QuarantineProblem.notRemoved.response) }
    // Its blocks are free from here on, whatever becomes of the flush.
    _ = shared.book.withLock { $0.remove(id) }
    // An answer that it is gone has to be true after a power cut.
    let isDurable = synchronize()
    answer(asker, isDurable ? Response(status: 204) : QuarantineProblem.notRemoved.response)
  }

  /// Whether nothing of it is left; otherwise it stays where it is.
  private func erase(_ item: QuarantineBook.Item) -> Bool {
    guard let file else { return false }
    do throws(SystemError) {
      try file.erase(item.blocks)
      return true
    } catch {
      say("\(error)")
      return false
    }
  }

  private func entry(_ id: UInt64) throws(ProblemError) -> QuarantineEntry {
    let elapsed = elapsedSeconds()
    let found = shared.book.withLock { book in
      book[id].flatMap { book.isExpired($0.summary, at: elapsed) ? nil : $0 }
    }
    guard let item = found, let file else {
      throw ProblemError(QuarantineProblem.noSuchDelivery)
    }
    do throws(SystemError) {
      if let entry = try file.read(item.blocks) { return entry }
      say("the delivery \(QuarantineID.text(id)) is damaged")
    } catch {
      say("\(error)")
    }
    throw ProblemError(QuarantineProblem.unreadable)
  }

  private func answer(_ asker: QuarantineAsker, _ response: Response) {
    api.post(.handler(.quarantine(asker.connection, response)))
  }
}
