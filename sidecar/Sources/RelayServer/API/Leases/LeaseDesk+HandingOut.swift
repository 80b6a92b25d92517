internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// What a lease call is given.
struct Handout {
  enum Item {
    case lease(LeaseTable.Receipt, StoredEvent)
    /// Events that the journal no longer has.
    case gap(UInt64, UInt64, String)
  }

  let receipts: [LeaseTable.Receipt]
  let response: Response

  static var empty: Response {
    .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      writer.endArray()
      writer.endObject()
    }
  }
}

/// Handing events out.
extension LeaseDesk {
  /// Leases what there is, events that come again first.
  ///
  /// Returns nil when there is nothing. Nothing of it may leave before it is durable: an event that
  /// kills its worker and the sidecar, too, would otherwise be tried for ever.
  func handOut(
    _ consumer: LeaseConsumer,
    _ wanted: LeaseRequest.Lease,
    _ form: BodyForm
  ) throws(ProblemError) -> Handout? {
    var hand = Hand(wanted, form, consumer, now: now())
    consumer.table.advance(to: hand.now)
    var isMore = false
    do throws(JournalError) {
      try again(consumer, &hand)
      isMore = try new(consumer, &hand)
    } catch {
      // What was taken before the record that cannot be read is handed out all the same.
      if hand.items.isEmpty { throw ProblemError(APIHandler.unreadable(error)) }
    }
    // After a long stretch of events for others the caller goes on at once.
    if hand.items.isEmpty, !isMore { return nil }
    return Handout(receipts: hand.receipts, response: response(hand, consumer))
  }

  /// What one call gathers.
  private struct Hand {
    let now: Int64
    let until: Int64
    let limit: Int
    let form: BodyForm
    let sources: [String]
    var items: [Handout.Item] = []
    var receipts: [LeaseTable.Receipt] = []
    var bytes = 0

    init(
      _ wanted: LeaseRequest.Lease,
      _ form: BodyForm,
      _ consumer: LeaseConsumer,
      now: Int64
    ) {
      self.now = now
      until = now + wanted.lease
      limit = wanted.limit
      self.form = form
      sources = consumer.sources
    }

    var room: Int { bytes < PageLimits.bytesMax ? limit - items.count : 0 }

    mutating func take(_ receipt: LeaseTable.Receipt, _ event: StoredEvent) {
      items.append(.lease(receipt, event))
      receipts.append(receipt)
      bytes += event.body.count
    }
  }

  private func again(_ consumer: LeaseConsumer, _ hand: inout Hand) throws(JournalError) {
    while hand.room > 0, let sequence = consumer.table.firstReady(at: hand.now) {
      guard let event = try reader.event(sequence, body: hand.form != .none) else {
        let reason = sequence < reader.bounds.first ? "expired" : "damaged"
        consumer.table.lose(sequence)
        hand.items.append(.gap(sequence, sequence, reason))
        continue
      }
      hand.take(consumer.table.lease(sequence, until: hand.until), event)
    }
  }

  /// Returns whether more events wait to be looked at.
  private func new(_ consumer: LeaseConsumer, _ hand: inout Hand) throws(JournalError) -> Bool {
    let limit = min(hand.room, consumer.table.room, room)
    guard limit > 0 else { return false }
    let first = reader.bounds.first
    let frontier = consumer.table.frontier
    if frontier + 1 < first {
      consumer.table.passLost(from: frontier + 1, through: first - 1)
      hand.items.append(.gap(frontier + 1, first - 1, "expired"))
    }
    let page = try pages.read(
      after: consumer.table.frontier,
      isDescending: false,
      filter: EventFilter(sources: hand.sources),
      limit: limit,
      body: hand.form
    )
    for entry in page.page.entries {
      switch entry {
      case .event(let event):
        hand.take(consumer.table.admit(event.sequence, until: hand.until), event)
      case .gap(let from, let to, let reason):
        consumer.table.passLost(from: from, through: to)
        hand.items.append(.gap(from, to, reason))
      }
    }
    consumer.table.pass(through: page.position)
    return page.hasMore
  }

  private func response(_ hand: Hand, _ consumer: LeaseConsumer) -> Response {
    let end = Timestamp(
      microseconds: SystemClock.wallMicroseconds() + (hand.until - hand.now) * 1000
    )
    return .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for item in hand.items {
        switch item {
        case .gap(let from, let to, let reason): EventPages.gap(from, to, reason, &writer)
        case .lease(let receipt, let event):
          writer.beginObject()
          writer.key("lease_id")
          writer.string(id(receipt, consumer))
          writer.key("expires_at")
          writer.timestamp(end)
          writer.key("attempt")
          writer.int(receipt.attempt)
          writer.key("event")
          pages.json.write(event, body: hand.form, to: &writer)
          writer.endObject()
        }
      }
      writer.endArray()
      writer.endObject()
    }
  }

  // MARK: Lease ids

  /// Bound to the journal, the consumer, the event and the attempt, under the journal's key: nobody
  /// can make one up, or use one consumer's for another.
  private func id(_ receipt: LeaseTable.Receipt, _ consumer: LeaseConsumer) -> String {
    codec.encode(
      Cursor(
        kind: .lease,
        sequence: receipt.sequence,
        binding: consumer.binding,
        generation: UInt64(receipt.attempt)
      )
    )
  }

  /// Returns nil for anything that this consumer has not given out.
  func receipt(_ id: String, _ consumer: LeaseConsumer) -> LeaseTable.Receipt? {
    guard let cursor = try? codec.decode(id), cursor.kind == .lease,
      cursor.binding == consumer.binding,
      let attempt = UInt32(exactly: cursor.generation)
    else { return nil }
    return LeaseTable.Receipt(sequence: cursor.sequence, attempt: attempt)
  }
}
