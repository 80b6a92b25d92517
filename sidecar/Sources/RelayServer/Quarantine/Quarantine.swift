internal import RelayCore
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Deliveries that did not verify, kept apart for a secret that comes later (contract §3,
/// `verify.on_failure`).
///
/// The ingress decides within its turn whether there is room, and hands over; a thread of its own
/// writes. The journal and its flushes are never waited for, nor wait.
final class Quarantine: Sendable {
  /// Bytes that wait for the disk: a flood from many addresses costs no more memory than this and
  /// one delivery.
  private static let pendingBytesMax = 4 << 20

  enum Message: Sendable {
    case keep(RefusedDelivery, blocks: Int)
    case read(UInt64, QuarantineAsker)
    case verify(UInt64, QuarantineAsker)
    case remove(UInt64, QuarantineAsker)
    /// What became of one that verified: the journal has it, or did not take it.
    case settle(UInt64, isAdmitted: Bool)
    case terms([String: QuarantineBook.Terms], [SourceRuntime], ReloadReceipt)
    case stop
  }

  let book = Mutex(QuarantineBook())
  private let inbox = Mutex<[Message]>([])
  private let gate = Gate()
  private let pendingBytes = Atomic<Int>(0)
  private let finished = Atomic<Bool>(false)

  /// Keeps a delivery, where there is room for it; nothing of it is copied where there is none.
  func offer(
    _ request: IncomingRequest,
    _ error: VerificationError,
    source: String,
    receivedAt: Int64
  ) {
    let bytes = RefusedDelivery.byteCount(request)
    let blocks = QuarantineEntry.blocks(contentBytes: bytes)
    let isReserved = book.withLock { book in
      guard pendingBytes.load(ordering: .relaxed) < Self.pendingBytesMax else {
        book.note(.busy, source)
        return false
      }
      guard book.reserve(blocks, source, request.client.remoteText) == nil else { return false }
      pendingBytes.add(bytes, ordering: .relaxed)
      return true
    }
    guard isReserved else { return }
    let delivery = RefusedDelivery(request, error, source: source, receivedAt: receivedAt)
    post(.keep(delivery, blocks: blocks))
  }

  /// Opens the file, lists what it holds, and says what was in its place.
  func open(_ path: String, _ log: Log) throws(SystemError) -> QuarantineFile {
    let found = try QuarantineFile.open(path, at: RetentionKeeper.reading())
    if let aside = found.setAside {
      log.error(
        "quarantine_damaged",
        [
          "file": .text(path),
          "detail": .text("it was no quarantine of ours, is kept as \(aside), and begins anew"),
        ]
      )
    }
    book.withLock { $0.restore(found.items) }
    return found.file
  }

  /// It waits no longer.
  func written(_ bytes: Int) { pendingBytes.subtract(bytes, ordering: .relaxed) }

  func post(_ message: Message) {
    inbox.withLock { $0.append(message) }
    gate.ring()
  }

  /// Waits for messages, at most so long.
  func take(timeoutMilliseconds: Int32?) -> [Message] {
    let waiting = inbox.withLock { queue in
      defer { queue = [] }
      return queue
    }
    guard waiting.isEmpty else { return waiting }
    _ = gate.wait(timeoutMilliseconds: timeoutMilliseconds)
    return inbox.withLock { queue in
      defer { queue = [] }
      return queue
    }
  }

  func finish() { finished.store(true, ordering: .releasing) }

  /// Its thread has ended, and everything is on the disk.
  var isFinished: Bool { finished.load(ordering: .acquiring) }

  var standings: [QuarantineBook.Standing] { book.withLock { $0.standings } }
}

/// Whom the quarantine's thread answers.
struct QuarantineAsker: Sendable {
  enum Part: Sendable { case description, body }

  let connection: ConnectionID
  var part = Part.description
}
