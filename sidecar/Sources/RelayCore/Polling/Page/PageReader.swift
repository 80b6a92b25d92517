internal import WebhookReceiver

/// Reads the answers of one source: made once of its plan.
///
/// It accepts strictly, because the worst that a wrong page can do is look like an empty one.
struct PageReader: Sendable {
  let plan: PollPlan
  private let pages: PointerBook
  let items: ItemReader
  /// The text of the next page's place is one of them, or an array.
  private let elements: JSONPattern

  /// Longer than any cursor that fits a request line.
  static let cursorBytesMax = 4096

  init(_ plan: PollPlan) {
    self.plan = plan
    pages = PointerBook(plan.items + Self.pagePointers(plan))
    items = ItemReader(plan)
    guard let pattern = try? JSONPattern("/*") else { preconditionFailure("a star is a pattern") }
    elements = pattern
  }

  private static func pagePointers(_ plan: PollPlan) -> [JSONPointer] {
    var pointers: [JSONPointer] = plan.errors.map { [$0] } ?? []
    switch plan.paging {
    case .nextURL(let paging):
      switch paging.place {
      case .pointer(let pointer): pointers.append(pointer)
      case .search(let array, _, _, _): pointers.append(array)
      }
    case .token(let paging):
      if case .pointer(let pointer) = paging.place { pointers.append(pointer) }
      if let done = paging.done { pointers.append(done.pointer) }
    case .idCursor(let paging):
      if let more = paging.more { pointers.append(more.pointer) }
    case .none, .linkHeader, .pageNumber, .offset, .timeAdvance: break
    }
    return pointers
  }

  /// The page in an answer that a verdict has called one.
  func read(_ response: PollResponse, from url: OutboundURL) throws(PageRefusal) -> Page {
    try Self.checkType(response)
    let text = response.body.span
    guard let found = pages.locate(in: text) else { throw Self.invalidJSON(text) }
    if let errors = plan.errors, let hit = found.hit(errors), !Self.isNothing(hit, text) {
      throw .errors
    }
    var page = Page()
    for pointer in plan.items {
      try read(pointer, found, text, into: &page)
    }
    page.next = try next(response, found, url)
    page.isDone = done(found)
    return page
  }

  private static func checkType(_ response: PollResponse) throws(PageRefusal) {
    if let encoding = response.first("Content-Encoding"), encoding.lowercased() != "identity" {
      throw .encoded
    }
    guard let type = response.first("Content-Type")?.lowercased() else { return }
    // Some APIs call JSON plain text; none calls it HTML.
    guard type.contains("json") || type.hasPrefix("text/plain") else {
      throw .notJSON(contentType: type)
    }
  }

  static func invalidJSON(_ text: Span<UInt8>) -> PageRefusal {
    do throws(JSONError) {
      _ = try JSONScanner.scan(text, for: [])
      return .invalidJSON(reason: "it cannot be read")
    } catch {
      return .invalidJSON(reason: "\(error)")
    }
  }

  /// Null, false, and empty texts, lists and objects report nothing.
  private static func isNothing(_ hit: JSONHit, _ text: Span<UInt8>) -> Bool {
    switch hit.kind {
    case .null, .false: true
    case .plainString: hit.content.isEmpty
    case .array, .object:
      !hit.content.dropFirst().dropLast().contains { !Self.isBlank(text[$0]) }
    case .escapedString, .number, .true: false
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0d).contains(byte)
  }

  private func read(
    _ pointer: JSONPointer,
    _ found: PointerBook.Found,
    _ text: Span<UInt8>,
    into page: inout Page
  ) throws(PageRefusal) {
    guard !found.isRepeated(pointer) else { throw .ambiguous(pointer: pointer.text) }
    guard let hit = found.hit(pointer), hit.kind != .null else {
      if plan.itemsMissing == .empty { return }
      throw .itemsMissing(pointer: pointer.text)
    }
    guard hit.kind == .array else { throw .itemsMissing(pointer: pointer.text) }
    let array = text.extracting(hit.range)
    guard
      case .all(let hits)? = JSONScanner.matches(of: elements, in: array, max: plan.limits.items)
    else { throw .tooManyItems(max: plan.limits.items) }
    for hit in hits {
      let item = try items.read(array.extracting(hit.range), index: page.items.count, plan)
      page.items.append(item)
    }
  }

  // MARK: What follows

  private func next(
    _ response: PollResponse,
    _ found: PointerBook.Found,
    _ url: OutboundURL
  ) throws(PageRefusal) -> Page.Next {
    let text = response.body.span
    switch plan.paging {
    case .linkHeader(let paging):
      return try Self.link(LinkHeader.next(paging.rel, in: response.values("Link")), url)
    case .nextURL(let paging):
      switch paging.place {
      case .pointer(let pointer): return try Self.link(found.text(pointer, in: text), url)
      case .search(let array, let key, let value, let place):
        return try Self.link(search(array, key, value, place, found, text), url)
      }
    case .token(let paging):
      let token: String?
      switch paging.place {
      case .pointer(let pointer): token = found.text(pointer, in: text)
      case .header(let name): token = response.first(name)
      }
      guard let token, !token.isEmpty else { return .none }
      guard token.utf8.count <= Self.cursorBytesMax else { throw .cursorTooLong }
      return .token(token)
    case .none, .idCursor, .pageNumber, .offset, .timeAdvance:
      return .none
    }
  }

  private static func link(
    _ reference: String?,
    _ url: OutboundURL
  ) throws(PageRefusal) -> Page.Next {
    guard let reference, !reference.isEmpty else { return .none }
    guard reference.utf8.count <= cursorBytesMax else { throw .cursorTooLong }
    guard let next = url.resolving(reference), next.origin == url.origin else {
      throw .foreignLink
    }
    return .url(next)
  }

  private func search(
    _ array: JSONPointer,
    _ key: JSONPointer,
    _ value: String,
    _ place: JSONPointer,
    _ found: PointerBook.Found,
    _ text: Span<UInt8>
  ) -> String? {
    guard let hit = found.hit(array), hit.kind == .array else { return nil }
    let list = text.extracting(hit.range)
    guard case .all(let hits)? = JSONScanner.matches(of: elements, in: list, max: Self.linksMax)
    else { return nil }
    for hit in hits {
      let link = list.extracting(hit.range)
      let scalars = JSONScanner.scalars(at: [key, place], in: link)
      if scalars[0]?.text == value { return scalars[1]?.text }
    }
    return nil
  }

  /// Links of one page: next, previous, first, last and some more.
  private static let linksMax = 32

  /// Nil where nothing is said.
  private func done(_ found: PointerBook.Found) -> Bool? {
    let rule: DoneRule?
    switch plan.paging {
    case .token(let paging): rule = paging.done
    case .idCursor(let paging): rule = paging.more
    default: rule = nil
    }
    guard let rule, let value = found.bool(rule.pointer) else { return nil }
    return value == rule.atEnd
  }
}

/// One page, as it was read.
struct Page: Equatable, Sendable {
  enum Next: Equatable, Sendable {
    case none
    case url(OutboundURL)
    case token(String)
  }

  var items: [PageItem] = []
  var next = Next.none
  /// What the answer says about the end; nil where it says nothing.
  var isDone: Bool?
}
