internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import WebhookReceiver

/// How much a page may hold.
enum PageLimits {
  static let eventsDefault = 100
  static let eventsMax = 1000
  /// Bodies of one page, before encoding: bounds the memory of an answer.
  static let bytesMax = 8 << 20
  /// Records looked at for one page: a filter that matches little must not hold the API's thread.
  static let scannedMax = 20_000
  /// The longest that an empty answer is held, in seconds.
  static let waitSecondsMax = 60
}

/// The query of `GET /v1/events` and of a consumer's read, parsed.
package struct EventQuery: Sendable {
  var filter = EventFilter()
  var after: String?
  package var limit = PageLimits.eventsDefault
  package var isDescending = false
  package var waitNanoseconds: Int64 = 0
  var body = BodyForm.base64

  /// The parameters that `GET /v1/events` takes.
  package static let listParameters = [
    "source", "type", "origin", "event_id", "idempotency_key", "from", "to", "after", "limit",
    "order", "wait", "body",
  ]
  /// The parameters that a consumer's read takes.
  static let consumerParameters = ["limit", "wait", "body"]

  package static func parse(
    _ raw: [UInt8],
    parameters: [String],
    sources: [String]
  ) throws(QueryError) -> Self {
    var query = Self()
    var seen: [String] = []
    for (name, value) in try values(raw) {
      guard parameters.contains(name) else {
        throw QueryError(
          "there is no parameter \(name.debugDescription); there are: "
            + parameters.joined(separator: ", ")
        )
      }
      guard !seen.contains(name) || name == "source" || name == "type" else {
        throw QueryError("\(name) is given twice")
      }
      seen.append(name)
      try query.set(name, value, sources: sources)
    }
    guard !query.isDescending || query.waitNanoseconds == 0 else {
      throw QueryError("wait needs ascending order: new events come at the end")
    }
    return query
  }

  private static func values(
    _ raw: [UInt8]
  ) throws(QueryError) -> [(name: String, value: String)] {
    do throws(HTTPError) {
      return try QueryParameters(raw).values
    } catch {
      throw QueryError("the query is not percent-encoded text: \(error.reason)")
    }
  }

  private mutating func set(_ name: String, _ value: String, sources: [String]) throws(QueryError) {
    switch name {
    case "source":
      guard sources.contains(value) else {
        throw QueryError("there is no source \(value.debugDescription)")
      }
      filter.sources.append(value)
    case "type": filter.types.append(value)
    case "origin":
      guard let origin = Origin(word: value) else {
        throw QueryError("origin is push, poll or manual")
      }
      filter.origin = origin
    case "event_id": filter.eventID = value
    case "idempotency_key": filter.idempotencyKey = value
    case "from": filter.from = try Self.time(name, value)
    case "to": filter.to = try Self.time(name, value)
    case "after": after = value
    case "limit": limit = try Self.limit(value)
    case "order":
      guard value == "asc" || value == "desc" else { throw QueryError("order is asc or desc") }
      isDescending = value == "desc"
    case "wait": waitNanoseconds = try Self.wait(value)
    case "body":
      guard let form = BodyForm(rawValue: value) else {
        throw QueryError("body is base64, text or none")
      }
      body = form
    default: preconditionFailure("every listed parameter has its case")
    }
  }

  private static func time(_ name: String, _ value: String) throws(QueryError) -> Int64 {
    guard let time = Timestamp(rfc3339: value) else {
      throw QueryError("\(name) is an RFC 3339 time such as 2026-01-02T03:04:05Z")
    }
    return time.microseconds
  }

  private static func limit(_ value: String) throws(QueryError) -> Int {
    guard let limit = Int(value), (1...PageLimits.eventsMax).contains(limit), value.first != "+"
    else { throw QueryError("limit is 1 to \(PageLimits.eventsMax)") }
    return limit
  }

  /// A duration as everywhere in this product; plain digits are seconds.
  private static func wait(_ value: String) throws(QueryError) -> Int64 {
    let maximum = PageLimits.waitSecondsMax
    let units: [(String, Int64)] = [("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000)]
    let match = units.first { value.hasSuffix($0.0) } ?? ("", 1_000_000_000)
    guard
      let count = Int64(value.dropLast(match.0.count)), count >= 0, count <= 60_000,
      count * match.1 <= Int64(maximum) * 1_000_000_000
    else { throw QueryError("wait is a duration of up to \(maximum)s, such as 20s or 500ms") }
    return count * match.1
  }
}

/// What is wrong with a request's parameters.
package struct QueryError: Error {
  package let detail: String
  init(_ detail: String) { self.detail = detail }
}
