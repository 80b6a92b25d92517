internal import WebhookReceiver

/// One request to a provider.
package struct PollCall: Equatable, Sendable {
  package enum Purpose: Equatable, Sendable {
    case page
    /// Of the item with this number on the page.
    case detail(Int)
  }

  package let purpose: Purpose
  package let url: OutboundURL
  package let method: PollRequest.Method
  package let fields: [PollRequest.Header]
  package let body: [UInt8]?
  /// Whether the plan's credentials go along.
  package let hasCredentials: Bool
}

extension PollPlan {
  /// The request for a page; `since` is where a walk by time begins.
  func call(
    for position: Position,
    since: Timestamp?,
    until: Timestamp,
    etag: String? = nil
  ) -> PollCall {
    var draft = CallDraft(request)
    var isTimed = since != nil
    switch position {
    case .start: break
    case .prime:
      if case .idCursor(let ids) = paging, let prime = ids.prime { draft.target = prime.url.target }
      isTimed = false
    case .url(let url):
      // A link has everything in it.
      draft.target = url
      isTimed = false
    case .cursor(let text):
      if case .token(let token) = paging, !token.repeatsQuery { draft.clear() }
      draft.put(text, into: cursorSlot)
    case .older(let text):
      if case .idCursor(let ids) = paging { draft.put(text, into: ids.olderSlot ?? ids.slot) }
    case .page(let number), .offset(let number): draft.put("\(number)", into: cursorSlot)
    case .window(let from, let to):
      draft.put(request.since.map { ($0.format.write(from), $0.slot) })
      // A window ends at its last instant; written times are cut, so one granule more.
      let end = to + (time?.granularity ?? .seconds(1))
      draft.put(request.until.map { ($0.format.write(end), $0.slot) })
      isTimed = false
    }
    if isTimed, let since {
      draft.put(request.since.map { ($0.format.write(since), $0.slot) })
      draft.put(request.until.map { ($0.format.write(until), $0.slot) })
    }
    var fields = draft.fields
    if let etag { fields.append(PollRequest.Header(name: "If-None-Match", value: etag)) }
    return PollCall(
      purpose: .page,
      url: OutboundURL(origin: request.url.origin, target: draft.target),
      method: request.method,
      fields: fields,
      body: draft.body?.bytes,
      hasCredentials: true
    )
  }

  func call(for detail: DetailPlace, index: Int) -> PollCall {
    PollCall(
      purpose: .detail(index),
      url: detail.url,
      method: .get,
      fields: detail.hasCredentials ? request.headers : [],
      body: nil,
      hasCredentials: detail.hasCredentials
    )
  }

  private var cursorSlot: PollSlot? {
    switch paging {
    case .token(let token): token.slot
    case .idCursor(let ids): ids.slot
    case .pageNumber(let pages): pages.slot
    case .offset(let offset): offset.slot
    case .none, .linkHeader, .nextURL, .timeAdvance: nil
    }
  }
}

/// A request that values are put into.
private struct CallDraft {
  var target: String
  var fields: [PollRequest.Header]
  var body: JSONValue?

  init(_ request: PollRequest) {
    target = request.url.target
    fields = request.headers
    body = request.body.flatMap { try? JSONValue.parse($0) }
  }

  /// Leaves nothing of the query that the cursor stands for.
  mutating func clear() {
    target = String(target.prefix { $0 != "?" })
    if body != nil { body = .object([]) }
  }

  mutating func put(_ value: (text: String, slot: PollSlot)?) {
    guard let value else { return }
    put(value.text, into: value.slot)
  }

  mutating func put(_ text: String, into slot: PollSlot?) {
    switch slot {
    case .query(let name): target = PercentEncoding.setting(name, to: text, in: target)
    case .header(let name):
      fields.removeAll { $0.name.lowercased() == name.lowercased() }
      fields.append(PollRequest.Header(name: name, value: text))
    case .body(let pointer):
      body = (body ?? .object([])).setting(pointer.tokens.map(\.key)[...], to: .string(text))
    case nil: break
    }
  }
}

extension JSONValue {
  /// The tree with a value at these steps, objects made where there are none.
  fileprivate func setting(_ steps: ArraySlice<[UInt8]>, to value: JSONValue) -> JSONValue {
    guard let first = steps.first else { return value }
    var members = object ?? []
    let key = String(decoding: first, as: UTF8.self)
    let index = members.firstIndex { $0.key == key }
    let old = index.map { members[$0].value } ?? .object([])
    let new = Member(key: key, value: old.setting(steps.dropFirst(), to: value))
    if let index { members[index] = new } else { members.append(new) }
    return .object(members)
  }
}
