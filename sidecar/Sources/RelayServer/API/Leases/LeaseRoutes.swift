internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// `/v1/consumers/{name}` of mode `lease`: definition, lease, ack, nack and extend.
extension APIHandler {
  func leaseConsumer(_ name: String) throws(ProblemError) -> LeaseConsumer {
    if let consumer = desk[name] { return consumer }
    guard book[name] == nil else {
      throw ProblemError(
        HTTPProblem(409, "wrong-mode", "this consumer reads by cursor; use events and commit")
      )
    }
    throw ProblemError(HTTPProblem.noSuchConsumer(name))
  }

  func putLease(
    _ name: String,
    _ wanted: ConsumerRequest.Definition,
    position: UInt64,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    let consumer = LeaseConsumer(
      name: name,
      sources: wanted.sources,
      createdAt: SystemClock.wallMicroseconds(),
      table: LeaseTable(
        frontier: position,
        attemptsMax: wanted.attemptsMax ?? LeaseRequest.attemptsDefault
      ),
      isNew: true,
      codec: context.codec
    )
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    desk.add(consumer)
    return try desk.answer(request.connection, consumer, desk.response(201, consumer))
  }

  func put(
    again consumer: LeaseConsumer,
    _ wanted: ConsumerRequest.Definition,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    guard wanted.mode == .lease, wanted.sources.sorted() == consumer.sources.sorted(),
      wanted.attemptsMax ?? LeaseRequest.attemptsDefault == consumer.table.attemptsMax
    else { throw ProblemError(Self.otherDefinition) }
    return try desk.answer(request.connection, consumer, desk.response(200, consumer))
  }

  func delete(
    _ consumer: LeaseConsumer,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    let changes = desk.remove(consumer)
    return try persist(changes, for: request.connection, then: Response(status: 204)) { [desk] in
      desk.putBack(consumer)
    }
  }

  // MARK: Workers

  func lease(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    let consumer = try leaseConsumer(name)
    let form = try query(request, ["body"]).body
    let wanted = try LeaseRequest.lease(request.body)
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    // Counted as waiting before the look: see TailWatch.
    context.tail.beginWaiting()
    defer { context.tail.endWaiting() }
    if let handout = try desk.handOut(consumer, wanted, form) {
      return try desk.answer(
        request.connection,
        consumer,
        handout.response,
        handing: handout.receipts
      )
    }
    guard wanted.wait > 0, desk.waiterCount < Self.waitersMax else { return .now(Handout.empty) }
    let deadline = SystemClock.monotonicNanoseconds() + wanted.wait
    desk.hold(
      LeaseWaiter(connection: request.connection, wanted: wanted, form: form, deadline: deadline),
      consumer
    )
    return .later
  }

  func settle(
    _ verb: LeaseDesk.Verb,
    _ name: String,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    let consumer = try leaseConsumer(name)
    _ = try query(request, [])
    let wanted =
      switch verb {
      case .ack: try LeaseRequest.ack(request.body)
      case .nack: try LeaseRequest.nack(request.body)
      case .extend: try LeaseRequest.extend(request.body)
      }
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    return try desk.settle(verb, wanted, consumer, request.connection)
  }
}

/// A lease consumer as the API shows it.
extension LeaseDesk {
  func response(_ status: Int, _ consumer: LeaseConsumer) -> Response {
    .json(status) { writer in write(consumer, to: &writer) }
  }

  func write(_ consumer: LeaseConsumer, to writer: inout JSONWriter) {
    let time = now()
    consumer.table.advance(to: time)
    let table = consumer.table
    var leased = 0
    var waiting = 0
    for entry in table.entries.values where !entry.isDead && entry.due > time {
      if entry.isReturned { waiting += 1 } else { leased += 1 }
    }
    let durable = reader.bounds.durable
    writer.beginObject()
    writer.key("name")
    writer.string(consumer.name)
    writer.key("mode")
    writer.string("lease")
    writer.key("sources")
    writer.beginArray()
    for source in consumer.sources { writer.string(source) }
    writer.endArray()
    for (key, value) in [
      ("max_attempts", Int(table.attemptsMax)),
      ("position", Int(clamping: table.frontier)),
      ("lag", Int(clamping: durable - min(durable, table.frontier))),
      ("unsettled", table.entries.count - table.deadCount),
      ("leased", leased),
      ("delayed", waiting),
      ("dead_letters", table.deadCount),
      ("lost", Int(clamping: table.lost)),
    ] {
      writer.key(key)
      writer.int(value)
    }
    writer.key("full")
    writer.bool(table.room == 0 || room <= 0)
    writer.key("created_at")
    writer.timestamp(Timestamp(microseconds: consumer.createdAt))
    writer.endObject()
  }
}

extension HTTPProblem {
  static func noSuchConsumer(_ name: String) -> Self {
    // A name from the path, as far as it may be repeated in an answer.
    let shown = ConsumerBook.isName(name) ? name : "{name}"
    return Self(404, "no-such-consumer", "create it first: PUT /v1/consumers/\(shown)")
  }
}
