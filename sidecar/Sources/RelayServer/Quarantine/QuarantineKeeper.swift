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
  /// The clock that ages are counted by is written down at least this often.
  private static let clockNanoseconds: Int64 = 3600 * 1_000_000_000
  /// How often what is beyond its time is looked for: against days, at once.
  private static let lookMilliseconds: Int32 = 60_000

  private let shared: Quarantine
  private let path: String
  /// Nil until a source wants it.
  private var file: QuarantineFile?
  /// A flush failed: what the disk holds is unknown, and nothing more is given to it.
  private var isBroken = false
  private let api: Mailbox<LoopMessage<APINotice>>
  private let desk: ReleaseDesk
  private let log: Log
  private var lastLook = SystemClock.monotonicNanoseconds()
  private var lastSync = SystemClock.monotonicNanoseconds()

  init(
    _ shared: Quarantine,
    _ path: String,
    _ file: QuarantineFile?,
    api: Mailbox<LoopMessage<APINotice>>,
    desk: ReleaseDesk,
    log: Log
  ) {
    self.shared = shared
    self.path = path
    self.file = file
    self.api = api
    self.desk = desk
    self.log = log
  }

  func run() {
    defer { shared.finish() }
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
      let sinceSync = now - lastSync
      if sinceSync >= Int64(Self.syncMilliseconds) * 1_000_000, file?.isDirty ?? false {
        synchronize()
      } else if sinceSync >= Self.clockNanoseconds {
        synchronize()
      }
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
    case .verify(let id, let runtime, let asker): verify(id, runtime, asker)
    case .remove(let id, let asker): remove(id, asker)
    case .terms(let terms, let receipt):
      take(terms)
      receipt.confirm()
    case .stop: break
    }
  }

  // MARK: Keeping

  private func keep(_ delivery: RefusedDelivery, _ reserved: Int) {
    defer { shared.written(delivery.byteCount) }
    let entry = QuarantineEntry(
      summary: QuarantineEntry.Summary(
        id: shared.book.withLock { $0.nextID(at: delivery.receivedAt) },
        receivedAt: delivery.receivedAt,
        elapsedSeconds: elapsedSeconds(),
        bodyBytes: Int64(delivery.contents.body.count),
        source: delivery.source,
        address: delivery.address,
        reason: delivery.reason,
        detail: delivery.detail
      ),
      contents: delivery.contents
    )
    var blocks: Range<Int>?
    do throws(SystemError) {
      if let file, !isBroken { blocks = try file.write(entry) }
    } catch {
      say("\(error)")
    }
    shared.book.withLock { book in
      guard let blocks else { return book.cancel(reserved, delivery.source, delivery.address) }
      // It was reserved for the largest summary there could be.
      book.settle(reserved, blocks.count, delivery.source, delivery.address)
      book.add(.init(summary: entry.summary, blocks: blocks))
    }
  }

  private func elapsedSeconds() -> Int64 {
    guard let file, !isBroken else { return 0 }
    return file.elapsed(at: RetentionKeeper.reading())
  }

  private func synchronize() {
    lastSync = SystemClock.monotonicNanoseconds()
    guard let file, !isBroken else { return }
    do throws(SystemError) {
      try file.synchronize(at: RetentionKeeper.reading())
    } catch {
      isBroken = true
      say("\(error); nothing more is kept until a restart")
    }
  }

  private func removeExpired() {
    guard file != nil, !isBroken else { return }
    let elapsed = elapsedSeconds()
    for id in shared.book.withLock({ $0.expired(at: elapsed) }) {
      guard let item = shared.book.withLock({ $0.remove(id) }) else { continue }
      shared.book.withLock { $0.noteExpiry(item.summary.source) }
      erase(item)
    }
  }

  private func erase(_ item: QuarantineBook.Item) {
    do throws(SystemError) {
      try file?.erase(item.blocks)
    } catch {
      say("\(error)")
    }
  }

  private func say(_ reason: String) {
    log.error("quarantine_failed", ["file": .text(path), "reason": .text(reason)])
  }

  /// A reload: there may be more to hold, or the first of it.
  private func take(_ terms: [String: QuarantineBook.Terms]) {
    do throws(SystemError) {
      let blocks = QuarantineFile.blocks(for: terms)
      if file == nil, blocks > 0 {
        file = try QuarantineFile.open(path, at: RetentionKeeper.reading()).file
      }
      try file?.grow(toBlocks: blocks)
      shared.book.withLock { $0.take(terms) }
    } catch {
      say("\(error); what was configured before stays in force")
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

  private func verify(_ id: UInt64, _ runtime: SourceRuntime, _ asker: QuarantineAsker) {
    do throws(ProblemError) {
      try desk.release(try entry(id), to: runtime, for: asker.connection)
    } catch {
      answer(asker, error.problem.response)
    }
  }

  private func remove(_ id: UInt64, _ asker: QuarantineAsker?) {
    guard let item = shared.book.withLock({ $0.remove(id) }) else {
      if let asker { answer(asker, QuarantineProblem.noSuchDelivery.response) }
      return
    }
    if asker == nil { shared.book.withLock { $0.noteRelease(item.summary.source) } }
    erase(item)
    guard let asker else { return }
    // An answer that it is gone has to be true after a power cut.
    synchronize()
    answer(asker, isBroken ? QuarantineProblem.unreadable.response : Response(status: 204))
  }

  private func entry(_ id: UInt64) throws(ProblemError) -> QuarantineEntry {
    guard let item = shared.book.withLock({ $0[id] }), let file else {
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
