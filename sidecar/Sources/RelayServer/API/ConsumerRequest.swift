internal import WebhookReceiver

/// The bodies that consumers' routes take, checked member by member.
enum ConsumerRequest {
  /// Where a consumer starts or goes.
  enum Place: Equatable {
    case earliest
    case latest
    /// Microseconds since 1970.
    case time(Int64)
    case cursor(String)
  }

  enum Mode: String {
    case cursor
    case lease
  }

  struct Definition: Equatable {
    var mode = Mode.cursor
    var sources: [String] = []
    var start = Place.earliest
    /// Nil where the definition does not say.
    var attemptsMax: UInt32?
  }

  struct Commit: Equatable {
    let cursor: String
    let generation: UInt64?
  }

  static func definition(
    _ body: [UInt8],
    sources known: [String]
  ) throws(ProblemError) -> Definition {
    let members = try members(body, allowed: ["mode", "sources", "start", "max_attempts"])
    var definition = Definition()
    for member in members {
      let value = member.value
      switch member.key {
      case "mode": definition.mode = try mode(value)
      case "sources": definition.sources = try sources(value, known)
      case "start": definition.start = try place(value, "start")
      default: definition.attemptsMax = try LeaseRequest.attempts(value)
      }
    }
    guard definition.mode == .lease || definition.attemptsMax == nil else {
      throw .badRequest("max_attempts belongs to mode lease; nothing is taken away from a cursor")
    }
    return definition
  }

  static func commit(_ body: [UInt8]) throws(ProblemError) -> Commit {
    let members = try members(body, allowed: ["cursor", "generation"])
    guard let cursor = members.first(where: { $0.key == "cursor" })?.value.string else {
      throw .badRequest("a commit names a cursor: {\"cursor\": \"…\"}")
    }
    guard let given = members.first(where: { $0.key == "generation" })?.value else {
      return Commit(cursor: cursor, generation: nil)
    }
    guard let generation = given.int, generation >= 0 else {
      throw .badRequest("generation is the number that the read gave out")
    }
    return Commit(cursor: cursor, generation: UInt64(generation))
  }

  static func seek(_ body: [UInt8]) throws(ProblemError) -> Place {
    let members = try members(body, allowed: ["to"])
    guard let to = members.first?.value else {
      throw .badRequest("a seek names a place: {\"to\": \"earliest\"}")
    }
    return try place(to, "to")
  }

  static func members(
    _ body: [UInt8],
    allowed: [String]
  ) throws(ProblemError) -> [JSONValue.Member] {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(body)
    } catch {
      throw .badRequest("the body is not JSON: \(error)")
    }
    guard let members = value.object else { throw .badRequest("the body must be a JSON object") }
    for key in members.map(\.key) where !allowed.contains(key) {
      throw .badRequest(
        "there is no member \(key.debugDescription); there are: \(allowed.joined(separator: ", "))"
      )
    }
    return members
  }

  private static func mode(_ value: JSONValue) throws(ProblemError) -> Mode {
    guard let mode = value.string.flatMap(Mode.init(rawValue:)) else {
      throw .badRequest("mode is cursor or lease")
    }
    return mode
  }

  private static func sources(
    _ value: JSONValue,
    _ known: [String]
  ) throws(ProblemError) -> [String] {
    guard let items = value.array else { throw .badRequest("sources is an array of names") }
    var sources: [String] = []
    for item in items {
      guard let name = item.string, known.contains(name) else {
        throw .badRequest(
          "sources names what the configuration has: \(known.joined(separator: ", "))"
        )
      }
      if !sources.contains(name) { sources.append(name) }
    }
    return sources
  }

  private static func place(_ value: JSONValue, _ key: String) throws(ProblemError) -> Place {
    switch value.string {
    case "earliest": return .earliest
    case "latest": return .latest
    default: break
    }
    if let members = value.object, members.count == 1, let member = members.first {
      if member.key == "cursor", let text = member.value.string { return .cursor(text) }
      if member.key == "time", let time = member.value.string.flatMap(Timestamp.init(rfc3339:)) {
        return .time(time.microseconds)
      }
    }
    throw .badRequest(
      "\(key) is \"earliest\", \"latest\", {\"time\": \"2026-01-02T03:04:05Z\"} or "
        + "{\"cursor\": \"…\"}"
    )
  }
}
