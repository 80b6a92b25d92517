internal import WebhookReceiver

/// `sign`: what a provider would send with a body.
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
      parameters: try values.parameters(),
      type: try values.headerText("type"),
      url: try values.url(),
      method: try values.method()
    )
    try signing.requireAddress()
    signing.noteUnused(arguments, surroundings)
    let id = try values.headerText("id") ?? signing.newID(surroundings.randomBytes)
    let time = try values.time("timestamp") ?? surroundings.now()
    let body = try values.body()
    if arguments.has("whole") {
      guard !arguments.has("json") else {
        throw .usage("--whole prints the bytes of a request; leave out --json")
      }
      let request = try signing.request(body: body, id: id, timestamp: time)
      try output.bytes(RequestFile.bytes(of: request))
      return .success
    }
    let headers = try signing.headers(body: body, id: id, timestamp: time)
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
