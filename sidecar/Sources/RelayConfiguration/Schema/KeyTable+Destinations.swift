internal import RelayCore

extension KeyTable {
  static let destination: [SettingKey] = [
    SettingKey(
      "urls",
      .list(of: .text(.outboundURL), count: 1...DestinationPlan.urlsMax),
      .required,
      "Where events are posted to: http, https or unix:/PATH; several are balanced."
    ),
    SettingKey(
      "timeout",
      .duration(Limit.attempt),
      .fallback(.text("15s")),
      "How long one attempt may take, from the connection to the end of the answer."
    ),
    SettingKey(
      "concurrency",
      .integer(
        1...DestinationPlan.concurrencyMax,
        reason: "a service that needs more at once has other problems"
      ),
      .fallback(.text("16")),
      "Attempts at the same time."
    ),
    SettingKey(
      "ordering",
      .text(.ordering),
      .fallback(.text("none")),
      "Which deliveries wait for each other: none, source, or key: and a JSON Pointer or header."
    ),
    SettingKey("retry", .section(retry), .fallback(.emptySection), "When to try again."),
    SettingKey(
      "breaker",
      .section(breaker),
      .fallback(.emptySection),
      "When to leave the service alone for a while."
    ),
    SettingKey(
      "secrets",
      .list(of: .text(.secret), count: 0...DestinationPlan.secretsMax),
      .fallback(.emptyList),
      "Sign the hop as Standard Webhooks do, one signature each; none: it is not signed."
    ),
    SettingKey(
      "headers",
      .texts(of: .headerValue, countMax: DestinationPlan.headersMax),
      .derived("none"),
      "Headers that every delivery has; not those that the sidecar sets itself."
    ),
    SettingKey(
      "tls",
      .section(tls),
      .derived("the system's trust store, and no certificate of one's own"),
      "Whom https trusts, and who the sidecar is."
    ),
    SettingKey("filter", .section(filter), .fallback(.emptySection), "Which events it gets."),
    SettingKey(
      "format",
      .choice(words(of: DeliveryFormat.self), later: []),
      .fallback(.text("original")),
      "What a delivery looks like."
    ),
    SettingKey(
      "on_remove",
      .choice(words(of: RemovalPolicy.self), later: []),
      .fallback(.text("retire")),
      "What becomes of its backlog when it leaves the configuration: retire drains it."
    ),
    SettingKey(
      "health",
      .section(health),
      .derived("none: a URL is judged by its answers"),
      "Requests by which a URL that failed is found well again."
    ),
  ]

  private static let retry: [SettingKey] = [
    SettingKey(
      "schedule",
      .list(
        of: .duration(RetrySchedule.delayMin...RetrySchedule.delayMax),
        count: 1...RetrySchedule.delaysMax
      ),
      .fallback(.texts(["1s", "5s", "30s", "2m", "10m", "1h", "6h", "12h", "1d"])),
      "How long to wait after each attempt; the last is repeated."
    ),
    SettingKey(
      "jitter",
      .share(0...RetrySchedule.jitterMax),
      .fallback(.share(0.2)),
      "By which part a wait is longer or shorter by chance."
    ),
    SettingKey(
      "horizon",
      .duration(.zero...RetrySchedule.horizonMax),
      .fallback(.text("3d")),
      "How long after the first attempt a delivery is given up."
    ),
  ]

  private static let breaker: [SettingKey] = [
    SettingKey(
      "failures",
      .integer(1...CircuitBreaker.Settings.failuresMax, reason: "the time of each is remembered"),
      .fallback(.text("10")),
      "How many failures within the window open it."
    ),
    SettingKey("window", .duration(Limit.breaker), .fallback(.text("30s")), "See failures."),
    SettingKey(
      "cooldown",
      .duration(Limit.breaker),
      .fallback(.text("15s")),
      "How long nothing is sent; then one delivery is."
    ),
  ]

  private static let tls: [SettingKey] = [
    SettingKey(
      "ca",
      .text(.file),
      .derived("the system's trust store"),
      "A PEM file with the authorities that are trusted, and no others."
    ),
    SettingKey(
      "certificate",
      .text(.file),
      .derived("none"),
      "A PEM file with the sidecar's own certificate and what leads up to the authority."
    ),
    SettingKey("private_key", .text(.file), .derived("none"), "A PEM file with its key."),
  ]

  private static let filter: [SettingKey] = [
    SettingKey(
      "types",
      .list(of: .text(.parameter), count: 0...DestinationPlan.filterTypesMax),
      .fallback(.emptyList),
      "The types of events that it gets, byte for byte; none: all, and those without a type."
    )
  ]

  private static let health: [SettingKey] = [
    SettingKey("path", .text(.target), .required, "What is asked for with GET; 2xx means well."),
    SettingKey(
      "interval",
      .duration(HealthCheckSettings.intervalMin...Limit.healthInterval),
      .fallback(.text("10s")),
      "How often, while the URL is thought to be ill."
    ),
  ]
}
