/// What a lease consumer has handed out and not settled.
///
/// The frontier is the last sequence that was looked at; every event up to it is among the entries
/// or done with. An entry goes this way:
///
///     admit ─▶ leased ──ack──▶ settled, and no entry any more
///                │  ▲
///      nack, end │  │ lease again
///                ▼  │
///               waiting, then ready ──after the last attempt──▶ dead ──replay──▶ ready
///                                                                  └──discard──▶ settled
///
/// It knows neither clock nor disk: times are handed in, in milliseconds of the journal's elapsed
/// clock, and what has to become durable is taken from it with `takeChanges`. Nothing that it
/// answers may be told to anybody before those changes are durable.
package struct LeaseTable: Sendable {
  /// Events of one consumer that are handed out and not settled, dead ones included.
  ///
  /// Far above what workers have in hand, and small beside the memory of the process. Beyond it
  /// nothing new is handed out until something settles.
  package static let entriesMax = 10_000
  /// How far the frontier may run ahead of its durable copy over events that nobody wants: what a
  /// start may have to look at again.
  package static let frontierLagMax: UInt64 = 10_000

  /// What one lease id says.
  package struct Receipt: Equatable, Hashable, Sendable {
    package let sequence: UInt64
    package let attempt: UInt32

    package init(sequence: UInt64, attempt: UInt32) {
      self.sequence = sequence
      self.attempt = attempt
    }
  }

  /// What becomes of one lease id (contract §5).
  package enum Answer: String, Sendable {
    case done
    /// It was so already: settled, or given back by this very lease.
    case alreadyDone = "already_done"
    /// The lease is over; the event is or will be somebody else's.
    case expired
    /// Never given out by this consumer.
    case unknown
  }

  package private(set) var frontier: UInt64
  /// Events that could not be handed out because the journal no longer has them.
  package private(set) var lost: UInt64
  package let attemptsMax: UInt32
  package private(set) var entries: [UInt64: LeaseEntry]
  package internal(set) var deadCount = 0

  /// Leased or waiting, by when that ends.
  private var queue: DueQueue
  /// Whose lease or delay has ended, in that order; from `readyStart` on.
  private var ready: [UInt64] = []
  private var readyStart = 0

  /// Entries that differ from their durable copies.
  var changed: Set<UInt64> = []
  /// Nil until there is one.
  var saved: Saved?

  /// What the durable copy of the table's own numbers says.
  struct Saved: Equatable, Sendable {
    var frontier: UInt64
    var lost: UInt64
  }

  /// A new consumer that has passed everything up to `frontier`.
  package init(frontier: UInt64, attemptsMax: UInt32) {
    precondition(attemptsMax > 0, "an event that may never be handed out is no use to anybody")
    self.frontier = frontier
    self.attemptsMax = attemptsMax
    lost = 0
    entries = [:]
    queue = DueQueue()
  }

  /// Goes on from what was durable.
  ///
  /// Entries are made durable before the frontier that counts them: those beyond it were about to
  /// be handed out when the process ended.
  package init(
    restoring entries: [UInt64: LeaseEntry],
    frontier: UInt64,
    lost: UInt64,
    attemptsMax: UInt32
  ) {
    self.attemptsMax = attemptsMax
    self.lost = lost
    self.entries = entries
    self.frontier = max(frontier, entries.keys.max() ?? 0)
    deadCount = entries.values.count { $0.isDead }
    queue = DueQueue(waiting: entries)
    saved = Saved(frontier: frontier, lost: lost)
  }

  // MARK: Time

  /// When the next lease or delay ends; nil when none is running.
  package var nextExpiry: Int64? { queue.first?.due }

  /// Ends what is over: to be called before anything else is asked of the table.
  package mutating func advance(to now: Int64) {
    if queue.count > 2 * entries.count + Self.staleItemsMax { sortAgain() }
    while let item = queue.first, item.due <= now {
      _ = queue.popFirst()
      guard var entry = entries[item.sequence], !entry.isDead, entry.due == item.due else {
        continue
      }
      guard entry.attempt >= entry.attemptsMax else {
        ready.append(item.sequence)
        continue
      }
      entry.isDead = true
      deadCount += 1
      set(item.sequence, entry)
    }
  }

  // MARK: Handing out

  /// How many more events may be admitted.
  package var room: Int { max(0, Self.entriesMax - entries.count) }

  /// The event that waits longest to be leased again.
  package mutating func firstReady(at now: Int64) -> UInt64? {
    while readyStart < ready.count {
      let sequence = ready[readyStart]
      if let entry = entries[sequence], !entry.isDead, entry.due <= now { return sequence }
      readyStart += 1
    }
    ready.removeAll(keepingCapacity: true)
    readyStart = 0
    return nil
  }

  /// Leases a ready event until `until`; what `firstReady` returned.
  package mutating func lease(_ sequence: UInt64, until: Int64) -> Receipt {
    guard var entry = entries[sequence], readyStart < ready.count, ready[readyStart] == sequence
    else { preconditionFailure("only the first ready event is leased again") }
    readyStart += 1
    entry.attempt += 1
    entry.isReturned = false
    return hand(out: sequence, entry, until)
  }

  /// Leases an event beyond the frontier for the first time.
  package mutating func admit(_ sequence: UInt64, until: Int64) -> Receipt {
    precondition(sequence > frontier && room > 0, "an event is admitted once, where there is room")
    frontier = sequence
    return hand(out: sequence, LeaseEntry(attempt: 1, attemptsMax: attemptsMax, due: until), until)
  }

  private mutating func hand(
    out sequence: UInt64,
    _ entry: LeaseEntry,
    _ until: Int64
  ) -> Receipt {
    var entry = entry
    entry.due = until
    set(sequence, entry)
    enqueue(sequence, until)
    return Receipt(sequence: sequence, attempt: entry.attempt)
  }

  /// Moves the frontier over events that are not for this consumer.
  package mutating func pass(through sequence: UInt64) { frontier = max(frontier, sequence) }

  /// Moves the frontier over a range that the journal no longer has.
  package mutating func passLost(from first: UInt64, through last: UInt64) {
    precondition(first <= last, "a range has a beginning and an end")
    let from = max(first, frontier + 1)
    guard from <= last else { return }
    lost += last - from + 1
    frontier = last
  }

  /// Settles an unsettled event that the journal no longer has.
  package mutating func lose(_ sequence: UInt64) {
    guard entries[sequence] != nil else { return }
    lost += 1
    remove(sequence)
  }

  /// Takes back a lease whose answer reached nobody: the event is ready at once, and the attempt
  /// does not count against it.
  package mutating func release(_ receipt: Receipt, at now: Int64) {
    guard var entry = entries[receipt.sequence], entry.attempt == receipt.attempt,
      !entry.isReturned, !entry.isDead, entry.due > now
    else { return }
    // The number is used up all the same: part of the answer may have left.
    if entry.attemptsMax < .max { entry.attemptsMax += 1 }
    entry.isReturned = true
    entry.due = now
    set(receipt.sequence, entry)
    enqueue(receipt.sequence, now)
    advance(to: now)
  }

  // MARK: Inside

  mutating func set(_ sequence: UInt64, _ entry: LeaseEntry) {
    entries[sequence] = entry
    changed.insert(sequence)
  }

  mutating func remove(_ sequence: UInt64) {
    guard let entry = entries.removeValue(forKey: sequence) else { return }
    if entry.isDead { deadCount -= 1 }
    changed.insert(sequence)
  }

  mutating func enqueue(_ sequence: UInt64, _ due: Int64) {
    queue.push(DueQueue.Item(due: due, sequence: sequence))
  }

  /// Forgets what acks and extensions have left behind; what is ready comes out of the queue again.
  private mutating func sortAgain() {
    queue = DueQueue(waiting: entries)
    ready.removeAll()
    readyStart = 0
  }

  /// Sorting again is worth it only above this.
  private static let staleItemsMax = 64
}
