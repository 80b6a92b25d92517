internal import RelayConfiguration
internal import WebhookReceiver

/// `events list` and `events show`: what a running sidecar has stored.
package enum EventsCommand {
  /// The filters that go to the API as they are, by option and by parameter.
  private static let filters = [
    ("source", "source"), ("type", "type"), ("origin", "origin"), ("event-id", "event_id"),
    ("idempotency-key", "idempotency_key"), ("after", "after"), ("order", "order"),
  ]
  /// Deeper than any page of ours; a bound, because the answer comes from outside.
  private static let depthMax = 64

  package static func list(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let query = try listQuery(arguments, surroundings)
    let body = try APIClient(arguments, surroundings).get("/v1/events", query: query)
    if arguments.has("json") {
      try output.bytes(body.last == 0x0A ? body : body + [0x0A])
      return .success
    }
    let page = try parse(body)
    for entry in page["data"]?.array ?? [] { try output.line(line(for: entry)) }
    if page["has_more"]?.bool == true, let next = page["next"]?.string {
      surroundings.note("there is more: add --after \(TerminalText.safe(next))")
    }
    return .success
  }

  package static func show(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let id = arguments.operands.first ?? ""
    guard !id.isEmpty, id != ".", id != ".." else {
      throw .usage("events show needs an event's id, as events list prints it")
    }
    let path = "/v1/events/\(PercentEncoding.encode(id))"
    let client = try APIClient(arguments, surroundings)
    guard ["body", "request", "json"].count(where: { arguments.has($0) }) <= 1 else {
      throw .usage(
        "--body prints the exact bytes, --request the request, --json has the body in base64: "
          + "choose one"
      )
    }
    if arguments.has("body") {
      try output.bytes(try client.get("\(path)/body"))
      return .success
    }
    if arguments.has("json") {
      let body = try client.get(path, query: [("body", "base64")])
      try output.bytes(body.last == 0x0A ? body : body + [0x0A])
      return .success
    }
    let event = try parse(try client.get(path, query: [("body", "none")]))
    if arguments.has("request") {
      let body = try client.get("\(path)/body")
      try output.bytes(RequestFile.bytes(of: request(of: event, body)))
      return .success
    }
    try output.text(description(of: event))
    return .success
  }

  private static func listQuery(
    _ arguments: ParsedArguments,
    _ surroundings: Surroundings
  ) throws(CommandFailure) -> [(name: String, value: String)] {
    let values = OptionValues(arguments, surroundings)
    var query: [(name: String, value: String)] = [("body", "none")]
    try oneOf(["push", "poll", "manual"], "origin", arguments)
    try oneOf(["asc", "desc"], "order", arguments)
    for (option, parameter) in filters {
      if let value = arguments.value(option) { query.append((parameter, value)) }
    }
    for option in ["from", "to"] {
      if let time = try values.time(option) { query.append((option, time.rfc3339)) }
    }
    if arguments.has("limit") {
      query.append(("limit", String(try arguments.number("limit", in: 1...1000, default: 100))))
    }
    if try values.duration("wait") != nil, let text = arguments.value("wait") {
      query.append(("wait", text))
    }
    return query
  }

  private static func oneOf(
    _ words: [String],
    _ option: String,
    _ arguments: ParsedArguments
  ) throws(CommandFailure) {
    guard let value = arguments.value(option), !words.contains(value) else { return }
    throw .usage("--\(option) is one of \(words.joined(separator: ", "))")
  }

  private static func parse(_ body: [UInt8]) throws(CommandFailure) -> JSONValue {
    do {
      return try JSONValue.parse(body, depthMax: depthMax)
    } catch {
      throw CommandFailure(.software, "the sidecar's answer is not JSON; are the versions alike?")
    }
  }

  /// One line of the listing.
  ///
  /// `2026-01-02T03:04:05Z  github  push  7324  01ABC…  [conflict]`
  private static func line(for entry: JSONValue) -> String {
    if let gap = entry["gap"] {
      return "-- gap: \(shown(gap["from"])) to \(shown(gap["to"])), \(shown(gap["reason"]))"
    }
    let flags = (entry["flags"]?.array ?? []).map(shown).joined(separator: ",")
    let words = ["received_at", "source", "event_type", "event_id", "size", "id"]
    let line = words.map { shown(entry[$0]) }.joined(separator: "  ")
    return flags.isEmpty ? line : "\(line)  [\(flags)]"
  }

  /// The request as it was received, as far as it is stored: without headers that hold a secret.
  private static func request(of event: JSONValue, _ body: [UInt8]) -> WebhookRequest {
    var headers = HeaderFields()
    for header in event["headers"]?.array ?? [] {
      let pair = (header.array ?? []).compactMap(\.string)
      // The file gets a length of its own.
      guard pair.count == 2, pair[0].lowercased() != "content-length" else { continue }
      headers.append(pair[0], pair[1])
    }
    return WebhookRequest(
      method: event["method"]?.string ?? "POST",
      target: event["target"]?.string ?? "/",
      headers: headers,
      body: body
    )
  }

  private static func description(of event: JSONValue) -> String {
    let names = [
      "id", "sequence", "source", "origin", "event_id", "event_type", "idempotency_key",
      "received_at", "provider_time", "remote_address", "method", "target", "size", "sha256",
    ]
    var text = ""
    for name in names {
      let padding = String(repeating: " ", count: 16 - name.utf8.count)
      text += "\(name)\(padding)\(shown(event[name]))\n"
    }
    let flags = (event["flags"]?.array ?? []).map(shown)
    text += "flags           \(flags.isEmpty ? "-" : flags.joined(separator: ", "))\n\n"
    for header in event["headers"]?.array ?? [] {
      let pair = (header.array ?? []).map(shown)
      if pair.count == 2 { text += "\(pair[0]): \(pair[1])\n" }
    }
    return text
  }

  /// A value on one line; a dash stands for what is absent.
  private static func shown(_ value: JSONValue?) -> String {
    guard let value else { return "-" }
    if let text = value.string { return TerminalText.safe(text) }
    if let number = value.int { return String(number) }
    if let bool = value.bool { return String(bool) }
    return "-"
  }
}
