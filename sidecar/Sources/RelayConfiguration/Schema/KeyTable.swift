internal import WebhookReceiver

/// Every key of the configuration.
///
/// Its order is that of `config show` and of the JSON Schema.
enum KeyTable {
  static let root: [SettingKey] = [
    SettingKey("ingress", .section(ingress), .fallback(.emptySection), "Where providers deliver."),
    SettingKey(
      "api",
      .section(api),
      .fallback(.emptySection),
      "Where consumers pull and operators look."
    ),
    SettingKey(
      "data",
      .text(.directory),
      .fallback(.text("./webhook-sidecar-data")),
      "The directory of everything durable."
    ),
    SettingKey("journal", .section(journal), .fallback(.emptySection), "How events are kept."),
    SettingKey(
      "sources",
      .named(source, count: 1...Limit.sources),
      .required,
      "The providers, each under a name of your choice."
    ),
    SettingKey(
      "destinations",
      .named(destination, count: 0...Limit.destinations),
      .fallback(.emptySection),
      "Local services that events are relayed to, each under a name of your choice."
    ),
    SettingKey(
      "alarms",
      .section(alarms),
      .derived("nobody is told but the log"),
      "Whom to tell when deliveries stall, recover, leave a gap, or are given up."
    ),
    SettingKey("log", .section(log), .fallback(.emptySection), "Lines on standard error."),
  ]

  private static let ingress: [SettingKey] = [
    listen("127.0.0.1:8080"),
    tls("TLS for providers, on every listener but unix sockets; reloaded when the files change."),
    SettingKey(
      "reuse_port",
      .boolean,
      .fallback(.false),
      "Whether other processes of the same user may listen on the same ports."
    ),
    SettingKey(
      "proxy_protocol",
      .boolean,
      .fallback(.false),
      "Whether every connection begins with a PROXY header, of version 1 or 2."
    ),
    SettingKey(
      "trusted_proxies",
      .list(of: .text(.proxy), count: 0...Limit.addressBlocks),
      .fallback(.emptyList),
      "Who is believed about the client; unix: who connects over a unix socket."
    ),
    SettingKey(
      "forwarded_header",
      .choice(words(of: Configuration.ForwardedHeader.self), later: []),
      .fallback(.text("x-forwarded-for")),
      "The header that the trusted proxies write; the other one is ignored."
    ),
    SettingKey(
      "limits",
      .section(limits),
      .fallback(.emptySection),
      "What a sender may use of this machine."
    ),
  ]

  private static let limits: [SettingKey] = [
    SettingKey(
      "connections",
      .integer(1...Limit.connections, reason: "each takes a descriptor and memory"),
      .fallback(.text("10000")),
      "Connections at the same time."
    ),
    SettingKey(
      "header_bytes",
      .size(Limit.headerBytes, multipleOf: 1),
      .fallback(.text("32KiB")),
      "Request line and headers of one request."
    ),
    SettingKey(
      "body_bytes",
      .size(Limit.bodyBytes, multipleOf: 1),
      .fallback(.text("10MiB")),
      "The body of one request; it must fit a record of the journal."
    ),
    SettingKey(
      "header_timeout",
      .duration(Limit.timeout),
      .fallback(.text("10s")),
      "How long a head may take."
    ),
    SettingKey(
      "body_timeout",
      .duration(Limit.timeout),
      .fallback(.text("30s")),
      "How long a body may take."
    ),
    SettingKey(
      "idle_timeout",
      .duration(Limit.timeout),
      .fallback(.text("75s")),
      "How long a connection may wait for its next request."
    ),
  ]

  private static let api: [SettingKey] = [
    listen("127.0.0.1:8081"),
    tls("TLS for consumers, on every listener but unix sockets; reloaded when the files change."),
    SettingKey(
      "tokens",
      .list(of: .section(token), count: 0...Limit.tokens),
      .fallback(.emptyList),
      "Who may use the API; none: loopback and unix sockets only."
    ),
  ]

  private static let token: [SettingKey] = [
    SettingKey("name", .text(.name), .required, "What status and log call its bearer."),
    SettingKey(
      "token",
      .text(.secret),
      .required,
      "The token, as a secret reference; at least \(TokenRule.bytesMin) characters."
    ),
    SettingKey(
      "scopes",
      .list(of: .text(.scope), count: 1...Limit.scopes),
      .required,
      "What it allows: read, operate, metrics, pull:NAME."
    ),
  ]

  private static let journal: [SettingKey] = [
    SettingKey(
      "segment_bytes",
      .size(Limit.segmentBytes, multipleOf: Limit.blockBytes),
      .fallback(.text("64MiB")),
      "The size of one file of the journal; a multiple of 4KiB."
    ),
    SettingKey(
      "reserve_bytes",
      .size(Limit.reserveBytes, multipleOf: 1),
      .fallback(.text("64MiB")),
      "What is left free on the disk."
    ),
    SettingKey(
      "on_damage",
      .choice(words(of: Configuration.JournalSettings.OnDamage.self), later: []),
      .fallback(.text("continue")),
      "Whether damage in the journal keeps new events out."
    ),
    SettingKey(
      "recycle",
      .boolean,
      .fallback(.true),
      "Whether files of removed segments are used again; false leaves no byte of an event behind."
    ),
    SettingKey(
      "retention",
      .section(retention),
      .fallback(.emptySection),
      "When old events are removed."
    ),
  ]

  private static let retention: [SettingKey] = [
    SettingKey(
      "age",
      .duration(Limit.retentionAge),
      .fallback(.text("7d")),
      "How long an event is kept, in time that has passed; setting a clock changes nothing."
    ),
    SettingKey(
      "bytes",
      .size(Limit.retentionBytes, multipleOf: 1),
      .fallback(.text("20GiB")),
      "What all segments may take; beyond that the oldest go before their time."
    ),
    SettingKey(
      "undelivered",
      .choice(words(of: Configuration.JournalSettings.Undelivered.self), later: []),
      .fallback(.text("keep")),
      "What happens to events that a destination has not taken yet."
    ),
  ]

  private static let log: [SettingKey] = [
    SettingKey(
      "format",
      .choice(words(of: LogFormat.self), later: []),
      .fallback(.text("json")),
      "One JSON object a line, or key=value."
    ),
    SettingKey(
      "level",
      .choice(words(of: LogLevel.self), later: []),
      .fallback(.text("info")),
      "The least important lines that are written."
    ),
    SettingKey(
      "access",
      .boolean,
      .fallback(.false),
      "Whether each request has a line as well, whatever the level is."
    ),
  ]

  private static func listen(_ address: String) -> SettingKey {
    SettingKey(
      "listen",
      .list(of: .text(.listenAddress), count: 1...Limit.listeners),
      .fallback(.texts([address])),
      "host:port, [v6]:port, unix:/path, or systemd:NAME for sockets of that name."
    )
  }

  static func words<Word: CaseIterable & RawRepresentable>(
    of type: Word.Type
  ) -> [String] where Word.RawValue == String {
    Word.allCases.map(\.rawValue)
  }
}
