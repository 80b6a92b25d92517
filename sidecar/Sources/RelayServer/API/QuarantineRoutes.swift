internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// `/v1/quarantine`: deliveries that did not verify, where their source keeps them.
extension APIHandler {
  func quarantine(_ request: IncomingRequest) throws(ProblemError) -> Response {
    let query = try QuarantineQuery.parse(request.head.queryBytes)
    // A copy that costs nothing: deliveries that come meanwhile do not wait for the search.
    let items = context.quarantine.book.withLock { $0.items }
    if let source = query.source, !context.sources.contains(source),
      !items.contains(where: { $0.summary.source == source })
    {
      throw .badRequest(
        "there is no source \(source.debugDescription); there are: "
          + context.sources.joined(separator: ", ")
      )
    }
    let page = query.page(of: items)
    return .json { writer in
      writer.beginObject()
      writer.key("data")
      writer.beginArray()
      for summary in page.summaries {
        writer.beginObject()
        writer.members(of: summary)
        writer.endObject()
      }
      writer.endArray()
      writer.key("next")
      if let next = page.next { writer.string(QuarantineID.text(next)) } else { writer.null() }
      writer.key("has_more")
      writer.bool(page.next != nil)
      writer.endObject()
    }
  }

  func quarantined(
    _ id: String,
    _ part: QuarantineAsker.Part,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    _ = try query(request, [])
    let summary = try quarantined(id)
    let isRead = request.head.methodText != "DELETE"
    let asker = QuarantineAsker(connection: request.connection, part: part)
    context.quarantine.post(isRead ? .read(summary.id, asker) : .remove(summary.id, asker))
    return .later
  }

  func verifyQuarantined(
    _ id: String,
    _ request: IncomingRequest
  ) throws(ProblemError) -> Answer {
    try Self.expectNothing(request.body)
    let summary = try quarantined(id)
    guard let runtime = context.runtimes.first(where: { $0.source.name == summary.source }) else {
      throw ProblemError(QuarantineProblem.noSuchSource)
    }
    releases[request.connection] = QuarantineRelease(id: summary.id, runtime: runtime)
    context.quarantine.post(.verify(summary.id, QuarantineAsker(connection: request.connection)))
    return .later
  }

  private func quarantined(_ id: String) throws(ProblemError) -> QuarantineEntry.Summary {
    guard let number = QuarantineID.number(id),
      let item = context.quarantine.book.withLock({ $0[number] })
    else { throw ProblemError(QuarantineProblem.noSuchDelivery) }
    return item.summary
  }

  /// The journal's word on a delivery that verifies now: once it is durable there, or was before,
  /// it is not needed here.
  func finish(_ notice: CommitNotice, _ release: QuarantineRelease) -> Response {
    let isAdmitted =
      switch notice.outcome {
      case .stored, .duplicate: true
      case .full, .recordTooLarge, .failed: false
      }
    context.quarantine.post(.settle(release.id, isAdmitted: isAdmitted))
    return finish(notice, release.runtime)
  }
}

/// A delivery on its way from the quarantine to the journal.
struct QuarantineRelease {
  let id: UInt64
  let runtime: SourceRuntime
}

/// The query of a list of quarantined deliveries.
struct QuarantineQuery: Equatable {
  static let limitMax = 1000

  var source: String?
  var reason: String?
  var after: UInt64 = 0
  var limit = 100

  struct Page {
    let summaries: [QuarantineEntry.Summary]
    /// The last one of them, where there are more; nil on the last page.
    let next: UInt64?
  }

  static func parse(_ raw: [UInt8]) throws(ProblemError) -> Self {
    var query = Self()
    for (name, value) in try RelayQuery.parameters(raw) {
      switch name {
      case "source": query.source = value
      case "reason": query.reason = value
      case "after":
        guard let id = QuarantineID.number(value) else {
          throw .badRequest("after is `next` of a page of this list")
        }
        query.after = id
      case "limit":
        guard let limit = Int(value), (1...limitMax).contains(limit) else {
          throw .badRequest("limit is 1 to \(limitMax)")
        }
        query.limit = limit
      default:
        throw .badRequest(
          "there is no parameter \(name.debugDescription); there are: source, reason, after, limit"
        )
      }
    }
    return query
  }

  /// Oldest first.
  func page(of items: [QuarantineBook.Item]) -> Page {
    let start = items.partitioningIndex { $0.summary.id > after }
    var found: [QuarantineEntry.Summary] = []
    for item in items[start...] where matches(item.summary) {
      guard found.count < limit else {
        return Page(summaries: found, next: found.last?.id)
      }
      found.append(item.summary)
    }
    return Page(summaries: found, next: nil)
  }

  private func matches(_ summary: QuarantineEntry.Summary) -> Bool {
    (source == nil || source == summary.source) && (reason == nil || reason == summary.reason)
  }
}
