internal import RelayConfiguration
internal import RelayCore
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// The whole at a glance, for people (`/v1/status`) and probes (`/livez`, `/readyz`).
struct StatusReport {
  let version: String
  let configuration: ConfigurationStanding
  let startedAt: Int64
  /// Those that are in force; a reload brings others.
  var sources: [SourceRuntime]
  let destinations: [DestinationCounters]
  let reader: JournalReader
  let health: Health
  let metricsStore: Metrics
  let security: ListenerSecurity
  let polls: PollLink
  let alarms: AlarmBox
  let quarantine: Quarantine
  let logCounters: LogCounters

  func live() -> Response { .json { Self.writeState("ok", [], &$0) } }

  /// Ready means that the journal takes writes; `low` does, and is said.
  func ready() -> Response {
    let state = health.state
    if state.takesEvents {
      return .json { Self.writeState("ok", state == .open ? [] : [state.word], &$0) }
    }
    var response = Response.json(503) { Self.writeState("unavailable", [state.word], &$0) }
    response.fields.append(("Retry-After", "5"))
    return response
  }

  private static func writeState(
    _ status: String,
    _ reasons: [String],
    _ writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("status")
    writer.string(status)
    if !reasons.isEmpty {
      writer.key("reasons")
      writer.beginArray()
      for reason in reasons { writer.string(reason) }
      writer.endArray()
    }
    writer.endObject()
  }

  func metrics() -> Response {
    Response(
      status: 200,
      fields: [
        ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
      ],
      body: Array(metricsText.utf8)
    )
  }

  private var metricsText: String {
    MetricsText.make(
      metricsStore,
      destinations,
      security: security,
      health: health,
      reader: reader,
      polls: polls,
      alarms: alarms,
      quarantine: quarantine.standings
    ) + MetricsText.reloads(configuration.now) + MetricsText.log(logCounters)
  }

  func status(consumers book: ConsumerBook, _ desk: LeaseDesk) -> Response {
    .json { writer in
      writer.beginObject()
      writer.key("version")
      writer.string(version)
      writer.key("started_at")
      writer.timestamp(Timestamp(microseconds: startedAt))
      writer.key("uptime_seconds")
      writer.int(Int(max(0, SystemClock.wallMicroseconds() - startedAt) / 1_000_000))
      writer.key("state")
      writer.string(health.state.word)
      writer.key("configuration")
      configuration.now.write(to: &writer)
      security.write(to: &writer)
      journal(&writer)
      sources(&writer)
      destinations(&writer)
      writer.key("consumers")
      writer.beginArray()
      for name in (Array(book.consumers.keys) + Array(desk.consumers.keys)).sorted() {
        if let consumer = book[name] {
          APIHandler.write(consumer, reader.bounds.durable, to: &writer)
        } else if let consumer = desk[name] {
          desk.write(consumer, to: &writer)
        }
      }
      writer.endArray()
      process(&writer)
      writer.endObject()
    }
  }

  private func journal(_ writer: inout JSONWriter) {
    let bounds = reader.bounds
    let usage = reader.usage
    writer.key("journal")
    writer.beginObject()
    writer.key("uuid")
    writer.string(Hex.encode(reader.uuid))
    for (key, value) in [
      ("first_sequence", Int(clamping: bounds.first)),
      ("durable_sequence", Int(clamping: bounds.durable)),
      ("events", Int(clamping: bounds.durable + 1 - min(bounds.first, bounds.durable + 1))),
      ("bytes", usage.bytes), ("segments", usage.segments), ("keys", usage.keys),
      ("inflight_bytes", health.inflightBytes.load(ordering: .relaxed)),
    ] {
      writer.key(key)
      writer.int(value)
    }
    losses(&writer)
    writer.endObject()
  }

  /// A dying disk leaves thousands; the oldest of them tell where to look.
  private static let lossesMax = 100

  private func losses(_ writer: inout JSONWriter) {
    let first = reader.bounds.first
    let kept = reader.losses.filter { max($0.from, $0.through) >= first }
    writer.key("lost_ranges")
    writer.int(kept.count)
    writer.key("losses")
    writer.beginArray()
    for loss in kept.prefix(Self.lossesMax) {
      writer.beginObject()
      writer.key("from")
      writer.int(Int(clamping: loss.from))
      writer.key("to")
      if loss.through > 0 { writer.int(Int(clamping: loss.through)) } else { writer.null() }
      writer.key("segment")
      writer.string(loss.segment)
      writer.key("offset")
      writer.int(Int(loss.offset))
      writer.key("reason")
      writer.string(loss.reason)
      writer.key("accepted_at")
      writer.timestamp(Timestamp(microseconds: loss.acceptedAt))
      writer.endObject()
    }
    writer.endArray()
  }

  private func sources(_ writer: inout JSONWriter) {
    let quarantined = quarantine.standings
    writer.key("sources")
    writer.beginObject()
    for runtime in sources {
      writer.key(runtime.source.name)
      writer.beginObject()
      writer.key("path")
      writer.string(runtime.source.path)
      writer.key("profile")
      writer.string(runtime.source.profile.id)
      if let index = polls.index(of: runtime.source.name) {
        let standing = polls.boards[index].now
        writer.key("state")
        writer.string(standing.state.rawValue)
        writer.key("poll_blind")
        writer.bool(standing.isBlind)
      }
      let counters = runtime.counters
      for (key, counter) in [
        ("accepted", counters.accepted.load(ordering: .relaxed)),
        ("polled", counters.polled.load(ordering: .relaxed)),
        ("duplicates", counters.duplicates.load(ordering: .relaxed)),
        ("conflicts", counters.conflicts.load(ordering: .relaxed)),
        ("replayed_bodies", counters.replayedBodies.load(ordering: .relaxed)),
        ("handshakes", counters.handshakes.load(ordering: .relaxed)),
      ] {
        writer.key(key)
        writer.int(Int(clamping: counter))
      }
      writer.key("refused")
      writer.beginObject()
      for (reason, count) in counters.refused where count > 0 {
        writer.key(reason.rawValue)
        writer.int(Int(clamping: count))
      }
      writer.endObject()
      if let standing = quarantined.first(where: { $0.source == runtime.source.name }) {
        writer.key("quarantine")
        standing.write(to: &writer)
      }
      writer.key("last_received_at")
      let last = counters.lastReceivedAt.load(ordering: .relaxed)
      if last > 0 { writer.timestamp(Timestamp(microseconds: last)) } else { writer.null() }
      writer.endObject()
    }
    writer.endObject()
  }

  private func destinations(_ writer: inout JSONWriter) {
    writer.key("destinations")
    writer.beginObject()
    for counters in destinations {
      writer.key(counters.name)
      writer.beginObject()
      for (key, value) in [
        ("backlog", Int(clamping: counters.backlog.load(ordering: .relaxed))),
        ("in_flight", counters.inFlight.load(ordering: .relaxed)),
        ("dead_letters", counters.deadLetters.load(ordering: .relaxed)),
        ("delivered", Int(clamping: counters.delivered.load(ordering: .relaxed))),
      ] {
        writer.key(key)
        writer.int(value)
      }
      writer.key("breaker_open")
      writer.bool(counters.isBreakerOpen.load(ordering: .relaxed))
      writer.key("paused")
      writer.bool(counters.isPaused.load(ordering: .relaxed))
      writer.endObject()
    }
    writer.endObject()
  }

  private func process(_ writer: inout JSONWriter) {
    writer.key("process")
    writer.beginObject()
    writer.key("pid")
    writer.int(Int(Process.pid))
    writer.key("resident_bytes")
    writer.int(Process.residentBytes)
    writer.key("descriptors")
    writer.int(Process.descriptorCount)
    writer.key("connections")
    writer.int(metricsStore.connectionsOpen.load(ordering: .relaxed))
    writer.endObject()
  }
}
