internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// Routes whose answers come from the relay's thread.
extension APIHandler {
  /// Hands a call over; its answer comes as a message.
  func ask(_ kind: RelayCall.Kind, _ request: IncomingRequest) -> Answer {
    let call = RelayCall(kind: kind, connection: request.connection)
    context.relay.inbox.post(.owner(.request(call)))
    return .later
  }

  func deadLetters(_ request: IncomingRequest) throws(ProblemError) -> Answer {
    ask(.deadLetters(try RelayQuery.deadLetters(request.head.queryBytes)), request)
  }

  func deadLetter(_ id: String, _ request: IncomingRequest) -> Answer {
    ask(.deleteDeadLetter(id), request)
  }

  func replayDeadLetter(_ id: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    let body = try RelayQuery.replay(request.body, allowsDestination: false)
    return ask(.replayDeadLetter(id, body.identity), request)
  }

  func attempts(_ id: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    ask(.attempts(try find(id, body: false)), request)
  }

  func replayEvent(_ id: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    let body = try RelayQuery.replay(request.body, allowsDestination: true)
    let event = try find(id, body: false)
    return ask(.replayEvent(event, body.identity, destination: body.destination), request)
  }

  func replays(_ request: IncomingRequest) throws(ProblemError) -> Answer {
    guard request.head.methodText == "POST" else { return ask(.replays, request) }
    let wanted = try RelayQuery.replays(request.body, sources: context.sources)
    return ask(
      .startReplay(wanted.filter, wanted.identity, isDryRun: wanted.isDryRun),
      request
    )
  }
}

/// Queries and bodies of the relay's routes, checked member by member.
enum RelayQuery {
  static func deadLetters(_ raw: [UInt8]) throws(ProblemError) -> DeadLetterQuery {
    var query = DeadLetterQuery()
    for (name, value) in try parameters(raw) {
      switch name {
      case "destination": query.destination = value
      case "after": query.after = value
      case "limit":
        guard let limit = Int(value), (1...DeadLetterQuery.limitMax).contains(limit) else {
          throw .badRequest("limit is 1 to \(DeadLetterQuery.limitMax)")
        }
        query.limit = limit
      default:
        throw .badRequest(
          "there is no parameter \(name.debugDescription); there are: destination, after, limit"
        )
      }
    }
    return query
  }

  /// The parameters of a query, each once.
  static func parameters(
    _ raw: [UInt8]
  ) throws(ProblemError) -> [(name: String, value: String)] {
    let values: [(name: String, value: String)]
    do throws(HTTPError) {
      values = try QueryParameters(raw).values
    } catch {
      throw .badRequest("the query is not percent-encoded text: \(error.reason)")
    }
    var seen: Set<String> = []
    for (name, _) in values where !seen.insert(name).inserted {
      throw .badRequest("\(name) is given twice")
    }
    return values
  }

  struct Replay: Equatable {
    var identity = ReplayIdentity.same
    var destination: String?
  }

  static func replay(
    _ body: [UInt8],
    allowsDestination: Bool
  ) throws(ProblemError) -> Replay {
    var replay = Replay()
    guard !body.isEmpty else { return replay }
    let allowed = allowsDestination ? ["idempotency", "destination"] : ["idempotency"]
    for member in try ConsumerRequest.members(body, allowed: allowed) {
      switch member.key {
      case "idempotency": replay.identity = try identity(member.value)
      default: replay.destination = try text(member.value, member.key)
      }
    }
    return replay
  }

  struct Replays: Equatable {
    var filter = ReplayJob.Filter()
    var identity = ReplayIdentity.same
    var isDryRun = false
  }

  /// Sources and types of one replay: what a person writes down.
  private static let listMax = 256

  static func replays(
    _ body: [UInt8],
    sources known: [String]
  ) throws(ProblemError) -> Replays {
    var replays = Replays()
    let allowed = ["source", "type", "from", "to", "destination", "idempotency", "dry_run"]
    for member in try ConsumerRequest.members(body, allowed: allowed) {
      let value = member.value
      switch member.key {
      case "source":
        replays.filter.sources = try texts(value, "source")
        guard replays.filter.sources.allSatisfy(known.contains) else {
          throw .badRequest(
            "source names what the configuration has: \(known.joined(separator: ", "))"
          )
        }
      case "type": replays.filter.types = try texts(value, "type")
      case "from": replays.filter.from = try time(value, "from")
      case "to": replays.filter.to = try time(value, "to")
      case "destination": replays.filter.destination = try text(value, "destination")
      case "idempotency": replays.identity = try identity(value)
      default:
        guard let isDryRun = value.bool else { throw .badRequest("dry_run is true or false") }
        replays.isDryRun = isDryRun
      }
    }
    return replays
  }

  private static func identity(_ value: JSONValue) throws(ProblemError) -> ReplayIdentity {
    switch value.string {
    case "same": return .same
    case "new": return .new
    default: throw .badRequest("idempotency is \"same\" or \"new\"")
    }
  }

  private static func text(_ value: JSONValue, _ key: String) throws(ProblemError) -> String {
    guard let text = value.string else { throw .badRequest("\(key) is a text") }
    return text
  }

  /// One text or several.
  private static func texts(_ value: JSONValue, _ key: String) throws(ProblemError) -> [String] {
    if let text = value.string { return [text] }
    guard let items = value.array, items.count <= listMax else {
      throw .badRequest("\(key) is a text or an array of at most \(listMax)")
    }
    var texts: [String] = []
    for item in items { texts.append(try text(item, key)) }
    return texts
  }

  private static func time(_ value: JSONValue, _ key: String) throws(ProblemError) -> Int64 {
    guard let time = value.string.flatMap(Timestamp.init(rfc3339:)) else {
      throw .badRequest("\(key) is an RFC 3339 time such as 2026-01-02T03:04:05Z")
    }
    return time.microseconds
  }
}
