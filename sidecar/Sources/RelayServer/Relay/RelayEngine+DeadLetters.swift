internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Deliveries that were given up: listed, replayed, deleted.
extension RelayEngine {
  func deadLetters(_ query: DeadLetterQuery) throws(ProblemError) -> Response {
    var start: (name: String, sequence: UInt64)?
    if let after = query.after {
      guard let id = DeadLetterID(after),
        let sequence = context.codec.sequence(ofEventID: id.event)
      else {
        throw ProblemError(
          HTTPProblem(400, "bad-cursor", "take `next` of a page as it is")
        )
      }
      start = (id.destination, sequence)
    }
    var found: [(lane: Int, sequence: UInt64)] = []
    let lanes = planner.activeIndexes
      .filter { query.destination == nil || planner.lanes[$0].name == query.destination }
      .sorted { planner.lanes[$0].name < planner.lanes[$1].name }
    for index in lanes where found.count <= query.limit {
      let name = planner.lanes[index].name
      if let start, name < start.name { continue }
      let after = start?.name == name ? start?.sequence ?? 0 : 0
      let sequences = planner.lanes[index].dead.keys.filter { $0 > after }.sorted()
      found += sequences.prefix(query.limit + 1 - found.count).map { (index, $0) }
    }
    let page = found.prefix(query.limit)
    let hasMore = found.count > page.count
    return .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for (index, sequence) in page { writeLetter(index, sequence, &writer) }
      writer.endArray()
      writer.key("next")
      if hasMore, let last = page.last {
        writer.string(letterID(last.lane, last.sequence))
      } else {
        writer.null()
      }
      writer.key("has_more")
      writer.bool(hasMore)
      writer.endObject()
    }
  }

  private func letterID(_ index: Int, _ sequence: UInt64) -> String {
    DeadLetterID(
      event: context.codec.eventID(sequence),
      destination: planner.lanes[index].name
    ).text
  }

  private func writeLetter(_ index: Int, _ sequence: UInt64, _ writer: inout JSONWriter) {
    guard let letter = planner.lanes[index].dead[sequence] else { return }
    RelayJSON.write(
      letter,
      id: letterID(index, sequence),
      event: context.codec.eventID(sequence),
      sequence: sequence,
      destination: planner.lanes[index].name,
      to: &writer
    )
  }

  private func letter(_ text: String) throws(ProblemError) -> (lane: Int, sequence: UInt64) {
    guard let id = DeadLetterID(text), let index = planner.index(of: id.destination),
      let sequence = context.codec.sequence(ofEventID: id.event),
      planner.lanes[index].dead[sequence] != nil
    else {
      throw ProblemError(
        HTTPProblem(404, "no-such-dead-letter", "it was replayed or deleted, or never there")
      )
    }
    return (index, sequence)
  }

  func replayDeadLetter(
    _ text: String,
    _ identity: ReplayIdentity,
    _ connection: ConnectionID
  ) throws(ProblemError) {
    let (index, sequence) = try letter(text)
    let found = try? event(sequence)
    guard let found else {
      throw ProblemError(
        HTTPProblem(410, "event-gone", "the event itself is not kept any more; delete the letter")
      )
    }
    guard !isErased(found) else { throw Self.bodyErased }
    let id = ReplayID.make()
    let now = time
    let refusal = planner.change(index) {
      $0.replay(deadLetter: sequence, as: id, identity, at: now)
    }
    if let refusal { throw Self.problem(refusal) }
    keep(sequence)
    respondWhenSaved(
      connection,
      RelayJSON.replayed(
        id,
        event: context.codec.eventID(sequence),
        destinations: [planner.lanes[index].name]
      )
    )
  }

  func deleteDeadLetter(
    _ text: String,
    _ connection: ConnectionID
  ) throws(ProblemError) {
    let (index, sequence) = try letter(text)
    _ = planner.change(index) { $0.deleteDeadLetter(sequence) }
    respondWhenSaved(connection, Response(status: 204))
  }

  static func problem(_ refusal: DeliveryLane.ReplayRefusal) -> ProblemError {
    switch refusal {
    case .full:
      ProblemError(
        HTTPProblem(
          503,
          "destination-full",
          "as many deliveries wait for this destination as may; try again later"
        ).with("Retry-After", "60")
      )
    case .removed:
      ProblemError(
        HTTPProblem(
          409,
          "destination-removed",
          "this destination left the configuration; configure it again to replay to it"
        )
      )
    }
  }
}
