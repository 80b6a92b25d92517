internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// An answer of the API that waits for its change to be durable.
struct RelayAnswer: Sendable {
  let connection: ConnectionID
  let response: Response
}

/// Making durable what became of deliveries.
///
/// Changes gather for a moment and go to the journal's thread as one batch; the next goes when that
/// one is durable. A crash loses at most what gathered: deliveries are repeated, none is forgotten.
extension RelayEngine {
  /// How long changes gather (journal §6.10).
  private static let gatherNanoseconds: Int64 = 50_000_000
  /// When the journal had no room, it is asked again after this long.
  private static let refusedNanoseconds: Int64 = 1_000_000_000
  /// How often it is worked out which events are still needed, and the gauges are set.
  private static let pinNanoseconds: Int64 = 2_000_000_000

  /// Sends what has gathered, when it is time.
  func save(_ loop: OutboundContext) {
    if isPassingDue(loop) {
      gather(includesPassing: true)
    } else if planner.isDirty || !dirtyJobs.isEmpty {
      gather(includesPassing: false)
    }
    if loop.now >= nextPin {
      nextPin = loop.now + Self.pinNanoseconds
      publish()
      if !isSaving, unsaved.isEmpty { pin() }
    }
    let isAwaited = !answersNext.isEmpty || !erasuresNext.isEmpty
    guard !unsaved.isEmpty || isAwaited else { return }
    if savesAt == nil { savesAt = loop.now + Self.gatherNanoseconds }
    guard !isSaving, let due = savesAt, loop.now >= due || isAwaited else { return }
    post()
  }

  /// Takes what changed out of lanes and replays.
  func gather(includesPassing: Bool) {
    for (lane, notice) in planner.drainNotices() { tell(notice, lane) }
    for change in planner.drainChanges(includesPassing: includesPassing) {
      unsaved[change.key] = .some(change.value)
    }
    for id in dirtyJobs {
      let change = ReplayJob.change(id, to: jobs[id])
      unsaved[change.key] = .some(change.value)
    }
    dirtyJobs.removeAll()
  }

  func post() {
    savesAt = nil
    isSaving = true
    ticket += 1
    saving = unsaved
    unsaved.removeAll()
    answersSaving = answersNext
    answersNext.removeAll()
    erasuresSaving = erasuresNext
    erasuresNext.removeAll()
    let changes = saving.map { StateChange(key: $0.key, value: $0.value) }
    context.journal.post(.changes(RelayChanges(ticket: ticket, changes: changes)))
  }

  /// The journal's word on what was posted.
  func saved(_ ticket: UInt64, isDurable: Bool, _ loop: OutboundContext) {
    guard isSaving, ticket == self.ticket else { return }
    isSaving = false
    if !isDurable {
      // What changed again meanwhile is newer.
      unsaved.merge(saving) { new, _ in new }
      savesAt = loop.now + Self.refusedNanoseconds
      context.log.network(
        .warning,
        "relay_state_refused",
        ["detail": .text("the journal has no room; deliveries go on, and may be repeated")]
      )
    }
    saving.removeAll()
    let answers = answersSaving
    answersSaving.removeAll()
    for answer in answers {
      respond(
        answer.connection,
        isDurable ? answer.response : APIHandler.notDurable.response
      )
    }
    postErasures(isDurable: isDurable)
    if loop.now >= nextPin || !answers.isEmpty { pin() }
  }

  func respond(_ connection: ConnectionID, _ response: Response) {
    context.api.post(.handler(.relay(connection, response)))
  }

  /// Answers when what the request changed is durable.
  func respondWhenSaved(_ connection: ConnectionID, _ response: Response) {
    answersNext.append(RelayAnswer(connection: connection, response: response))
  }

  // MARK: What others look at

  /// Says which events must be kept.
  func pin() {
    var lowest = planner.lowestNeeded ?? .max
    for job in jobs.values where job.phase != .done { lowest = min(lowest, job.next) }
    context.link.lowestNeeded.store(lowest, ordering: .releasing)
  }

  /// Events that a lane has not taken in yet.
  func unread(_ index: Int) -> (count: UInt64, isExact: Bool) {
    planner.unread(index, durable: context.reader.bounds.durable)
  }

  /// Sets the gauges.
  func publish() {
    publishedDurable = context.reader.bounds.durable
    for index in planner.activeIndexes {
      counters[index].update(planner.lanes[index], unread: unread(index).count)
    }
  }

  private func tell(_ notice: LaneNotice, _ index: Int) {
    let lane = planner.lanes[index]
    counters[index].update(lane, unread: unread(index).count)
    let name = lane.name
    switch notice {
    case .died(let id, let letter):
      counters[index].died.add(1, ordering: .relaxed)
      context.log.network(
        .error,
        "dead_letter",
        [
          "destination": .text(name),
          "id": .text(context.codec.eventID(id.sequence)),
          "reason": .text(letter.reason.word),
          "attempts": .number(letter.attemptCount),
        ]
      )
      context.alarm(
        "dead_letter",
        name,
        "deliveries were given up: \(lane.dead.count) dead letters wait for somebody"
      )
    case .paused(let reason):
      context.log.error(
        "destination_paused",
        [
          "destination": .text(name), "reason": .text(reason.word),
          "detail": .text("replay or delete dead letters, then resume it"),
        ]
      )
      context.alarm("dead_letter", name, "the destination is paused: \(reason.word)")
    case .breakerOpened:
      counters[index].breakerOpened.add(1, ordering: .relaxed)
      context.log.warning(
        "breaker_opened",
        [
          "destination": .text(name),
          "detail": .text("the service fails; one delivery at a time tries whether it is back"),
        ]
      )
    case .breakerClosed: context.log.info("breaker_closed", ["destination": .text(name)])
    }
  }
}
