internal import Foundation
internal import WebhookReceiver

/// The JSON of the API, in both directions.
enum RelayDecoding {
  static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  static func page(_ bytes: [UInt8]) throws(RelayClientError) -> RelayPage {
    let page: PageBody
    do {
      page = try decoder.decode(PageBody.self, from: Data(bytes))
    } catch {
      throw .malformedAnswer("the page \(place(of: error))")
    }
    var entries: [RelayEntry] = []
    for entry in page.data { entries.append(try self.entry(entry)) }
    return RelayPage(
      entries: entries,
      next: page.next,
      hasMore: page.hasMore ?? false,
      generation: page.generation
    )
  }

  static func error(status: Int, body: [UInt8], consumer: String) -> RelayClientError {
    let problem = try? decoder.decode(ProblemBody.self, from: Data(body))
    let detail = problem?.detail ?? problem?.title ?? "without a reason"
    return switch status {
    case 401, 403: .notAuthorized
    case 404: .notFound(consumer)
    case 409: .conflict(detail)
    case 410:
      .cursorExpired(
        lostFrom: problem?.from,
        lostTo: problem?.to,
        oldest: problem?.oldest
      )
    case 408, 425, 429, 500..<600: .unavailable(reason: "status \(status): \(detail)")
    default: .refused(status: status, problem: detail)
    }
  }

  static func commitBody(cursor: String, generation: UInt64?) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("cursor")
    writer.string(cursor)
    if let generation {
      writer.key("generation")
      writer.rawNumber(String(generation))
    }
    writer.endObject()
    return writer.bytes
  }

  /// `queueAttempts` makes it a work queue.
  static func consumerBody(
    sources: [String],
    start: RelayClient.Start,
    queueAttempts: Int?
  ) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("mode")
    writer.string(queueAttempts == nil ? "cursor" : "lease")
    if let queueAttempts {
      writer.key("max_attempts")
      writer.int(queueAttempts)
    }
    if !sources.isEmpty {
      writer.key("sources")
      writer.beginArray()
      for source in sources { writer.string(source) }
      writer.endArray()
    }
    writer.key("start")
    switch start {
    case .earliest: writer.string("earliest")
    case .latest: writer.string("latest")
    case .time(let time): write("time", time.rfc3339, to: &writer)
    case .cursor(let cursor): write("cursor", cursor, to: &writer)
    }
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ key: String, _ value: String, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key(key)
    writer.string(value)
    writer.endObject()
  }

  private static func entry(_ body: ListedBody<EventBody>) throws(RelayClientError) -> RelayEntry {
    switch body {
    case .gap(let gap):
      return .gap(RelayGap(from: gap.from, to: gap.to, reason: gap.reason))
    case .present(let event):
      return .event(try self.event(event))
    }
  }

  static func event(_ event: EventBody) throws(RelayClientError) -> RelayEvent {
    guard let receivedAt = Timestamp(rfc3339: event.receivedAt) else {
      throw .malformedAnswer("received_at of event \(event.id)")
    }
    // An erased body is absent, and its event says so among its flags.
    guard let body = Data(base64Encoded: event.body ?? "") else {
      throw .malformedAnswer("the body of event \(event.id) is not base64")
    }
    guard event.body == nil || body.count == event.size else {
      throw .malformedAnswer("the body of event \(event.id) is not \(event.size) bytes long")
    }
    guard event.headers.allSatisfy({ $0.count == 2 }) else {
      throw .malformedAnswer("the headers of event \(event.id)")
    }
    return RelayEvent(
      id: event.id,
      sequence: event.sequence,
      source: event.source,
      origin: event.origin,
      eventID: event.eventId,
      eventType: event.eventType,
      idempotencyKey: event.idempotencyKey,
      receivedAt: receivedAt,
      providerTime: event.providerTime.flatMap { Timestamp(rfc3339: $0) },
      remoteAddress: event.remoteAddress,
      flags: event.flags,
      method: event.method,
      target: event.target,
      headers: HeaderFields(event.headers.map { ($0[0], $0[1]) }),
      body: Array(body)
    )
  }

  /// Where the JSON went wrong, without what stood there: an event's body may.
  static func place(of error: any Error) -> String {
    let context: DecodingError.Context? =
      switch error {
      case DecodingError.keyNotFound(_, let context): context
      case DecodingError.typeMismatch(_, let context): context
      case DecodingError.valueNotFound(_, let context): context
      case DecodingError.dataCorrupted(let context): context
      default: nil
      }
    guard let path = context?.codingPath, !path.isEmpty else { return "is not JSON" }
    return "at " + path.map(\.stringValue).joined(separator: ".")
  }
}

// The members of the API's JSON; the decoder turns their snake case into ours.

struct EventBody: Decodable {
  let id: String
  let sequence: UInt64
  let source: String
  let origin: String
  let eventId: String?
  let eventType: String?
  let idempotencyKey: String
  let receivedAt: String
  let providerTime: String?
  let remoteAddress: String?
  let flags: [String]
  let method: String
  let target: String
  let headers: [[String]]
  let size: Int
  let body: String?
}

struct GapBody: Decodable {
  let from: UInt64
  let to: UInt64
  let reason: String
}

/// What stands in a list of events: one of them, or a gap in their place.
enum ListedBody<Body: Decodable>: Decodable {
  case present(Body)
  case gap(GapBody)

  private enum Keys: String, CodingKey { case gap }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    if let gap = try container.decodeIfPresent(GapBody.self, forKey: .gap) {
      self = .gap(gap)
    } else {
      self = .present(try Body(from: decoder))
    }
  }
}

private struct PageBody: Decodable {
  let data: [ListedBody<EventBody>]
  let next: String
  let hasMore: Bool?
  let generation: UInt64?
}

private struct ProblemBody: Decodable {
  let title: String?
  let detail: String?
  let from: UInt64?
  let to: UInt64?
  let oldest: String?
}
