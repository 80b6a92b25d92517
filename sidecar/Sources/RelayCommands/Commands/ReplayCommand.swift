internal import WebhookReceiver

/// `events replay` and `replay`: has a running sidecar deliver events again.
package enum ReplayCommand {
  package static func one(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let id = arguments.operands.first ?? ""
    guard !id.isEmpty, id != ".", id != ".." else {
      throw .usage("events replay needs an event's id, as events list prints it")
    }
    var writer = JSONWriter()
    writer.beginObject()
    try writeIdentity(arguments, to: &writer)
    if let destination = arguments.value("destination") {
      writer.key("destination")
      writer.string(destination)
    }
    writer.endObject()
    let path = "/v1/events/\(PercentEncoding.encode(id))/replay"
    let body = try APIClient(arguments, surroundings).post(path, writer.bytes)
    return try print(body, arguments, &output)
  }

  package static func many(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let values = OptionValues(arguments, surroundings)
    var writer = JSONWriter()
    writer.beginObject()
    for option in ["source", "type"] where arguments.has(option) {
      writer.key(option)
      writer.beginArray()
      for value in arguments.values(option) { writer.string(value) }
      writer.endArray()
    }
    for option in ["from", "to"] {
      guard let time = try values.time(option) else { continue }
      writer.key(option)
      writer.timestamp(time)
    }
    if let destination = arguments.value("destination") {
      writer.key("destination")
      writer.string(destination)
    }
    try writeIdentity(arguments, to: &writer)
    if arguments.has("dry-run") {
      writer.key("dry_run")
      writer.bool(true)
    }
    writer.endObject()
    let body = try APIClient(arguments, surroundings).post("/v1/replays", writer.bytes)
    return try print(body, arguments, &output)
  }

  private static func writeIdentity(
    _ arguments: ParsedArguments,
    to writer: inout JSONWriter
  ) throws(CommandFailure) {
    guard let text = arguments.value("idempotency") else { return }
    guard text == "same" || text == "new" else { throw .usage("--idempotency is one of same, new") }
    writer.key("idempotency")
    writer.string(text)
  }

  private static func print(
    _ body: [UInt8],
    _ arguments: ParsedArguments,
    _ output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    if arguments.has("json") {
      try output.bytes(body.last == 0x0A ? body : body + [0x0A])
    } else {
      try output.bytes(PrettyJSON.lines(body))
    }
    return .success
  }
}
