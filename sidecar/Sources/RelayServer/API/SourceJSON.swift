internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// A source as the API shows it.
struct SourceJSON {
  let runtime: SourceRuntime
  /// Nil where nothing is polled.
  let board: PollBoard?
  let codec: CursorCodec

  func write(to writer: inout JSONWriter) {
    let source = runtime.source
    let standing = board?.now ?? PollBoard.Standing()
    writer.beginObject()
    for (key, text) in [
      ("name", source.name), ("path", source.path), ("profile", source.profile.id),
      ("state", standing.state.rawValue), ("reason", standing.reason.rawValue),
      ("detail", board == nil ? Self.unknown : standing.reason.words),
      ("guarantee", source.guarantee.words), ("loss_horizon", source.guarantee.horizonText),
    ] {
      writer.key(key)
      writer.string(text)
    }
    writer.key("paused")
    writer.bool(runtime.isPaused)
    writer.key("poll_blind")
    writer.bool(standing.isBlind)
    let last = runtime.counters.lastReceivedAt.load(ordering: .relaxed)
    write("last_push", last > 0 ? Timestamp(microseconds: last) : nil, &writer)
    writer.key("polling")
    if let board, let plan = source.poll?.plan {
      polling(plan, board, standing, &writer)
    } else {
      writer.null()
    }
    writer.endObject()
  }

  private static let unknown = "nothing is polled, so that a push that is lost is not noticed"

  private func write(_ key: String, _ time: Timestamp?, _ writer: inout JSONWriter) {
    writer.key(key)
    if let time { writer.timestamp(time) } else { writer.null() }
  }

  private func polling(
    _ plan: PollPlan,
    _ board: PollBoard,
    _ standing: PollBoard.Standing,
    _ writer: inout JSONWriter
  ) {
    let tally = board.counted
    writer.beginObject()
    writer.key("kind")
    writer.string(plan.kind.rawValue)
    for (key, flag) in [
      ("walking", standing.isWalking), ("unfinished", standing.isUnfinished),
      ("budget_limited", standing.isBudgetLimited),
    ] {
      writer.key(key)
      writer.bool(flag)
    }
    write("last_poll", standing.lastPoll, &writer)
    write("next_poll", standing.nextPoll, &writer)
    write("checkpoint", standing.watermark, &writer)
    writer.key("checkpoint_age_seconds")
    if let mark = standing.watermark {
      let now = Timestamp(microseconds: SystemClock.wallMicroseconds())
      writer.int(mark.distance(to: now).components.seconds)
    } else {
      writer.null()
    }
    for (key, count) in [
      ("found", tally.found), ("late_pushes", tally.late),
      ("lost_and_recovered", tally.recovered),
    ] {
      writer.key(key)
      writer.int(count)
    }
    writer.key("budget_remaining")
    writer.int(standing.budgetRemaining)
    writer.key("push_lag_seconds")
    if let lag = standing.pushLag { writer.int(lag.components.seconds) } else { writer.null() }
    writer.key("delivery_grace_seconds")
    writer.int(standing.grace.components.seconds)
    report(standing.lastReport, &writer)
    others(tally, &writer)
    gaps(tally, &writer)
    writer.endObject()
  }

  private func report(_ report: WalkReport?, _ writer: inout JSONWriter) {
    writer.key("last_result")
    guard let report else { return writer.null() }
    writer.beginObject()
    for (key, text) in [
      ("result", report.word), ("detail", report.detail), ("purpose", report.purpose.rawValue),
    ] {
      writer.key(key)
      writer.string(text)
    }
    for (key, count) in [
      ("pages", report.tally.pages), ("items", report.tally.items), ("stored", report.stored),
      ("duplicates", report.duplicates), ("held", report.tally.held), ("gone", report.tally.gone),
    ] {
      writer.key(key)
      writer.int(count)
    }
    writer.endObject()
  }

  private func others(_ tally: PollTally, _ writer: inout JSONWriter) {
    writer.key("other_forms")
    writer.beginArray()
    for form in tally.others {
      writer.beginObject()
      writer.key("event")
      writer.string(codec.eventID(form.sequence))
      writer.key("origin")
      writer.string(form.origin.word)
      writer.key("sha256")
      writer.string(Hex.encode(form.digest))
      writer.endObject()
    }
    writer.endArray()
  }

  private func gaps(_ tally: PollTally, _ writer: inout JSONWriter) {
    writer.key("gaps")
    writer.beginArray()
    for gap in tally.gaps {
      writer.beginObject()
      writer.key("reason")
      writer.string(gap.reason.rawValue)
      writer.key("detail")
      writer.string(gap.words)
      write("from", gap.from, &writer)
      write("to", gap.to, &writer)
      write("noted_at", gap.notedAt, &writer)
      writer.endObject()
    }
    writer.endArray()
  }
}
