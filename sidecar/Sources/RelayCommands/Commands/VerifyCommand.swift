internal import WebhookReceiver

/// `verify`: one stored request against a profile and its secrets.
package enum VerifyCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    // Whoever gives one alone expects that it verifies.
    guard arguments.has("explain") || !arguments.has("retired-secret") else {
      throw .usage(
        "--retired-secret verifies nothing and only explains a refusal; add --explain, or give a "
          + "secret that still counts with --secret"
      )
    }
    let values = OptionValues(arguments, surroundings)
    let profile = try values.profile()
    let secrets = try values.secrets()
    let tolerance = try values.duration("tolerance")
    let now = try values.time("now") ?? surroundings.now()
    let file = try requestFile(arguments, surroundings)
    var request = file.request
    request.url = try values.url()
    let parameters = try values.parameters()
    for note in file.notes { surroundings.note(note) }
    let explanation = ExplanationRequest(
      isWanted: arguments.has("explain"),
      retiredSecrets: try values.secrets("retired-secret")
    )
    let verifier: Verifier
    do {
      verifier = try Verifier(
        profile: profile,
        secrets: secrets,
        tolerance: tolerance,
        parameters: parameters
      )
    } catch .parameterMissing(let name) {
      throw .usage("\(profile.id) needs --parameter \(name)=VALUE")
    } catch .parameterUnknown(let name, let known) {
      let choice = known.isEmpty ? "none" : known.joined(separator: ", ")
      throw .usage("\(profile.id) has no --parameter \(name); it has \(choice)")
    } catch {
      var explainer = Explainer(profile, secrets, parameters: parameters)
      let found = explanation.causes { retired in
        explainer.causes(of: request, at: now, retiredSecrets: retired)
      }
      guard let found, !found.isEmpty else {
        throw .usage("--secret cannot be a key of \(profile.id): \(error)")
      }
      let refusal = VerificationError.keyUnusable("--secret cannot be a key: \(error)")
      try print(refusal, found, of: profile, arguments, output: &output)
      return .refused
    }
    let webhook: VerifiedWebhook
    do throws(VerificationError) {
      webhook = try verifier.verify(request, at: now)
    } catch {
      let found = explanation.causes { retired in
        verifier.explain(request, at: now, retiredSecrets: retired)
      }
      try print(error, found, of: profile, arguments, output: &output)
      return .refused
    }
    let result = Result(webhook: webhook, source: arguments.value("source") ?? profile.id)
    if arguments.has("json") {
      try output.json { result.write(to: &$0) }
    } else {
      try output.text(result.text)
    }
    return .success
  }

  private static func print(
    _ error: VerificationError,
    _ explanation: [Explanation]?,
    of profile: Profile,
    _ arguments: ParsedArguments,
    output: inout Output
  ) throws(CommandFailure) {
    if arguments.has("json") {
      try output.json { refusal(of: error, explanation ?? [], profile: profile, to: &$0) }
      return
    }
    try output.text("refused: \(error.reason)\n  \(error)\n")
    guard let explanation else { return }
    if explanation.isEmpty {
      try output.text(
        """
        no usual mistake explains it
          most likely the secret is another endpoint's, or the body is not the one that was sent;
          older secrets are tried with --retired-secret, other addresses with --url

        """
      )
    }
    for found in explanation {
      try output.text("\(found.cause.rawValue)\n  \(TerminalText.safe(found.detail))\n")
    }
  }

  private static func requestFile(
    _ arguments: ParsedArguments,
    _ surroundings: Surroundings
  ) throws(CommandFailure) -> RequestFile {
    let bytes = try surroundings.contents(
      of: try arguments.required("request"),
      limit: RequestFile.bytesMax,
      option: "--request",
      allowsInput: true
    )
    do {
      return try RequestFile(bytes)
    } catch {
      throw .usage("--request holds no HTTP request: \(error)")
    }
  }

  private static func refusal(
    of error: VerificationError,
    _ explanation: [Explanation],
    profile: Profile,
    to writer: inout JSONWriter
  ) {
    writer.beginObject()
    writer.key("verified")
    writer.bool(false)
    writer.key("profile")
    writer.string(profile.id)
    writer.key("failure")
    writer.string(error.reason)
    writer.key("explanation")
    writer.beginArray()
    for found in explanation {
      writer.beginObject()
      writer.key("cause")
      writer.string(found.cause.rawValue)
      writer.key("detail")
      writer.string(found.detail)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
  }
}

/// Whether the usual mistakes are to be tried, and with what.
private struct ExplanationRequest {
  let isWanted: Bool
  let retiredSecrets: [Secret]

  /// Nil when nobody asked.
  func causes(_ find: ([Secret]) -> [Explanation]) -> [Explanation]? {
    isWanted ? find(retiredSecrets) : nil
  }
}

/// What a verified request says, in both forms.
private struct Result {
  /// So many items are printed for people; --json has all.
  private static let shownItemsMax = 20

  let webhook: VerifiedWebhook
  let idempotencyKey: String
  /// The events of a delivery of several, with their keys.
  let items: [(facts: EventFacts, key: String)]

  init(webhook: VerifiedWebhook, source: String) {
    self.webhook = webhook
    idempotencyKey = webhook.idempotencyKey(source: source).description
    let facts = webhook.items
    let keys = webhook.idempotencyKeys(source: source)
    items = zip(facts, keys).map { ($0, $1.description) }
  }

  func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("verified")
    writer.bool(true)
    writer.key("profile")
    writer.string(webhook.profile)
    writer.key("event_id")
    writer.stringOrNull(webhook.eventID)
    writer.key("event_type")
    writer.stringOrNull(webhook.eventType)
    writer.key("timestamp")
    writer.stringOrNull(webhook.timestamp?.rfc3339)
    writer.key("idempotency_key")
    writer.string(idempotencyKey)
    writer.key("secret_index")
    writer.int(webhook.secretIndex)
    if !items.isEmpty {
      writer.key("items")
      writer.beginArray()
      for item in items {
        writer.beginObject()
        writer.key("event_id")
        writer.stringOrNull(item.facts.id)
        writer.key("event_type")
        writer.stringOrNull(item.facts.type)
        writer.key("idempotency_key")
        writer.string(item.key)
        writer.endObject()
      }
      writer.endArray()
    }
    writer.endObject()
  }

  var text: String {
    let facts = """
      verified
        profile          \(webhook.profile)
        event id         \(shown(webhook.eventID))
        event type       \(shown(webhook.eventType))
        timestamp        \(shown(webhook.timestamp?.rfc3339))
        idempotency key  \(idempotencyKey)
        secret           number \(webhook.secretIndex + 1)

      """
    guard !items.isEmpty else { return facts }
    let lines = items.prefix(Self.shownItemsMax).map { item in
      "    \(shown(item.facts.id))  \(shown(item.facts.type))  \(item.key)\n"
    }
    let rest = items.count - lines.count
    let more = rest > 0 ? "    and \(rest) more: --json has all\n" : ""
    return facts + "  items            \(items.count), each with a key of its own\n"
      + lines.joined() + more
  }

  private func shown(_ text: String?) -> String {
    text.map { TerminalText.safe($0) } ?? "none"
  }
}
