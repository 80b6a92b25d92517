internal import Synchronization

/// What is counted for each destination; its name is a name of the configuration.
extension MetricsText {
  static func appendDestinations(_ destinations: [DestinationCounters], _ text: inout String) {
    let all = destinations.sorted { $0.name < $1.name }
    guard !all.isEmpty else { return }
    let families: [(String, String, String, (DestinationCounters) -> Int)] = [
      (
        "deliveries_total", "counter", "Deliveries that a destination took",
        { Int(clamping: $0.delivered.load(ordering: .relaxed)) }
      ),
      (
        "dead_letters_total", "counter", "Deliveries given up",
        { Int(clamping: $0.died.load(ordering: .relaxed)) }
      ),
      (
        "replayed_deliveries_total", "counter", "Deliveries that a replay asked for",
        { Int(clamping: $0.replayed.load(ordering: .relaxed)) }
      ),
      (
        "undeliverable_events_total", "counter", "Events that could not be read for it",
        { Int(clamping: $0.lost.load(ordering: .relaxed)) }
      ),
      (
        "breaker_opened_total", "counter", "How often the circuit breaker opened",
        { Int(clamping: $0.breakerOpened.load(ordering: .relaxed)) }
      ),
      (
        "delivery_backlog", "gauge", "Events that wait for it",
        { Int(clamping: $0.backlog.load(ordering: .relaxed)) }
      ),
      (
        "deliveries_waiting", "gauge", "Deliveries that wait for a retry or behind their key",
        { $0.held.load(ordering: .relaxed) }
      ),
      (
        "deliveries_in_flight", "gauge", "Attempts that are out",
        { $0.inFlight.load(ordering: .relaxed) }
      ),
      (
        "dead_letters", "gauge", "Dead letters that wait for somebody",
        { $0.deadLetters.load(ordering: .relaxed) }
      ),
      (
        "breaker_open", "gauge", "1 while the circuit breaker is not closed",
        { $0.isBreakerOpen.load(ordering: .relaxed) ? 1 : 0 }
      ),
      (
        "destination_paused", "gauge", "1 while nothing is sent",
        { $0.isPaused.load(ordering: .relaxed) ? 1 : 0 }
      ),
    ]
    for (name, type, help, value) in families {
      family(name, type, help, &text)
      for counters in all {
        sample(name, [("destination", counters.name)], "\(value(counters))", &text)
      }
    }
    appendAttempts(all, &text)
  }

  private static func appendAttempts(_ all: [DestinationCounters], _ text: inout String) {
    family("delivery_attempts_total", "counter", "Attempts, by what they came to", &text)
    for counters in all {
      for (outcome, count) in counters.attempts {
        let labels = [("destination", counters.name), ("outcome", outcome.word)]
        sample("delivery_attempts_total", labels, "\(count)", &text)
      }
    }
    let name = "delivery_attempt_seconds"
    family(name, "histogram", "Time of attempts that got an answer", &text)
    for counters in all {
      let label = ("destination", counters.name)
      let (buckets, sum) = counters.duration.snapshot
      var total: UInt64 = 0
      for (bound, count) in zip(Histogram.bounds, buckets) {
        total += count
        let le = ("le", "\(Double(bound) / 1_000_000)")
        sample("\(name)_bucket", [label, le], "\(total)", &text)
      }
      total += buckets[Histogram.bounds.count]
      sample("\(name)_bucket", [label, ("le", "+Inf")], "\(total)", &text)
      sample("\(name)_sum", [label], "\(Double(sum) / 1_000_000)", &text)
      sample("\(name)_count", [label], "\(total)", &text)
    }
  }
}
