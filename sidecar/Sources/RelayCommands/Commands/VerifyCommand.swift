internal import WebhookReceiver

/// `verify`: one stored request against a profile and its secrets.
package enum VerifyCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
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
    } catch {
      throw .usage("--secret cannot be a key of \(profile.id): \(error)")
    }
    let webhook: VerifiedWebhook
    do throws(VerificationError) {
      webhook = try verifier.verify(request, at: now)
    } catch {
      try print(error, of: profile, isJSON: arguments.has("json"), output: &output)
      return .refused
    }
    let key = webhook.idempotencyKey(source: arguments.value("source") ?? profile.id)
    let result = Result(webhook: webhook, idempotencyKey: key.description)
    if arguments.has("json") {
      try output.json { result.write(to: &$0) }
    } else {
      try output.text(result.text)
    }
    return .success
  }

  private static func print(
    _ error: VerificationError,
    of profile: Profile,
    isJSON: Bool,
    output: inout Output
  ) throws(CommandFailure) {
    if isJSON {
      try output.json { refusal(of: error, profile: profile, to: &$0) }
    } else {
      try output.text("refused: \(error.reason)\n  \(error)\n")
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
    writer.endArray()
    writer.endObject()
  }
}

/// What a verified request says, in both forms.
private struct Result {
  let webhook: VerifiedWebhook
  let idempotencyKey: String

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
    writer.endObject()
  }

  var text: String {
    """
    verified
      profile          \(webhook.profile)
      event id         \(shown(webhook.eventID))
      event type       \(shown(webhook.eventType))
      timestamp        \(shown(webhook.timestamp?.rfc3339))
      idempotency key  \(idempotencyKey)
      secret           number \(webhook.secretIndex + 1)

    """
  }

  private func shown(_ text: String?) -> String {
    text.map { TerminalText.safe($0) } ?? "none"
  }
}
