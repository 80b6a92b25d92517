internal import RelayCore
internal import WebhookReceiver

/// How a provider knows us, and the secrets behind it.
extension ConfigurationBuilder {
  struct ResolvedAuth {
    var rule: PollAuth
    /// In the order of `rule.secretNames`.
    var secrets: [Secret]
  }

  /// The auth of a poll section, which may stand beside its request or in it.
  mutating func auth(_ section: CheckedSection, _ request: CheckedSection?) -> ResolvedAuth? {
    let inner = request?.section("auth")
    if let inner, section.section("auth") != nil {
      problems.add(
        inner.position,
        inner.path,
        "auth stands beside request as well",
        "remove one of them"
      )
      return nil
    }
    guard let auth = section.section("auth") ?? inner else { return nil }
    let ways = KeyTable.auth.map(\.name)
    let written = ways.filter(auth.written.contains)
    guard let way = written.first, written.count == 1 else {
      problems.add(
        auth.position,
        auth.path,
        written.isEmpty
          ? "nothing says how" : "\(written.joined(separator: " and ")) cannot hold at once",
        "write one of \(ways.joined(separator: ", "))"
      )
      return nil
    }
    return resolve(way, auth)
  }

  private mutating func resolve(_ way: String, _ auth: CheckedSection) -> ResolvedAuth? {
    var secrets: [Secret] = []
    let section = auth.section(way)
    let rule: PollAuth?
    switch way {
    case "bearer": rule = name(auth, "bearer", &secrets).map(PollAuth.bearer)
    case "basic": rule = section.flatMap { basic($0, &secrets) }
    case "header": rule = section.flatMap { header($0, &secrets) }
    case "oauth2": rule = section.flatMap { oauth2($0, &secrets) }
    default: rule = section.flatMap { command($0) }
    }
    return rule.map { ResolvedAuth(rule: $0, secrets: secrets) }
  }

  /// The reference for the plan, its secret to the others.
  private mutating func name(
    _ section: CheckedSection,
    _ key: String,
    _ secrets: inout [Secret]
  ) -> PollAuth.SecretName? {
    guard let place = section.values[key], case .secret(let reference) = place.value,
      let text = resolve(reference, at: place), isHeaderText(text, at: place),
      let secret = resolveSecret(reference, at: place)
    else { return nil }
    secrets.append(secret)
    return PollAuth.SecretName(reference.description)
  }

  /// What is sent in a header must be able to stand there.
  private mutating func isHeaderText(_ text: String, at place: Checked) -> Bool {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return true }
    problems.add(
      place.position,
      place.path,
      "the secret has a line break or another control character, and goes into a header",
      "put the token alone where the reference leads; one newline at a file's end is cut"
    )
    return false
  }

  private mutating func basic(
    _ section: CheckedSection,
    _ secrets: inout [Secret]
  ) -> PollAuth? {
    guard let user = name(section, "user", &secrets) else { return nil }
    return .basic(user: user, password: name(section, "password", &secrets))
  }

  private mutating func header(
    _ section: CheckedSection,
    _ secrets: inout [Secret]
  ) -> PollAuth? {
    guard let header = section.values["name"], case .text(let text) = header.value,
      let value = name(section, "value", &secrets), isForSecret(text, at: header)
    else { return nil }
    return .header(name: text, prefix: section.text("prefix") ?? "", value)
  }

  private mutating func isForSecret(_ header: String, at place: Checked) -> Bool {
    guard RelayHeaderRules.hopByHop.contains(header.lowercased()) else { return true }
    problems.add(
      place.position,
      place.path,
      "\(quoted(header)) belongs to the connection",
      "write the header that the provider asks for"
    )
    return false
  }

  private mutating func oauth2(
    _ section: CheckedSection,
    _ secrets: inout [Secret]
  ) -> PollAuth? {
    let id = name(section, "client_id", &secrets)
    let secret = name(section, "client_secret", &secrets)
    if let place = section.values["token_url"], case .url(let url) = place.value {
      warnOfMetadata(url, at: place)
    }
    guard let id, let secret, let url = section.url("token_url"),
      let placement = section.word(
        "credentials",
        as: PollAuth.ClientCredentials.Placement.self
      )
    else { return nil }
    var client = PollAuth.ClientCredentials(tokenURL: url, clientID: id, clientSecret: secret)
    client.scope = section.text("scope")
    client.audience = section.text("audience")
    client.placement = placement
    return .oauth2(client)
  }

  private mutating func command(_ section: CheckedSection) -> PollAuth? {
    let arguments = section.words("run")
    guard !arguments.isEmpty, let timeout = section.duration("timeout"),
      let lifetime = section.duration("lifetime"), let prefix = section.text("prefix"),
      let header = section.values["header"], case .text(let name) = header.value,
      isForSecret(name, at: header)
    else { return nil }
    var command = PollAuth.TokenCommand(arguments: arguments)
    command.timeout = timeout
    command.lifetime = lifetime
    command.header = name
    command.prefix = prefix
    return .command(command)
  }
}
