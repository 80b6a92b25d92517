import RelayCore
import WebhookReceiver

/// A provider in memory: a list of events, a way to page through it, and answers that a test
/// scripts.
struct ScriptedProvider {
  struct Event {
    var id: String
    /// Seconds since 1970.
    var created: Int64
    /// From when on the list has it.
    var visible: Int64
    var type = "thing.done"
    /// What a delivery log says of the last attempt.
    var status: Int?
  }

  enum Style {
    /// Newest first, `ending_before`, `starting_after`, `created[gte]`, `has_more`.
    case stripe
    /// Oldest first, `starting_after`, `created[gte]`; a cursor that is unknown is ignored.
    case localstripe
    /// Newest first, a link to the next page while there is one.
    case links
    /// Oldest first, a link that lasts and is always there.
    case lastingLinks
    /// A token that lasts, with `done`.
    case iterator
    /// Newest first, `page`.
    case pages
    /// Newest first, `offset`.
    case offsets
    /// `from` and `to`, at most `limit`.
    case windows
  }

  var style: Style
  var events: [Event] = []
  var limit = 10
  /// What is older is not listed, and its cursors are unknown.
  var retention: Int64?
  /// Of the provider's clock against ours.
  var skew: Int64 = 0
  /// Of the clock of its `Date` fields against the one that dates its events.
  var dateSkew: Int64 = 0
  /// Answers instead of the list's, first come first.
  var script: [Result<PollResponse, PollFailure>] = []
  /// Says what happens between two requests.
  var calls: [PollCall] = []

  mutating func add(_ id: String, at created: Int64, visible: Int64? = nil) {
    events.append(Event(id: id, created: created, visible: visible ?? created))
  }

  mutating func answer(
    _ call: PollCall,
    at now: Int64
  ) -> Result<PollResponse, PollFailure> {
    calls.append(call)
    if !script.isEmpty { return script.removeFirst() }
    return .success(page(Query(call.url.target), now + skew, call))
  }

  /// What is listed now, oldest first.
  func listed(at now: Int64) -> [Event] {
    events
      .filter { event in
        event.visible <= now && (retention.map { event.created >= now - $0 } ?? true)
      }
      .sorted { ($0.created, $0.visible, $0.id) < ($1.created, $1.visible, $1.id) }
  }

  private func page(_ query: Query, _ now: Int64, _ call: PollCall) -> PollResponse {
    var list = listed(at: now)
    if let since = query["since"].flatMap({ Int64($0) }) {
      list = list.filter { $0.created >= since }
    }
    switch style {
    case .stripe: return stripe(list, query, now)
    case .localstripe: return localstripe(list, query, now)
    case .links: return links(list, query, now)
    case .lastingLinks: return lastingLinks(list, query, now)
    case .iterator: return iterator(list, query, now)
    case .pages:
      let start = ((query["page"].flatMap { Int($0) } ?? 1) - 1) * limit
      return json(Array(list.reversed().dropFirst(start).prefix(limit)), now: now)
    case .offsets:
      let start = query["offset"].flatMap { Int($0) } ?? 0
      return json(Array(list.reversed().dropFirst(start).prefix(limit)), now: now)
    case .windows:
      let from = query["from"].flatMap { Int64($0) } ?? 0
      let to = query["to"].flatMap { Int64($0) } ?? .max
      return json(
        Array(list.filter { $0.created >= from && $0.created <= to }.prefix(limit)),
        now: now
      )
    }
  }

  private func stripe(_ list: [Event], _ query: Query, _ now: Int64) -> PollResponse {
    let newestFirst = Array(list.reversed())
    if let cursor = query["ending_before"] {
      guard let index = newestFirst.firstIndex(where: { $0.id == cursor }) else {
        return missing(now)
      }
      let newer = newestFirst[..<index]
      return json(Array(newer.suffix(limit)), more: newer.count > limit, now: now)
    }
    var rest = newestFirst[...]
    if let cursor = query["starting_after"] {
      guard let index = newestFirst.firstIndex(where: { $0.id == cursor }) else {
        return missing(now)
      }
      rest = newestFirst[(index + 1)...]
    }
    return json(Array(rest.prefix(limit)), more: rest.count > limit, now: now)
  }

  private func localstripe(_ list: [Event], _ query: Query, _ now: Int64) -> PollResponse {
    var rest = list[...]
    if let cursor = query["starting_after"], let index = list.firstIndex(where: { $0.id == cursor })
    {
      rest = list[(index + 1)...]
    }
    return json(Array(rest.prefix(limit)), more: rest.count > limit, now: now)
  }

  private func links(_ list: [Event], _ query: Query, _ now: Int64) -> PollResponse {
    var rest = Array(list.reversed())[...]
    if let cursor = query["cursor"] {
      guard let index = rest.firstIndex(where: { $0.id == cursor }) else {
        return PollResponse(status: 410, fields: [Self.date(now)])
      }
      rest = rest[(index + 1)...]
    }
    let page = Array(rest.prefix(limit))
    var fields: [PollResponse.Field] = []
    if rest.count > limit, let last = page.last {
      fields.append(
        .init("Link", "</events?cursor=\(last.id)>; rel=\"next\", </events>; rel=first")
      )
    }
    return json(page, now: now, fields)
  }

  private func lastingLinks(_ list: [Event], _ query: Query, _ now: Int64) -> PollResponse {
    // Positions are places in the order of visibility: nothing is ever inserted before one.
    let order = list.sorted { ($0.visible, $0.id) < ($1.visible, $1.id) }
    let start = query["after"].flatMap { Int($0) } ?? 0
    let page = Array(order.dropFirst(start).prefix(limit))
    let next = "</events?after=\(start + page.count)>; rel=\"next\""
    return json(page, now: now, [.init("Link", next)])
  }

  private func iterator(_ list: [Event], _ query: Query, _ now: Int64) -> PollResponse {
    let order = list.sorted { ($0.visible, $0.id) < ($1.visible, $1.id) }
    guard let text = query["iterator"] else {
      // The first call only says where the reader stands (Svix).
      return json([], now: now, extra: ",\"iterator\":\"\(order.count)\",\"done\":true")
    }
    guard let start = Int(text) else {
      return PollResponse(
        status: 400,
        fields: [Self.date(now), Self.jsonType],
        body: Array(#"{"code":"invalid_iterator"}"#.utf8)
      )
    }
    let page = Array(order.dropFirst(start).prefix(limit))
    let end = start + page.count
    let extra = ",\"iterator\":\"\(end)\",\"done\":\(end >= order.count)"
    return json(page, now: now, extra: extra)
  }

  private func missing(_ now: Int64) -> PollResponse {
    PollResponse(
      status: 404,
      fields: [Self.date(now), Self.jsonType],
      body: Array(#"{"error":{"code":"resource_missing"}}"#.utf8)
    )
  }

  // MARK: Answers

  static let jsonType = PollResponse.Field("Content-Type", "application/json; charset=utf-8")

  static func date(_ now: Int64) -> PollResponse.Field {
    PollResponse.Field("Date", Timestamp(seconds: now).rfc1123)
  }

  func json(
    _ page: [Event],
    more: Bool = false,
    now: Int64,
    _ fields: [PollResponse.Field] = [],
    extra: String = ""
  ) -> PollResponse {
    let items = page.map { event in
      let status = event.status.map { ",\"status\":\($0)" } ?? ""
      return
        "{\"id\":\"\(event.id)\",\"created\":\(event.created),\"type\":\"\(event.type)\"\(status)}"
    }
    let body = "{\"data\":[\(items.joined(separator: ","))],\"has_more\":\(more)\(extra)}"
    return PollResponse(
      status: 200,
      fields: [Self.date(now + dateSkew), Self.jsonType] + fields,
      body: Array(body.utf8)
    )
  }

  /// The parameters of a target.
  struct Query {
    private let pairs: [String: String]

    init(_ target: String) {
      let query = target.split(separator: "?").dropFirst().first ?? ""
      var pairs: [String: String] = [:]
      for part in query.split(separator: "&") {
        let sides = part.split(separator: "=", maxSplits: 1)
        pairs[String(sides[0])] = sides.count > 1 ? String(sides[1]) : ""
      }
      self.pairs = pairs
    }

    subscript(name: String) -> String? { pairs[name] }
  }
}
