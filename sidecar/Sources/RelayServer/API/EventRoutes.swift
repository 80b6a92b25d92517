internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import WebhookReceiver

/// `GET /v1/events`, single events and their bodies.
extension APIHandler {
  func events(_ request: IncomingRequest) throws(ProblemError) -> Answer {
    let query = try self.query(request, EventQuery.listParameters)
    let binding = context.codec.binding(query.filter.parts)
    let kind: Cursor.Kind = query.isDescending ? .descending : .ascending
    let start = try self.start(query, kind, binding)
    let path = request.head.pathText
    return try page(request, query, start: start) { [context, pages] page, isHeld in
      let next = context.codec.encode(
        Cursor(kind: kind, sequence: page.position, binding: binding)
      )
      var response = Response.json { writer in
        writer.beginObject()
        pages.write(page, body: query.body, to: &writer)
        writer.key("next")
        writer.string(next)
        writer.key("has_more")
        writer.bool(page.hasMore)
        writer.endObject()
      }
      let link = Self.link(path, request.head.queryBytes, after: next)
      response.fields.append(("Link", "<\(link)>; rel=\"next\""))
      return response
    }
  }

  private func start(
    _ query: EventQuery,
    _ kind: Cursor.Kind,
    _ binding: UInt64
  ) throws(ProblemError) -> UInt64 {
    if let after = query.after {
      return try cursors.decode(after, kinds: [kind], binding: binding).sequence
    }
    let bounds = context.reader.bounds
    if query.isDescending { return bounds.durable + 1 }
    let first = query.filter.from.map(context.reader.firstSequence(at:)) ?? bounds.first
    return max(first, 1) - 1
  }

  func query(
    _ request: IncomingRequest,
    _ parameters: [String]
  ) throws(ProblemError) -> EventQuery {
    do throws(QueryError) {
      return try EventQuery.parse(
        request.head.queryBytes,
        parameters: parameters,
        sources: context.sources
      )
    } catch {
      throw ProblemError.badRequest(error.detail)
    }
  }

  /// Answers with a page, or holds the request until there is one.
  func page(
    _ request: IncomingRequest,
    _ query: EventQuery,
    start: UInt64,
    _ write: @escaping (EventPage, Bool) -> Response
  ) throws(ProblemError) -> Answer {
    let read = {
      [pages] (position: UInt64, isLast: Bool) throws(ProblemError) -> (Response?, UInt64) in
      let page: EventPage
      do throws(JournalError) {
        page = try pages.read(
          after: position,
          isDescending: query.isDescending,
          filter: query.filter,
          limit: query.limit,
          body: query.body
        )
      } catch {
        throw ProblemError(Self.unreadable(error))
      }
      if page.isEmpty, !page.hasMore, !isLast { return (nil, page.position) }
      return (write(page, true), page.position)
    }
    guard query.waitNanoseconds > 0 else { return .now(try read(start, true).0 ?? Self.empty) }
    // Counted as waiting before the look: see TailWatch.
    context.tail.beginWaiting()
    defer { context.tail.endWaiting() }
    let (response, position) = try read(start, false)
    if let response { return .now(response) }
    let deadline = SystemClock.monotonicNanoseconds() + query.waitNanoseconds
    let waiter = Waiter(deadline: deadline, position: position, read: read)
    guard hold(waiter, for: request.connection) else {
      return .now(try read(position, true).0 ?? Self.empty)
    }
    return .later
  }

  /// What a last look cannot return; kept so that no answer is ever missing.
  private static var empty: Response { notDurable.response }

  static func unreadable(_ error: JournalError) -> HTTPProblem {
    HTTPProblem(500, "journal-unreadable", "\(error)")
  }

  private static func link(_ path: String, _ query: [UInt8], after cursor: String) -> String {
    let kept = String(decoding: query, as: UTF8.self).split(separator: "&").filter {
      !$0.hasPrefix("after=")
    }
    return path + "?" + (kept + ["after=\(cursor)"]).joined(separator: "&")
  }

  // MARK: Single events

  func event(_ id: String, _ request: IncomingRequest) throws(ProblemError) -> Response {
    let query = try self.query(request, ["body"])
    let found = try find(id, body: query.body != .none)
    // What was kept from before says nothing of a body that is gone.
    let tag = "\"\(id).\(query.body.rawValue)\(found.isErased ? ".erased" : "")\""
    if Self.isFresh(request, tag) { return Self.notModified(tag) }
    var response = Response.json { writer in
      pages.json.write(found, body: query.body, to: &writer)
    }
    response.fields.append(("ETag", tag))
    return response
  }

  func eventBody(_ id: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    _ = try query(request, [])
    guard request.head.methodText == "DELETE" else { return .now(try body(of: id, request)) }
    let found = try find(id, body: false)
    // Once is enough.
    return found.isErased ? .now(Response(status: 204)) : ask(.erase(found), request)
  }

  private func body(
    of id: String,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Response {
    let found = try find(id, body: true)
    guard !found.isErased else {
      throw ProblemError(
        HTTPProblem(410, "body-erased", "the body was erased; the rest is at /v1/events/\(id)")
      )
    }
    let tag = "\"\(Hex.encode(found.bodyDigest.span))\""
    if Self.isFresh(request, tag) { return Self.notModified(tag) }
    var response = Response.bytes(found.body, name: id)
    response.fields.append(("ETag", tag))
    return response
  }

  func find(_ id: String, body: Bool) throws(ProblemError) -> StoredEvent {
    guard let sequence = context.codec.sequence(ofEventID: id) else {
      throw ProblemError(Self.noSuchEvent)
    }
    do throws(JournalError) {
      guard let event = try context.reader.event(sequence, body: body) else {
        throw JournalError.noSuchEvent(sequence)
      }
      return event
    } catch {
      if case .noSuchEvent = error { throw ProblemError(Self.noSuchEvent) }
      throw ProblemError(Self.unreadable(error))
    }
  }

  static let noSuchEvent = HTTPProblem(
    404,
    "no-such-event",
    "this journal holds no event with that id"
  )

  private static func isFresh(_ request: IncomingRequest, _ tag: String) -> Bool {
    let tags = request.head.headerFields.values(of: "If-None-Match")
      .flatMap { $0.split(separator: ",") }
    return tags.contains { text in
      let given = text.filter { $0 != " " && $0 != "\t" }
      // Weak comparison, as for GET (RFC 9110 §13.1.2).
      return given == "*" || given == tag || given == "W/" + tag
    }
  }

  private static func notModified(_ tag: String) -> Response {
    Response(status: 304, fields: [("ETag", tag)])
  }
}
