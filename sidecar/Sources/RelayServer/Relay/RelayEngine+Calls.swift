internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// What the API asks: reads are answered at once, changes when they are durable.
extension RelayEngine {
  func answer(_ call: RelayCall) {
    let connection = call.connection
    do throws(ProblemError) {
      switch call.kind {
      case .destinations: respond(connection, destinations())
      case .destination(let name):
        let index = try lane(name)
        respond(connection, .json { write(index, to: &$0) })
      case .pause(let name): try pause(name, connection)
      case .resume(let name): try resume(name, connection)
      case .deadLetters(let query): respond(connection, try deadLetters(query))
      case .replayDeadLetter(let id, let identity):
        try replayDeadLetter(id, identity, connection)
      case .deleteDeadLetter(let id): try deleteDeadLetter(id, connection)
      case .attempts(let event): respond(connection, attempts(event))
      case .replayEvent(let event, let identity, let destination):
        try replay(event, identity, destination, connection)
      case .erase(let event): try erase(event, connection)
      case .startReplay(let filter, let identity, let isDryRun):
        try startReplay(filter, identity, isDryRun: isDryRun, connection)
      case .replays: respond(connection, RelayJSON.replays(jobOrder.compactMap { jobs[$0] }))
      case .replay(let id): respond(connection, RelayJSON.replay(try job(id)))
      }
    } catch {
      respond(connection, error.problem.response)
    }
  }

  /// The process ends: who waits for a count is told so.
  func refuseCounts() {
    for count in counts { respond(count.connection, APIHandler.notDurable.response) }
    counts.removeAll()
  }

  func lane(_ name: String) throws(ProblemError) -> Int {
    guard let index = planner.index(of: name) else {
      throw ProblemError(
        HTTPProblem(404, "no-such-destination", "see /v1/destinations for what there is")
      )
    }
    return index
  }

  // MARK: Destinations

  private func destinations() -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for index in planner.activeIndexes.sorted(by: {
        planner.lanes[$0].name < planner.lanes[$1].name
      }) { write(index, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private func write(_ index: Int, to writer: inout JSONWriter) {
    let lane = planner.lanes[index]
    RelayJSON.write(
      lane,
      counters[index],
      sources: planner.routes[index].openSources.sorted(),
      unread: unread(index),
      at: time,
      to: &writer
    )
  }

  private func pause(_ name: String, _ connection: ConnectionID) throws(ProblemError) {
    let index = try lane(name)
    if planner.change(index, { $0.pause(.requested) }) {
      context.log.info("destination_paused_by_request", ["destination": .text(name)])
    }
    publish()
    respondWhenSaved(connection, .json { write(index, to: &$0) })
  }

  private func resume(_ name: String, _ connection: ConnectionID) throws(ProblemError) {
    let index = try lane(name)
    switch planner.change(index, { $0.resume() }) {
    case .resumed: context.log.info("destination_resumed", ["destination": .text(name)])
    case .wasNotPaused: break
    case .deadLettersFull:
      throw ProblemError(
        HTTPProblem(
          409,
          "dead-letters-full",
          "there is no room for another dead letter; replay or delete some first"
        )
      )
    case .secretsMissing:
      throw ProblemError(
        HTTPProblem(
          409,
          "secrets-missing",
          "what is needed to send there cannot be had; see the log, then restart"
        )
      )
    }
    publish()
    respondWhenSaved(connection, .json { write(index, to: &$0) })
  }

  // MARK: Events

  private func attempts(_ event: StoredEvent) -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("event")
      writer.string(context.codec.eventID(event.sequence))
      writer.key("deliveries")
      writer.beginArray()
      for index in planner.activeIndexes { writeAttempts(index, event, &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private func writeAttempts(_ index: Int, _ event: StoredEvent, _ writer: inout JSONWriter) {
    let lane = planner.lanes[index]
    let recent = self.recent.of(event.sequence, lane: index)
    var standings = lane.standings(of: event.sequence).map {
      ($0.id, Optional($0.standing), $0.attempts)
    }
    let isRouted = planner.routes[index].contains(
      event.sequence,
      source: event.source,
      type: event.eventType
    )
    // What is not owed and was sent or passed is delivered; nothing else of it is kept.
    for id in Set(recent.map(\.id)).sorted() where !standings.contains(where: { $0.0 == id }) {
      standings.append((id, nil, []))
    }
    if isRouted, !standings.contains(where: { $0.0.replay == 0 }) {
      let isPassed = event.sequence <= planner.passed(index)
      standings.append((DeliveryID(event.sequence), isPassed ? nil : .queued, []))
    }
    for (id, standing, kept) in standings.sorted(by: { $0.0 < $1.0 }) {
      let mine = recent.filter { $0.id == id }.map(\.record)
      RelayJSON.write(
        destination: lane.name,
        id,
        standing,
        attempts: kept.isEmpty ? mine.suffix(AttemptRecord.keptMax) : kept,
        at: time,
        to: &writer
      )
    }
  }

  private func replay(
    _ event: StoredEvent,
    _ identity: ReplayIdentity,
    _ destination: String?,
    _ connection: ConnectionID
  ) throws(ProblemError) {
    if let destination { _ = try lane(destination) }
    guard !isErased(event) else { throw Self.bodyErased }
    let lanes = lanes(for: event, destination: destination)
    guard !lanes.isEmpty else {
      throw ProblemError(
        HTTPProblem(
          409,
          "no-destination",
          "no destination takes events of this source and type now"
        )
      )
    }
    guard lanes.allSatisfy({ planner.lanes[$0].hasRoomForReplay }) else {
      throw Self.problem(.full)
    }
    let id = ReplayID.make()
    let now = time
    for index in lanes {
      if let refusal = replay(event, as: id, identity, in: index, at: now) {
        throw Self.problem(refusal)
      }
    }
    respondWhenSaved(
      connection,
      RelayJSON.replayed(
        id,
        event: context.codec.eventID(event.sequence),
        destinations: lanes.map { planner.lanes[$0].name }
      )
    )
  }
}
