internal import WebhookReceiver

extension KeyTable {
  static let source: [SettingKey] = [
    SettingKey("path", .text(.path), .required, "Where the provider posts to, byte for byte."),
    SettingKey(
      "aliases",
      .list(of: .text(.path), count: 0...Limit.aliases),
      .fallback(.emptyList),
      "Older paths that stay valid."
    ),
    SettingKey("verify", .section(verify), .required, "How deliveries prove who sent them."),
    SettingKey(
      "allow",
      .list(of: .text(.addressBlock), count: 0...Limit.addressBlocks),
      .fallback(.emptyList),
      "Who may connect; empty: everybody, signatures decide."
    ),
    SettingKey(
      "deny",
      .list(of: .text(.addressBlock), count: 0...Limit.addressBlocks),
      .fallback(.emptyList),
      "Who may not connect, even when allowed."
    ),
    SettingKey(
      "rate_limit",
      .section(rateLimit),
      .derived("none: as much as comes"),
      "How much of a source is taken; only what verifies is counted."
    ),
    SettingKey(
      "idempotency",
      .section(idempotency),
      .fallback(.emptySection),
      "Which deliveries are the same event."
    ),
    SettingKey("reply", .section(reply), .fallback(.emptySection), "What the provider hears."),
    SettingKey(
      "handshake",
      .section(handshake),
      .fallback(.emptySection),
      "What the requests need by which the provider proves the endpoint."
    ),
    SettingKey(
      "destinations",
      .list(of: .text(.name), count: 0...Limit.destinations),
      .fallback(.emptyList),
      "The names of the destinations that get its events, from when an event comes in."
    ),
    SettingKey(
      "poll",
      .preset(poll),
      .derived("none: what the provider gives up delivering is lost"),
      "How missed events are fetched from the provider."
    ),
    .later("registration", "How the webhook is registered at the provider."),
  ]

  private static let rateLimit: [SettingKey] = [
    SettingKey(
      "requests_per_second",
      .integer(1...Limit.requestsPerSecond, reason: "a rate is at least one in a second"),
      .derived("any number"),
      "Deliveries a second, over time."
    ),
    SettingKey(
      "burst",
      .integer(1...Limit.requestsPerSecond, reason: "less than one would let nothing in"),
      .derived("what requests_per_second brings in one second"),
      "Deliveries that may come at once after a silence."
    ),
    SettingKey(
      "bytes_per_second",
      .size(Limit.bytesPerSecond, multipleOf: 1),
      .derived("any number"),
      "Bytes of bodies a second, over time; a larger body gets in, and pays afterwards."
    ),
  ]

  private static let verify: [SettingKey] = [
    SettingKey(
      "profile",
      .text(.profile),
      .required,
      "The provider's way to sign; file:PATH for a profile of your own."
    ),
    SettingKey(
      "secrets",
      .list(of: .text(.secret), count: 1...Limit.secrets),
      .required,
      "References: env:NAME, file:PATH or literal:VALUE; several while one is replaced."
    ),
    SettingKey(
      "tolerance",
      .duration(Limit.tolerance),
      .derived("the profile's"),
      "How far a signed time may be from now."
    ),
    SettingKey(
      "url",
      .text(.url),
      .derived("none; required where the scheme signs it"),
      "The URL that the provider posts to; its query is the request's."
    ),
    SettingKey(
      "parameters",
      .texts(of: .parameter, countMax: Limit.parameters),
      .derived("none; required where the profile says so"),
      "Settings that the profile asks for by name, such as PayPal's webhook_id."
    ),
    SettingKey(
      "client_names",
      .list(of: .text(.parameter), count: 1...Limit.clientNames),
      .derived("any, or none"),
      "Names of which the client's certificate must have one; ingress.tls.client_ca asks for it."
    ),
    SettingKey(
      "on_failure",
      .choice(["reject", "quarantine"], later: []),
      .fallback(.text("reject")),
      "What becomes of a delivery that does not verify: answered 401, and kept apart if asked for."
    ),
    SettingKey(
      "quarantine_bytes",
      .size(Limit.quarantineBytes, multipleOf: Limit.quarantineBlockBytes),
      .derived("64MiB where deliveries are kept"),
      "Room for what is kept apart; an eighth of it for what one address sends."
    ),
  ]

  private static let handshake: [SettingKey] = [
    SettingKey(
      "verify_token",
      .text(.secret),
      .derived("none: such requests are refused"),
      "What hub.verify_token must be (Meta); a reference like those of secrets."
    ),
    SettingKey(
      "topics",
      .list(of: .text(.parameter), count: 0...Limit.subscriptions),
      .fallback(.emptyList),
      "The topics that were subscribed to; others are not confirmed (WebSub)."
    ),
    SettingKey(
      "origins",
      .list(of: .text(.parameter), count: 0...Limit.subscriptions),
      .fallback(.emptyList),
      "The origins that may send, or * for any (CloudEvents)."
    ),
  ]

  private static let idempotency: [SettingKey] = [
    SettingKey(
      "id",
      .list(of: .text(.place), count: 1...Limit.places),
      .derived("the profile's"),
      "Where the event's id is: header:NAME or json:/POINTER; the first present counts."
    ),
    SettingKey(
      "identity",
      .choice(words(of: Profile.Identity.self), later: []),
      .derived("the profile's, or by where id is"),
      "What counts as the same event."
    ),
    SettingKey(
      "window",
      .duration(Limit.window),
      .derived("the profile's"),
      "How long an event is recognised when it comes again."
    ),
    SettingKey(
      "replay_guard",
      .choice(words(of: ConfiguredReplayGuard.self), later: []),
      .fallback(.text("flag")),
      "What becomes of the same signed bytes under another id."
    ),
  ]

  private static let reply: [SettingKey] = [
    SettingKey(
      "status",
      .integer(
        200...299,
        reason: "anything else tells the provider to send again, or to give up for good"
      ),
      .derived("the profile's"),
      "The status of a delivery that is accepted."
    ),
    SettingKey(
      "content_type",
      .text(.contentType),
      .derived("the profile's, or text/plain"),
      "The type of the body."
    ),
    SettingKey(
      "body",
      .text(.replyBody),
      .derived("the profile's"),
      "The body; at most \(Limit.replyBodyBytes) bytes."
    ),
  ]
}
