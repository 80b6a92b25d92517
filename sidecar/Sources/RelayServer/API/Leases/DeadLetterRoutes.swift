internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// `/v1/consumers/{name}/dead-letters`: events that a lease consumer gave up.
extension APIHandler {
  func deadLetters(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Response {
    let consumer = try leaseConsumer(name)
    let query = try query(request, ["after", "limit"])
    var position: UInt64 = 0
    if let after = query.after {
      position =
        try cursors.decode(after, kinds: [.deadLetters], binding: consumer.binding, isPlace: false)
        .sequence
    }
    let time = desk.now()
    consumer.table.advance(to: time)
    let behind = consumer.table.entries.filter { $0.value.isDead && $0.key > position }
      .sorted { $0.key < $1.key }
    let page = behind.prefix(query.limit)
    let next = context.codec.encode(
      Cursor(kind: .deadLetters, sequence: page.last?.key ?? position, binding: consumer.binding)
    )
    let wall = SystemClock.wallMicroseconds()
    var letters: [DeadLetter] = []
    for (sequence, entry) in page {
      letters.append(
        DeadLetter(
          id: context.codec.eventID(sequence),
          sequence: sequence,
          entry: entry,
          since: Timestamp(microseconds: wall - (time - entry.due) * 1000),
          event: try stored(sequence)
        )
      )
    }
    return .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for letter in letters { letter.write(pages.json, to: &writer) }
      writer.endArray()
      writer.key("next")
      writer.string(next)
      writer.key("has_more")
      writer.bool(behind.count > page.count)
      writer.endObject()
    }
  }

  /// The event without its body; nil when retention or damage has taken it.
  private func stored(_ sequence: UInt64) throws(ProblemError) -> StoredEvent? {
    do throws(JournalError) {
      return try context.reader.event(sequence, body: false)
    } catch {
      throw ProblemError(Self.unreadable(error))
    }
  }

  private struct DeadLetter {
    let id: String
    let sequence: UInt64
    let entry: LeaseEntry
    let since: Timestamp
    let event: StoredEvent?

    func write(_ json: EventJSON, to writer: inout JSONWriter) {
      writer.beginObject()
      writer.key("id")
      writer.string(id)
      writer.key("sequence")
      writer.int(Int(clamping: sequence))
      writer.key("attempts")
      writer.int(entry.attempt)
      writer.key("reason")
      writer.string(entry.isReturned ? "returned" : "expired")
      writer.key("dead_since")
      writer.timestamp(since)
      writer.key("event")
      if let event { json.write(event, body: .none, to: &writer) } else { writer.null() }
      writer.endObject()
    }
  }

  /// Replays or deletes one of them.
  func deadLetter(
    _ route: APIRoute.Name,
    of name: String,
    _ id: String,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    let consumer = try leaseConsumer(name)
    _ = try query(request, [])
    let isReplay = route == .consumerDeadLetterReplay
    if isReplay { _ = try ConsumerRequest.members(request.body, allowed: []) }
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    let time = desk.now()
    consumer.table.advance(to: time)
    guard let sequence = context.codec.sequence(ofEventID: id),
      isReplay
        ? consumer.table.replay(sequence, at: time) : consumer.table.discard(sequence)
    else {
      throw ProblemError(
        HTTPProblem(404, "no-such-dead-letter", "this consumer has not given up that event")
      )
    }
    desk.serve(consumer)
    return try desk.answer(request.connection, consumer, Response(status: 204))
  }
}
