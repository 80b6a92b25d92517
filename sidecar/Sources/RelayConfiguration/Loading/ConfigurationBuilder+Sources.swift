internal import RelayCore
internal import WebhookReceiver

extension ConfigurationBuilder {
  mutating func sources(_ sections: [(name: String, section: CheckedSection)]) -> [Source] {
    checkPaths(sections.map(\.section))
    var sources: [Source] = []
    for (name, section) in sections {
      if let source = source(name, section) { sources.append(source) }
    }
    return sources
  }

  /// A request has one path, and a path one source.
  private mutating func checkPaths(_ sections: [CheckedSection]) {
    var places: [String: Checked] = [:]
    for section in sections {
      for value in [section.values["path"]].compactMap(\.self) + (section.list("aliases") ?? []) {
        guard case .text(let path) = value.value else { continue }
        if let first = places[path] {
          problems.add(
            value.position,
            value.path,
            "\(quoted(path)) is taken by \(first.path) at line \(first.position.line), column "
              + "\(first.position.column)",
            "write another path, or remove one of them"
          )
        } else {
          places[path] = value
        }
      }
    }
  }

  private mutating func source(_ name: String, _ section: CheckedSection) -> Source? {
    let verify = section.section("verify")
    let idempotency = section.section("idempotency")
    let named = profile(verify)
    let secrets = secrets(verify, of: named)
    let poll = poll(section.section("poll"))
    guard let named else { return nil }
    let quarantine = verify.flatMap { quarantineBytes($0, named) }
    let profile = profile(named, readingIDBy: idempotency)
    let handshake = handshake(section.section("handshake"))
    let reply = reply(section.section("reply"), of: profile)
    if let poll { checkPushID(poll, profile, section) }
    let verifier = verify.flatMap { self.verifier(profile, secrets, $0) }
    guard let verifier, let reply, let path = section.text("path"),
      let idempotency,
      let replayGuard = idempotency.word("replay_guard", as: ConfiguredReplayGuard.self)
    else { return nil }
    let allow = blocks(section, "allow")
    let deny = blocks(section, "deny")
    return Source(
      name: name,
      path: path,
      aliases: (section.list("aliases") ?? []).compactMap { alias in
        if case .text(let path) = alias.value { path } else { nil }
      },
      profileName: verify?.values["profile"].flatMap(Self.profileName) ?? profile.id,
      profile: profile,
      secrets: secrets.map(\.secret),
      secretReferences: secrets.map(\.reference),
      tolerance: verify?.duration("tolerance") ?? Self.tolerance(of: profile),
      verifier: verifier,
      quarantineBytes: quarantine,
      clientNames: verify?.words("client_names") ?? [],
      url: verify?.text("url"),
      parameters: verify?.texts("parameters") ?? [:],
      handshake: handshake,
      allow: allow.isEmpty ? nil : AllowList(blocks: allow),
      deny: deny.isEmpty ? nil : DenyList(blocks: deny),
      allowBlocks: allow.map(\.description),
      denyBlocks: deny.map(\.description),
      identity: identity(idempotency, profile),
      window: window(idempotency, profile, verifier, poll?.plan),
      replayGuard: replayGuard,
      reply: reply,
      rateLimit: section.section("rate_limit").flatMap { rateLimit($0) },
      destinations: section.words("destinations"),
      poll: poll
    )
  }

  /// An id that a stranger may write into a header cannot be declared bound: one delivery sent
  /// again under the id of another would keep the other out.
  private mutating func identity(
    _ idempotency: CheckedSection?,
    _ profile: Profile
  ) -> Profile.Identity {
    let identity: Profile.Identity = idempotency?.word("identity") ?? profile.identity
    if identity == .boundID, profile.identity != .boundID, !profile.bindsID,
      let place = idempotency?.values["identity"]
    {
      problems.add(
        place.position,
        place.path,
        "the signature does not cover the id of \(profile.id)",
        "write \"unbound_id\", or read the id from what is signed"
      )
    }
    return identity
  }

  /// A key that is forgotten while its request still verifies lets the same request in again.
  private mutating func window(
    _ idempotency: CheckedSection,
    _ profile: Profile,
    _ verifier: Verifier,
    _ poll: PollPlan?
  ) -> Duration {
    let replayable = (verifier.toleratedPast ?? .zero) + (verifier.toleratedFuture ?? .zero)
    guard let window = idempotency.duration("window") else {
      return max(profile.deduplicationWindow, replayable, Self.window(poll) ?? .zero)
    }
    if let reach = poll.flatMap(Self.reach), window < reach,
      let place = idempotency.values["window"]
    {
      problems.add(
        place.position,
        place.path,
        "polling reaches back \(reach.configurationText), and would bring events again whose keys "
          + "are forgotten",
        "write at least \"\(reach.configurationText)\""
      )
    }
    if window < replayable, let place = idempotency.values["window"] {
      problems.add(
        place.position,
        place.path,
        "a request verifies for \(replayable.configurationText), and its key would be forgotten "
          + "before that",
        "write at least \"\(replayable.configurationText)\""
      )
    }
    return window
  }

  /// A day more than a walk reaches, because a key's time begins when its event is durable; whole
  /// days, for people.
  private static func window(_ poll: PollPlan?) -> Duration? {
    guard let reach = poll.flatMap(reach) else { return nil }
    let day: Int64 = 86_400
    return .seconds((reach.components.seconds + day - 1) / day * day + day)
  }

  /// The one number that says the same as the profile; nil where past and future differ.
  private static func tolerance(of profile: Profile) -> Duration? {
    guard let window = profile.timestampTolerance, window.past == window.future else { return nil }
    return window.past
  }

  private func blocks(_ section: CheckedSection, _ name: String) -> [AddressBlock] {
    (section.list(name) ?? []).compactMap { element in
      if case .addressBlock(let block) = element.value { block } else { nil }
    }
  }

  /// The profile that a source names; what is wrong with one in a file is reported where it is
  /// named.
  private mutating func profile(_ verify: CheckedSection?) -> Profile? {
    guard let verify, let place = verify.values["profile"],
      let name = verify.profile("profile")
    else { return nil }
    let path: String
    switch name {
    case .builtIn(let profile): return profile
    case .file(let file): path = file
    }
    let bytes: [UInt8]
    switch environment.readFile(path) {
    case .success(let content): bytes = content
    case .failure(let failure):
      problems.add(
        place.position,
        place.path,
        "cannot read \(shown(path)): \(failure.reason)",
        "write the path of a profile, as webhook-sidecar profiles NAME --json prints one; "
          + "a relative path begins in the working directory"
      )
      return nil
    }
    do throws(ProfileError) {
      return try Profile(json: bytes)
    } catch {
      problems.add(
        place.position,
        place.path,
        "\(shown(path)) holds no profile: \(error)",
        "webhook-sidecar profiles \(path) says the same while you mend it"
      )
      return nil
    }
  }

  private static func profileName(_ place: Checked) -> String? {
    guard case .profile(let name) = place.value else { return nil }
    return switch name {
    case .builtIn(let profile): profile.id
    case .file(let path): "file:\(path)"
    }
  }

  private func profile(_ profile: Profile, readingIDBy section: CheckedSection?) -> Profile {
    guard let elements = section?.list("id") else { return profile }
    return profile.readingID(
      from: elements.compactMap { element in
        if case .place(let place) = element.value { place } else { nil }
      }
    )
  }
}

extension ConfigurationBuilder {
  /// Each secret is tried alone first, so that every one that is wrong is named.
  private mutating func verifier(
    _ profile: Profile,
    _ secrets: [ResolvedSecret],
    _ verify: CheckedSection
  ) -> Verifier? {
    let parameters = verify.texts("parameters")
    for secret in secrets {
      do throws(VerifierError) {
        _ = try Verifier(profile: profile, secrets: [secret.secret], parameters: parameters)
      } catch {
        report(error, at: place(of: error, verify) ?? secret.place, profile)
      }
    }
    if profile.signsURL, verify.text("url") == nil, let place = verify.values["profile"] {
      problems.add(
        place.position,
        place.path,
        "\(profile.title) signs the URL that it posts to, and there is none",
        "write url: \"https://…\" beside it, as it is registered at the provider"
      )
    }
    guard problems.isEmpty, !secrets.isEmpty else { return nil }
    do throws(VerifierError) {
      return try Verifier(
        profile: profile,
        secrets: secrets.map(\.secret),
        tolerance: verify.duration("tolerance"),
        parameters: parameters
      )
    } catch {
      if let place = verify.values["secrets"] { report(error, at: place, profile) }
      return nil
    }
  }

  /// Where a mistake stands that is not the secret's.
  private func place(of error: VerifierError, _ verify: CheckedSection) -> Checked? {
    switch error {
    case .parameterMissing, .parameterUnknown:
      verify.values["parameters"] ?? verify.values["profile"]
    case .profileInvalid: verify.values["profile"]
    default: nil
    }
  }

  private mutating func handshake(_ section: CheckedSection?) -> Source.Handshake {
    var handshake = Source.Handshake(options: .init())
    guard let section else { return handshake }
    handshake.options.topics = section.words("topics")
    handshake.options.allowedOrigins = section.words("origins")
    guard let place = section.values["verify_token"], case .secret(let reference) = place.value
    else { return handshake }
    handshake.verifyTokenReference = reference
    handshake.options.verifyToken = resolveSecret(reference, at: place)
    return handshake
  }

  private mutating func report(_ error: VerifierError, at place: Checked, _ profile: Profile) {
    let copy = "copy it from \(profile.title) as it is shown there"
    let (message, suggestion) =
      switch error {
      case .noSecrets: ("there is no secret", "write one")
      case .tooManySecrets(let max): ("there are more than \(max) secrets", "remove the oldest")
      case .secretMalformed(_, let expected): ("the secret is not \(expected)", copy)
      case .secretEmpty: ("the secret has nothing behind its prefix", copy)
      case .wrongKeyHalf(_, let expected):
        ("the secret is the wrong half of a key pair", "give the \(expected)")
      case .digestUnavailable(let name):
        ("libcrypto has no \(name)", "enable it in the configuration of OpenSSL")
      case .toleranceNegative: ("the tolerance is negative", "write how far a time may be from now")
      case .profileInvalid(let why):
        ("the profile does not fit together: \(why)", "mend the profile")
      case .parameterMissing(let name):
        ("the scheme needs the setting \(name)", "write parameters: { \(name): \"…\" }")
      case .parameterUnknown(let name, let known):
        (
          "\(profile.title) has no setting \(name)",
          known.isEmpty ? "remove it" : "it has \(known.joined(separator: ", "))"
        )
      }
    problems.add(place.position, place.path, message, suggestion)
  }

  private mutating func reply(_ section: CheckedSection?, of profile: Profile) -> Source.Reply? {
    guard let section else { return nil }
    let status = section.integer("status").map(Int.init) ?? profile.reply.status
    let body = section.text("body") ?? profile.reply.body
    // These two have no body, and a client would read one as the next response.
    if (status == 204 || status == 205) && !body.isEmpty {
      let place = section.values["status"] ?? section.values["body"]
      problems.add(
        place?.position ?? section.position,
        place?.path ?? section.path,
        "a reply with the status \(status) has no body",
        "write 200, or body: \"\""
      )
    }
    return Source.Reply(
      status: status,
      contentType: section.text("content_type") ?? profile.reply.contentType,
      body: Array(body.utf8)
    )
  }
}
