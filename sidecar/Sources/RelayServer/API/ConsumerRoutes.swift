internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// `/v1/consumers/{name}`: definition, reading, commit and seek.
extension APIHandler {
  func consumer(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    switch request.head.methodText {
    case "PUT": return try put(name, request)
    case "DELETE": return try delete(name, request)
    default:
      if let consumer = desk[name] { return .now(desk.response(200, consumer)) }
      return .now(Self.response(200, try existing(name), pages.reader.bounds.durable))
    }
  }

  private func existing(_ name: String) throws(ProblemError) -> Consumer {
    if let consumer = book[name] { return consumer }
    guard desk[name] == nil else {
      throw ProblemError(
        HTTPProblem(
          409,
          "wrong-mode",
          "this consumer leases; use lease, ack, nack and extend"
        )
      )
    }
    throw ProblemError(HTTPProblem.noSuchConsumer(name))
  }

  private func put(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    guard ConsumerBook.isName(name) else {
      throw .badRequest("a consumer's name is 1 to 64 of A-Z a-z 0-9 . _ -")
    }
    let wanted = try ConsumerRequest.definition(request.body, sources: context.sources)
    if let found = desk[name] { return try put(again: found, wanted, request) }
    if let found = book[name] {
      guard wanted.mode == .cursor, wanted.sources.sorted() == found.sources.sorted() else {
        throw ProblemError(Self.otherDefinition)
      }
      // Through the journal: the definition itself may still be on its way to the disk.
      return try save(found, request)
    }
    guard book.consumers.count + desk.consumers.count < ConsumerBook.consumersMax else {
      throw ProblemError(
        HTTPProblem(
          409,
          "too-many-consumers",
          "delete one of the \(ConsumerBook.consumersMax) first"
        )
      )
    }
    if wanted.mode == .lease {
      return try putLease(name, wanted, position: try position(wanted.start), request)
    }
    let consumer = Consumer(
      name: name,
      sources: wanted.sources,
      position: ConsumerPosition(sequence: try position(wanted.start)),
      createdAt: SystemClock.wallMicroseconds()
    )
    return try save(consumer, request, status: 201)
  }

  static let otherDefinition = HTTPProblem(
    409,
    "consumer-conflict",
    "this consumer exists with another definition; delete it first, or use another name"
  )

  private func delete(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    if let consumer = desk[name] { return try delete(consumer, request) }
    _ = try existing(name)
    return try persist(
      nil,
      as: name,
      for: request.connection,
      then: Response(status: 204)
    )
  }

  private func save(
    _ consumer: Consumer,
    _ request: IncomingRequest,
    status: Int = 200
  ) throws(ProblemError) -> Answer {
    try persist(
      consumer,
      as: consumer.name,
      for: request.connection,
      then: Self.response(status, consumer, pages.reader.bounds.durable)
    )
  }

  /// Returns the last sequence before the place that a definition or a seek names.
  private func position(_ place: ConsumerRequest.Place) throws(ProblemError) -> UInt64 {
    let bounds = context.reader.bounds
    switch place {
    case .earliest: return max(bounds.first, 1) - 1
    case .latest: return bounds.durable
    case .time(let time): return max(context.reader.firstSequence(at: time), 1) - 1
    case .cursor(let text):
      return try cursors.decode(text, kinds: [.ascending, .consumer], binding: nil).sequence
    }
  }

  // MARK: Reading

  func consumerEvents(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    let consumer = try existing(name)
    let query = try query(request, EventQuery.consumerParameters)
    var filtered = query
    filtered.filter.sources = consumer.sources
    let generation = consumer.position.generation
    // One nonce per read: a commit that is repeated can be told from that of another reader.
    let nonce = UInt64.random(in: 1...UInt64.max)
    let binding = binding(consumer)
    try cursors.requireKept(
      Cursor(
        kind: .consumer,
        sequence: consumer.position.sequence,
        binding: binding,
        generation: generation,
        nonce: nonce
      )
    )
    return try page(request, filtered, start: consumer.position.sequence) {
      [context, pages] page, _ in
      let next = context.codec.encode(
        Cursor(
          kind: .consumer,
          sequence: page.position,
          binding: binding,
          generation: generation,
          nonce: nonce
        )
      )
      return .json { writer in
        writer.beginObject()
        pages.write(page, body: query.body, to: &writer)
        writer.key("next")
        writer.string(next)
        writer.key("has_more")
        writer.bool(page.hasMore)
        writer.key("generation")
        writer.int(Int(clamping: generation))
        writer.endObject()
      }
    }
  }

  func commit(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    var consumer = try existing(name)
    let wanted = try ConsumerRequest.commit(request.body)
    let cursor = try cursors.decode(
      wanted.cursor,
      kinds: [.consumer],
      binding: binding(consumer)
    )
    guard wanted.generation == nil || wanted.generation == cursor.generation else {
      throw .badRequest("generation and cursor come from different reads; send those of one")
    }
    let receipt = ConsumerPosition.Receipt(
      sequence: cursor.sequence,
      generation: cursor.generation,
      nonce: cursor.nonce
    )
    switch consumer.position.commit(receipt, served: context.reader.bounds.durable) {
    case .moved, .unchanged:
      // Also what changes nothing: the commit that it repeats may still be on its way to the disk.
      return try save(consumer, request)
    case .staleGeneration:
      throw ProblemError(
        HTTPProblem(
          409,
          "stale-generation",
          "another reader has committed, or the position was moved, since this was read; read again"
        )
      )
    case .notServed:
      throw ProblemError(
        HTTPProblem(409, "not-served", "this lies beyond what was read; commit `next` of a page")
      )
    }
  }

  func seek(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    var consumer = try existing(name)
    consumer.position.seek(to: try position(try ConsumerRequest.seek(request.body)))
    return try save(consumer, request)
  }

  /// A consumer that was deleted and made again is another one: its old cursors are of no use.
  private func binding(_ consumer: Consumer) -> UInt64 {
    context.codec.binding(["consumer", consumer.name, String(consumer.createdAt)])
  }

  private static func response(_ status: Int, _ consumer: Consumer, _ durable: UInt64) -> Response {
    .json(status) { writer in write(consumer, durable, to: &writer) }
  }

  static func write(_ consumer: Consumer, _ durable: UInt64, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("name")
    writer.string(consumer.name)
    writer.key("mode")
    writer.string("cursor")
    writer.key("sources")
    writer.beginArray()
    for source in consumer.sources { writer.string(source) }
    writer.endArray()
    writer.key("position")
    writer.int(Int(clamping: consumer.position.sequence))
    writer.key("generation")
    writer.int(Int(clamping: consumer.position.generation))
    writer.key("lag")
    writer.int(Int(clamping: durable - min(durable, consumer.position.sequence)))
    writer.key("created_at")
    writer.timestamp(Timestamp(microseconds: consumer.createdAt))
    writer.endObject()
  }
}
