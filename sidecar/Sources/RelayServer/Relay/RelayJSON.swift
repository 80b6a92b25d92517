internal import RelayCore
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// What the relay shows of itself, as `openapi.yaml` describes it.
enum RelayJSON {
  // MARK: Destinations

  static func write(
    _ lane: DeliveryLane,
    _ counters: DestinationCounters,
    sources: [String],
    unread: (count: UInt64, isExact: Bool),
    at now: RelayTime,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("name")
    writer.string(lane.name)
    writer.key("mode")
    writer.string(lane.mode.word)
    // Without queries: a token may be in one.
    let urls = lane.plan.urls.map { String($0.description.prefix { $0 != "?" }) }
    texts("urls", urls, &writer)
    texts("sources", sources, &writer)
    writer.key("paused")
    if let pause = lane.pause { writer.string(pause.word) } else { writer.null() }
    breaker(lane.breaker, at: now, &writer)
    let here = UInt64(lane.heldCount + lane.windowCount)
    writer.key("backlog")
    writer.int(unread.count + here)
    writer.key("backlog_is_exact")
    writer.bool(unread.isExact)
    for (key, value) in [
      ("waiting", lane.heldCount), ("in_flight", lane.inFlightCount),
      ("dead_letters", lane.dead.count),
    ] {
      writer.key(key)
      writer.int(value)
    }
    writer.key("oldest_received_at")
    if let oldest = lane.oldestReceivedAt, oldest > 0 {
      writer.timestamp(Timestamp(microseconds: oldest))
    } else {
      writer.null()
    }
    totals(counters, &writer)
    writer.endObject()
  }

  private static func breaker(
    _ breaker: CircuitBreaker,
    at now: RelayTime,
    _ writer: inout JSONWriter
  ) {
    writer.key("breaker")
    writer.beginObject()
    writer.key("state")
    switch breaker.state {
    case .closed: writer.string("closed")
    case .halfOpen: writer.string("half_open")
    case .open(let until):
      writer.string("open")
      writer.key("until")
      writer.timestamp(wall(until, at: now))
    }
    writer.endObject()
  }

  /// A moment of elapsed time as the wall clock will show it, if nobody sets it.
  private static func wall(_ elapsed: Duration, at now: RelayTime) -> Timestamp {
    let left = (elapsed - now.elapsed).wholeMilliseconds
    return Timestamp(microseconds: now.wallMicroseconds + left * 1000)
  }

  private static func totals(_ counters: DestinationCounters, _ writer: inout JSONWriter) {
    writer.key("delivered")
    writer.int(counters.delivered.load(ordering: .relaxed))
    writer.key("attempts")
    writer.beginObject()
    for (outcome, count) in counters.attempts {
      writer.key(outcome.word)
      writer.int(count)
    }
    writer.endObject()
    writer.key("unreadable")
    writer.int(counters.lost.load(ordering: .relaxed))
  }

  private static func texts(_ key: String, _ texts: [String], _ writer: inout JSONWriter) {
    writer.key(key)
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  // MARK: Deliveries

  static func write(
    _ letter: DeadLetter,
    id: String,
    event: String,
    sequence: UInt64,
    destination: String,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    for (key, value) in [
      ("id", id), ("destination", destination), ("event", event),
      ("reason", letter.reason.word),
    ] {
      writer.key(key)
      writer.string(value)
    }
    writer.key("sequence")
    writer.int(sequence)
    replay(letter.replay, &writer)
    writer.key("received_at")
    writer.timestamp(Timestamp(microseconds: letter.receivedAt))
    writer.key("died_at")
    writer.timestamp(Timestamp(microseconds: letter.diedAt))
    writer.key("attempt_count")
    writer.int(letter.attemptCount)
    attempts(letter.attempts, &writer)
    writer.endObject()
  }

  /// `standing` is nil for what is delivered.
  static func write(
    destination: String,
    _ id: DeliveryID,
    _ standing: DeliveryLane.Standing?,
    attempts list: [AttemptRecord],
    at now: RelayTime,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("destination")
    writer.string(destination)
    replay(id.replay, &writer)
    writer.key("state")
    writer.string(standing?.word ?? "delivered")
    writer.key("next_attempt_at")
    if case .waiting(let until)? = standing {
      writer.timestamp(wall(until, at: now))
    } else {
      writer.null()
    }
    writer.key("reason")
    if case .dead(let reason)? = standing { writer.string(reason.word) } else { writer.null() }
    attempts(list, &writer)
    writer.endObject()
  }

  private static func replay(_ id: UInt64, _ writer: inout JSONWriter) {
    writer.key("replay")
    if id == 0 { writer.null() } else { writer.string(ReplayID.text(id)) }
  }

  private static func attempts(_ list: [AttemptRecord], _ writer: inout JSONWriter) {
    writer.key("attempts")
    writer.beginArray()
    for attempt in list {
      writer.beginObject()
      writer.key("number")
      writer.int(attempt.number)
      writer.key("at")
      writer.timestamp(Timestamp(microseconds: attempt.wallMicroseconds))
      writer.key("milliseconds")
      writer.int(attempt.milliseconds)
      writer.key("status")
      if attempt.status > 0 { writer.int(attempt.status) } else { writer.null() }
      writer.key("failure")
      if let failure = attempt.failure { writer.string(failure.word) } else { writer.null() }
      writer.endObject()
    }
    writer.endArray()
  }

  // MARK: Replays

  static func replayed(_ id: UInt64, event: String, destinations: [String]) -> Response {
    .json(202) { writer in
      writer.beginObject()
      writer.key("replay")
      writer.string(ReplayID.text(id))
      writer.key("event")
      writer.string(event)
      texts("destinations", destinations, &writer)
      writer.endObject()
    }
  }

  static func dryRun(_ count: UInt64) -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("dry_run")
      writer.bool(true)
      writer.key("total")
      writer.int(count)
      writer.endObject()
    }
  }

  static func started(_ job: ReplayJob) -> Response {
    var response = Response.json(202) { write(job, to: &$0) }
    response.fields.append(("Location", "/v1/replays/\(ReplayID.text(job.id))"))
    return response
  }

  static func replay(_ job: ReplayJob) -> Response { .json { write(job, to: &$0) } }

  static func replays(_ jobs: [ReplayJob]) -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for job in jobs { write(job, to: &writer) }
      writer.endArray()
      writer.endObject()
    }
  }

  private static func write(_ job: ReplayJob, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("id")
    writer.string(ReplayID.text(job.id))
    writer.key("state")
    writer.string(job.phase.word)
    writer.key("idempotency")
    writer.string(job.identity.word)
    writer.key("created_at")
    writer.timestamp(Timestamp(microseconds: job.madeAt))
    filter(job.filter, &writer)
    writer.key("total")
    if job.phase == .counting { writer.null() } else { writer.int(job.total) }
    for (key, value) in [
      ("deliveries", job.asked), ("delivered", job.delivered), ("dead", job.dead),
      ("skipped", job.skipped), ("waiting", UInt64(job.unsettled)),
    ] {
      writer.key(key)
      writer.int(value)
    }
    writer.endObject()
  }

  private static func filter(_ filter: ReplayJob.Filter, _ writer: inout JSONWriter) {
    texts("sources", filter.sources, &writer)
    texts("types", filter.types, &writer)
    for (key, value) in [("from", filter.from), ("to", filter.to)] {
      writer.key(key)
      if let value { writer.timestamp(Timestamp(microseconds: value)) } else { writer.null() }
    }
    writer.key("destination")
    if let destination = filter.destination { writer.string(destination) } else { writer.null() }
  }
}
