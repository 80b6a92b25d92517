internal import RelayCore
internal import WebhookReceiver

extension ConfigurationBuilder {
  mutating func destinations(
    _ sections: [(name: String, section: CheckedSection)]
  ) -> [Destination] {
    var destinations: [Destination] = []
    for (name, section) in sections {
      if let destination = destination(name, section) { destinations.append(destination) }
    }
    return destinations
  }

  /// One destination; nil when something is wrong, which is reported.
  mutating func destination(_ name: String, _ section: CheckedSection) -> Destination? {
    let urls = urls(section)
    let signing = signingSecrets(section)
    let headers = headers(section)
    let tls = tls(section.section("tls"), of: section, urls)
    guard !urls.isEmpty, let timeout = section.duration("timeout"),
      let concurrency = section.integer("concurrency"),
      case .ordering(let ordering)? = section.values["ordering"]?.value,
      let retry = section.section("retry").flatMap(Self.retry),
      let breaker = section.section("breaker").flatMap(Self.breaker),
      let format = section.word("format", as: DeliveryFormat.self),
      let onRemove = section.word("on_remove", as: RemovalPolicy.self)
    else { return nil }
    var plan = DestinationPlan(name: name, urls: urls)
    plan.timeout = timeout
    plan.concurrency = Int(concurrency)
    plan.ordering = ordering
    plan.retry = retry
    plan.breaker = breaker
    plan.secretReferences = signing.map(\.reference.description)
    plan.headers = headers
    plan.tls = tls
    plan.filter = DeliveryFilter(types: section.section("filter")?.words("types") ?? [])
    plan.format = format
    plan.onRemove = onRemove
    if let health = section.section("health"), let target = health.text("path"),
      let interval = health.duration("interval")
    {
      plan.health = HealthCheckSettings(target: target, interval: interval)
    }
    return Destination(
      plan: plan,
      secrets: signing.map(\.secret),
      tlsDigests: digests(of: tls)
    )
  }

  /// What a reload knows replaced files by; that they can be read has been looked at.
  private func digests(of tls: DestinationTLS) -> [[UInt8]] {
    [tls.authorities, tls.certificate, tls.privateKey].map { path in
      guard let path, case .success(let bytes) = environment.readFile(path) else { return [] }
      return SHA256.digest(bytes.span)
    }
  }

  private mutating func urls(_ section: CheckedSection) -> [OutboundURL] {
    var urls: [OutboundURL] = []
    for element in section.list("urls") ?? [] {
      guard case .url(let url) = element.value else { continue }
      if urls.contains(url) {
        problems.add(
          element.position,
          element.path,
          "\(quoted("\(url)")) is there already",
          "remove it; each URL gets what it can take"
        )
      }
      warnOfMetadata(url, at: element)
      urls.append(url)
    }
    return urls
  }

  /// Warns of a URL that leads to the secrets of the machine.
  mutating func warnOfMetadata(_ url: OutboundURL, at place: Checked) {
    guard let concern = MetadataAddress.concern(about: url) else { return }
    problems.warn(
      place,
      concern,
      "write another address, unless this is what you mean: it may hand out credentials"
    )
  }

  /// Secrets of the hop have the form that Standard Webhooks gives them.
  private mutating func signingSecrets(_ section: CheckedSection) -> [ResolvedSecret] {
    let profile = Profile.standardWebhooks
    let secrets = secrets(section, of: profile)
    for secret in secrets {
      do throws(VerifierError) {
        _ = try Verifier(profile: profile, secrets: [secret.secret])
      } catch {
        problems.add(
          secret.place.position,
          secret.place.path,
          "the secret cannot sign as Standard Webhooks do: \(Self.reason(error))",
          "make one with: echo whsec_$(openssl rand -base64 32)"
        )
      }
    }
    return secrets
  }

  private static func reason(_ error: VerifierError) -> String {
    switch error {
    case .secretMalformed(_, let expected): "it is not \(expected)"
    case .secretEmpty: "it has nothing behind its prefix"
    case .wrongKeyHalf(_, let expected): "it is not the \(expected)"
    default: "it is of another kind"
    }
  }

  private mutating func headers(_ section: CheckedSection) -> [RelayHeader] {
    var headers: [RelayHeader] = []
    for (name, value) in section.members("headers") {
      guard case .text(let text) = value.value else { continue }
      let header = RelayHeader(name, text)
      if let (message, suggestion) = Self.refusal(of: name, among: headers) {
        problems.add(value.position, value.path, message, suggestion)
      } else {
        headers.append(header)
      }
    }
    return headers
  }

  private static func refusal(
    of name: String,
    among headers: [RelayHeader]
  ) -> (message: String, suggestion: String)? {
    let lower = name.lowercased()
    if headers.contains(where: { $0.name.lowercased() == lower }) {
      return ("\(quoted(name)) is there already; case makes no difference", "remove one of them")
    }
    guard !RelayHeaderRules.isConfigurable(name) else { return nil }
    if !RelayHeaderRules.isToken(name) {
      return ("\(quoted(name)) is not the name of a header", "write one like X-Team")
    }
    if RelayHeaderRules.hopByHop.contains(lower) {
      return (
        "\(quoted(name)) belongs to the connection, not to the delivery",
        "remove it; the sidecar sets it as the connection needs"
      )
    }
    return (
      "\(quoted(name)) is a header that the sidecar sets itself, or the provider",
      "write another name, like X-Team"
    )
  }

  private mutating func tls(
    _ tls: CheckedSection?,
    of section: CheckedSection,
    _ urls: [OutboundURL]
  ) -> DestinationTLS {
    guard let tls else { return DestinationTLS() }
    if !tls.values.isEmpty, !urls.isEmpty, !urls.contains(where: \.origin.isTLS) {
      problems.add(
        tls.position,
        tls.path,
        "none of the URLs is https, so nothing would be encrypted",
        "write an https URL, or remove tls"
      )
    }
    for (name, other) in [("certificate", "private_key"), ("private_key", "certificate")] {
      guard let place = tls.values[name], !tls.written.contains(other) else { continue }
      problems.add(
        place.position,
        place.path,
        "a \(name) is of no use without its \(other)",
        "write \(other): \"/PATH.pem\" beside it"
      )
    }
    for (name, label) in [
      ("ca", "CERTIFICATE"), ("certificate", "CERTIFICATE"), ("private_key", "PRIVATE KEY"),
    ] {
      if let place = tls.values[name] { checkPEM(place, label) }
    }
    if let place = tls.values["private_key"], case .text(let file) = place.value {
      warnOfPermissions(file: file, at: place)
    }
    return DestinationTLS(
      authorities: tls.text("ca"),
      certificate: tls.text("certificate"),
      privateKey: tls.text("private_key")
    )
  }

  private static func retry(_ section: CheckedSection) -> RetrySchedule? {
    let delays = section.durations("schedule")
    guard !delays.isEmpty, let jitter = section.share("jitter"),
      let horizon = section.duration("horizon")
    else { return nil }
    return RetrySchedule(delays: delays, jitter: jitter, horizon: horizon)
  }

  private static func breaker(_ section: CheckedSection) -> CircuitBreaker.Settings? {
    guard let failures = section.integer("failures"), let window = section.duration("window"),
      let cooldown = section.duration("cooldown")
    else { return nil }
    return CircuitBreaker.Settings(failures: Int(failures), window: window, cooldown: cooldown)
  }
}
