internal import WebhookReceiver

/// `sign`: the headers a provider would send with a body.
package enum SignCommand {
  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let values = OptionValues(arguments, surroundings)
    let signing = Signing(
      profile: try values.profile(),
      secret: try values.secret(),
      type: try values.headerText("type")
    )
    let id = try values.headerText("id")
    let time = try values.time("timestamp") ?? surroundings.now()
    let body = try values.body()
    let headers = try signing.headers(
      body: body,
      id: id ?? signing.newID(surroundings.randomBytes),
      timestamp: time
    )
    guard arguments.has("json") else {
      for (name, value) in headers { try output.line("\(name): \(value)") }
      return .success
    }
    try output.json { writer in
      writer.beginObject()
      writer.key("profile")
      writer.string(signing.profile.id)
      writer.key("headers")
      writer.beginArray()
      for (name, value) in headers {
        writer.beginArray()
        writer.string(name)
        writer.string(value)
        writer.endArray()
      }
      writer.endArray()
      writer.endObject()
    }
    return .success
  }
}
