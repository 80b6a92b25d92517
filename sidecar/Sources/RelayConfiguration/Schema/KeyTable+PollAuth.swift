internal import RelayCore

/// How a provider knows us: one of these keys.
extension KeyTable {
  static let auth: [SettingKey] = [
    SettingKey(
      "bearer",
      .text(.secret),
      .derived("none"),
      "A token, as a reference, for Authorization: Bearer."
    ),
    SettingKey("basic", .section(basic), .derived("none"), "Authorization: Basic."),
    SettingKey("header", .section(header), .derived("none"), "Any header."),
    SettingKey(
      "oauth2",
      .section(oauth2),
      .derived("none"),
      "Client credentials, RFC 6749 section 4.4."
    ),
    SettingKey(
      "command",
      .section(command),
      .derived("none"),
      "A program that prints a token on one line, and its expiry on a second one if it has one."
    ),
  ]

  private static let basic: [SettingKey] = [
    SettingKey("user", .text(.secret), .required, "A reference; literal:NAME for a name."),
    SettingKey("password", .text(.secret), .derived("empty"), "A reference."),
  ]

  private static let header: [SettingKey] = [
    SettingKey("name", .text(.headerName), .required, "The header."),
    SettingKey("prefix", .text(.headerPrefix), .derived("none"), "What stands before the secret."),
    SettingKey("value", .text(.secret), .required, "The secret, as a reference."),
  ]

  private static let oauth2: [SettingKey] = [
    SettingKey("token_url", .text(.outboundURL), .required, "Where tokens are given out."),
    SettingKey("client_id", .text(.secret), .required, "A reference; literal:ID for an id."),
    SettingKey("client_secret", .text(.secret), .required, "A reference."),
    SettingKey("scope", .text(.parameter), .derived("none"), "What is asked for."),
    SettingKey("audience", .text(.parameter), .derived("none"), "Whom the token is for (Auth0)."),
    SettingKey(
      "credentials",
      .choice(words(of: PollAuth.ClientCredentials.Placement.self), later: []),
      .fallback(.text("basic")),
      "Where id and secret go: Authorization: Basic, or the body."
    ),
  ]

  private static let command: [SettingKey] = [
    argumentsKey("The program and its arguments; there is no shell."),
    SettingKey(
      "timeout",
      .duration(Limit.command),
      .fallback(.text("10s")),
      "How long it may take."
    ),
    SettingKey(
      "lifetime",
      .duration(Limit.tokenLifetime),
      .fallback(.text("5m")),
      "How long its token is used when it prints no expiry."
    ),
    SettingKey("header", .text(.headerName), .fallback(.text("Authorization")), "The header."),
    SettingKey(
      "prefix",
      .text(.headerPrefix),
      .fallback(.text("Bearer ")),
      "What stands before the token."
    ),
  ]

  private static func argumentsKey(_ summary: String) -> SettingKey {
    SettingKey(
      "run",
      .list(of: .text(.argument), count: 1...Limit.arguments),
      .required,
      summary
    )
  }

  static let alarms: [SettingKey] = [
    SettingKey(
      "command",
      .list(of: .text(.argument), count: 1...Limit.arguments),
      .derived("none"),
      "A program and its arguments, without a shell; it reads one JSON object from its input."
    ),
    SettingKey(
      "url",
      .text(.outboundURL),
      .derived("none"),
      "Takes the same object by POST."
    ),
    SettingKey(
      "min_interval",
      .duration(Limit.alarmInterval),
      .fallback(.text("1m")),
      "The same alarm is not repeated sooner."
    ),
  ]
}
