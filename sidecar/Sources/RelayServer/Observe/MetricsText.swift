internal import RelayJournal
internal import RelaySystem
internal import Synchronization

/// The Prometheus text format, version 0.0.4.
///
/// Labels are names of sources and destinations, places of secrets, refusal reasons and statuses:
/// all of them fixed at start, so that no sender can add a series.
package enum MetricsText {
  static func make(
    _ metrics: Metrics,
    _ destinations: [DestinationCounters],
    security: ListenerSecurity,
    health: Health,
    reader: JournalReader,
    polls: PollLink,
    alarms: AlarmBox,
    quarantine: [QuarantineBook.Standing]
  ) -> String {
    var text = sources(metrics)
    appendDestinations(destinations, &text)
    appendResponses(metrics, &text)
    appendTLS(security, &text)
    appendProxies(metrics.proxies, &text)
    text += stages(metrics.stages)
    appendJournal(metrics, health, reader, &text)
    single(
      "journal_lost_ranges",
      "gauge",
      "Ranges of events that are damaged and given up",
      reader.losses.count(where: \.concernsEvents),
      &text
    )
    appendProcess(metrics, &text)
    appendPolling(polls, &text)
    appendAlarms(alarms, &text)
    appendQuarantine(quarantine, &text)
    return text
  }

  static func family(_ name: String, _ type: String, _ help: String, _ text: inout String) {
    text += "# HELP webhook_receiver_\(name) \(help)\n# TYPE webhook_receiver_\(name) \(type)\n"
  }

  static func sample(
    _ name: String,
    _ labels: [(String, String)],
    _ value: String,
    _ text: inout String
  ) {
    // Label values are names from the configuration's alphabet: nothing in them needs escaping.
    let list = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
    text += "webhook_receiver_\(name)" + (list.isEmpty ? "" : "{\(list)}") + " \(value)\n"
  }

  static func single(
    _ name: String,
    _ type: String,
    _ help: String,
    _ value: Int,
    _ text: inout String
  ) {
    family(name, type, help, &text)
    sample(name, [], "\(value)", &text)
  }

  /// What is counted for each source.
  package static func sources(_ metrics: Metrics) -> String {
    var text = ""
    let sources = metrics.sources.sorted { $0.key < $1.key }
    let families: [(String, String, (SourceCounters) -> UInt64)] = [
      ("events_accepted_total", "Events made durable", { $0.accepted.load(ordering: .relaxed) }),
      (
        "events_polled_total", "Events that polling made durable",
        { $0.polled.load(ordering: .relaxed) }
      ),
      (
        "events_duplicate_total", "Deliveries of events already durable",
        { $0.duplicates.load(ordering: .relaxed) }
      ),
      (
        "events_conflict_total", "Known ids with other signed bytes",
        { $0.conflicts.load(ordering: .relaxed) }
      ),
      (
        "events_replayed_body_total", "Known signed bytes under other ids",
        { $0.replayedBodies.load(ordering: .relaxed) }
      ),
      (
        "handshakes_total", "Requests that prove the endpoint to the provider",
        { $0.handshakes.load(ordering: .relaxed) }
      ),
    ]
    for (name, help, value) in families {
      family(name, "counter", help, &text)
      for (source, counters) in sources {
        sample(name, [("source", source)], "\(value(counters))", &text)
      }
    }
    family("deliveries_refused_total", "counter", "Deliveries refused, by reason", &text)
    for (source, counters) in sources {
      for (reason, count) in counters.refused {
        let labels = [("source", source), ("reason", reason.rawValue)]
        sample("deliveries_refused_total", labels, "\(count)", &text)
      }
    }
    let matches = "secret_matches_total"
    family(matches, "counter", "Deliveries verified, by the place of the secret that did", &text)
    for (source, counters) in sources {
      for (index, count) in counters.secretMatches.enumerated() {
        sample(matches, [("source", source), ("secret", "\(index)")], "\(count)", &text)
      }
    }
    return text
  }

  private static func appendResponses(_ metrics: Metrics, _ text: inout String) {
    family("http_responses_total", "counter", "Answers sent, by surface and status", &text)
    for surface in Metrics.Surface.allCases {
      for (status, count) in metrics.responses(on: surface) {
        let labels = [("surface", surface.rawValue), ("status", "\(status)")]
        sample("http_responses_total", labels, "\(count)", &text)
      }
    }
  }

  private static func appendJournal(
    _ metrics: Metrics,
    _ health: Health,
    _ reader: JournalReader,
    _ text: inout String
  ) {
    family("journal_state", "gauge", "1 for the state that the journal is in", &text)
    let current = health.state
    for state in Health.State.allCases {
      let value = current == state ? "1" : "0"
      sample("journal_state", [("state", state.word)], value, &text)
    }
    let usage = reader.usage
    single(
      "journal_durable_sequence",
      "gauge",
      "The last durable sequence",
      Int(clamping: reader.bounds.durable),
      &text
    )
    single(
      "journal_first_sequence",
      "gauge",
      "The first sequence that is kept",
      Int(clamping: reader.bounds.first),
      &text
    )
    single(
      "journal_segments_removed_total",
      "counter",
      "Segments removed by retention in this process",
      Int(clamping: metrics.segmentsRetired.load(ordering: .relaxed)),
      &text
    )
    single(
      "journal_bodies_erased_total",
      "counter",
      "Bodies erased on request in this process",
      Int(clamping: metrics.bodiesErased.load(ordering: .relaxed)),
      &text
    )
    single("journal_bytes", "gauge", "Bytes of all segments", usage.bytes, &text)
    single("journal_segments", "gauge", "Segments", usage.segments, &text)
    single("journal_keys", "gauge", "Keys remembered", usage.keys, &text)
    single(
      "inflight_bytes",
      "gauge",
      "Bytes accepted and not yet answered",
      health.inflightBytes.load(ordering: .relaxed),
      &text
    )
    single(
      "journal_records_total",
      "counter",
      "Records made durable by this process",
      Int(clamping: metrics.recordsCommitted.load(ordering: .relaxed)),
      &text
    )
    appendCommits(metrics, &text)
  }

  private static func appendCommits(_ metrics: Metrics, _ text: inout String) {
    let name = "journal_commit_seconds"
    family(name, "histogram", "Time of one group commit, fdatasync included", &text)
    let (buckets, sum) = metrics.commitDuration.snapshot
    var total: UInt64 = 0
    for (bound, count) in zip(Histogram.bounds, buckets) {
      total += count
      sample("\(name)_bucket", [("le", "\(Double(bound) / 1_000_000)")], "\(total)", &text)
    }
    total += buckets[Histogram.bounds.count]
    sample("\(name)_bucket", [("le", "+Inf")], "\(total)", &text)
    sample("\(name)_sum", [], "\(Double(sum) / 1_000_000)", &text)
    sample("\(name)_count", [], "\(total)", &text)
  }

  private static func appendProcess(_ metrics: Metrics, _ text: inout String) {
    single(
      "connections_open",
      "gauge",
      "Open connections",
      metrics.connectionsOpen.load(ordering: .relaxed),
      &text
    )
    single(
      "connections_accepted_total",
      "counter",
      "Connections accepted",
      Int(clamping: metrics.connectionsAccepted.load(ordering: .relaxed)),
      &text
    )
    single(
      "accept_pauses_total",
      "counter",
      "Times that accepting paused at the limit of connections",
      Int(clamping: metrics.acceptPauses.load(ordering: .relaxed)),
      &text
    )
    single("resident_bytes", "gauge", "Resident memory", Process.residentBytes, &text)
    single("descriptors_open", "gauge", "Open descriptors", Process.descriptorCount, &text)
  }
}
