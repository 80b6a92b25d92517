internal import RelayCore
internal import RelayJournal
internal import RelaySystem

/// Erasing bodies: what is still to be sent is not erased, and what was erased is not sent.
extension RelayEngine {
  /// Has the journal's thread erase a body that nobody waits for.
  ///
  /// When what was not durable is: a start that finds the body erased reads over the event, and
  /// must find there what became of it. Until that is answered nothing is handed out again.
  func erase(_ event: StoredEvent, _ connection: ConnectionID) throws(ProblemError) {
    let waiting = planner.activeIndexes.filter { isWaiting($0, for: event) }
    guard waiting.isEmpty else {
      throw Self.undelivered(to: waiting.map { planner.lanes[$0].name }.sorted())
    }
    if erasing[event.sequence] == nil { erasuresNext.append(event.sequence) }
    erasing[event.sequence, default: []].append(connection)
  }

  /// Whether nothing of it may be handed out any more: it is gone, or on its way out.
  func isErased(_ event: borrowing StoredEvent) -> Bool {
    event.isErased || erasing[event.sequence] != nil
  }

  /// Whether a delivery or a replay of it is still to come; one that was given up is not.
  private func isWaiting(_ index: Int, for event: StoredEvent) -> Bool {
    let isOwed = planner.lanes[index].standings(of: event.sequence).contains { delivery in
      if case .dead = delivery.standing { false } else { true }
    }
    if isOwed { return true }
    let isRouted = planner.routes[index].contains(
      event.sequence,
      source: event.source,
      type: event.eventType
    )
    return isRouted && event.sequence > planner.passed(index)
  }

  /// What was to be durable before them is, or cannot be.
  func postErasures(isDurable: Bool) {
    let sequences = erasuresSaving
    erasuresSaving.removeAll()
    for sequence in sequences {
      if isDurable {
        context.journal.post(.erase(sequence))
      } else {
        erased(sequence, .refused)
      }
    }
  }

  /// The journal's word: nothing of it is in memory when that is answered.
  func erased(_ sequence: UInt64, _ outcome: ErasureOutcome) {
    cache.remove(sequence)
    let response =
      switch outcome {
      case .erased: Response(status: 204)
      case .notThere: APIHandler.noSuchEvent.response
      case .refused: APIHandler.notDurable.response
      }
    for connection in erasing.removeValue(forKey: sequence) ?? [] { respond(connection, response) }
  }

  private static func undelivered(to names: [String]) -> ProblemError {
    ProblemError(
      HTTPProblem(
        409,
        "undelivered",
        "still to be delivered to \(names.joined(separator: ", ")): erase it when that is done or "
          + "given up; /v1/events/{id}/attempts says where it stands"
      )
    )
  }

  static var bodyErased: ProblemError {
    ProblemError(
      HTTPProblem(
        409,
        "body-erased",
        "its body was erased, or is just being erased: there is nothing left to deliver"
      )
    )
  }
}
