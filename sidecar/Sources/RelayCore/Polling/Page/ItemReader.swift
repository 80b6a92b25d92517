internal import WebhookReceiver

/// Reads the items of one source, and the details of those that are summaries.
struct ItemReader: Sendable {
  private let summaries: PointerBook
  private let details: PointerBook

  init(_ plan: PollPlan) {
    var summary = plan.id.pointers + (plan.version?.pointers ?? []) + (plan.type?.pointers ?? [])
    summary += plan.filters.map(\.pointer)
    if let time = plan.time { summary.append(time.pointer) }
    if let attempt = plan.attempt { summary.append(attempt.status) }
    if case .idCursor(let ids) = plan.paging { summary += ids.cursor?.pointers ?? [] }
    if let detail = plan.detail { summary += detail.url.pointers }
    let emitted = Self.emitted(plan)
    summaries = PointerBook(plan.detail == nil ? summary + emitted : summary)
    details = PointerBook(emitted)
  }

  private static func emitted(_ plan: PollPlan) -> [JSONPointer] {
    var pointers = [plan.emit.body, plan.emit.headersFrom].compactMap(\.self)
    for header in plan.emit.headers { pointers += header.value.pointers }
    return pointers
  }

  func read(
    _ text: Span<UInt8>,
    index: Int,
    _ plan: PollPlan
  ) throws(PageRefusal) -> PageItem {
    guard let found = summaries.locate(in: text) else { throw PageReader.invalidJSON(text) }
    for pointer in plan.id.pointers where found.isRepeated(pointer) {
      throw .ambiguous(pointer: pointer.text)
    }
    guard let id = plan.id.text(found, text), EventText.string(Array(id.utf8)[...]) != nil else {
      throw .badID(index: index)
    }
    var item = PolledItem(id: id)
    if let version = plan.version {
      guard let version = version.text(found, text) else { throw .badID(index: index) }
      item.id = Self.versioned(id, version)
      guard EventText.string(Array(item.id.utf8)[...]) != nil else { throw .badID(index: index) }
    }
    if let type = plan.type?.text(found, text) {
      item.type = EventText.string(Array(type.utf8)[...])
    }
    if let rule = plan.time {
      item.time = found.text(rule.pointer, in: text).flatMap { rule.format.read($0) }
    }
    item.succeeded = plan.attempt.flatMap { $0.outcome(found, text) }
    var cursor = id
    if case .idCursor(let ids) = plan.paging, let template = ids.cursor {
      guard let text = template.text(found, text) else { throw .badID(index: index) }
      cursor = text
    }
    guard cursor.utf8.count <= PageReader.cursorBytesMax else { throw .cursorTooLong }
    let isWanted = plan.filters.allSatisfy { $0.accepts(found, text) }
    var detail: DetailPlace?
    if let rule = plan.detail, isWanted {
      detail = try Self.place(rule, found, text, index, plan)
    } else if plan.detail == nil {
      fill(&item, found, text, plan.emit)
    }
    return PageItem(item: item, cursor: cursor, isWanted: isWanted, detail: detail)
  }

  /// The id and its version, so that no two pairs are one text.
  private static func versioned(_ id: String, _ version: String) -> String {
    var escaped = ""
    for character in id.unicodeScalars {
      switch character {
      case "%": escaped += "%25"
      case "@": escaped += "%40"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped + "@" + version
  }

  // MARK: The event itself

  /// Puts what a detail's answer says into its item.
  func complete(
    _ item: inout PolledItem,
    from response: PollResponse,
    _ plan: PollPlan,
    index: Int
  ) throws(PageRefusal) {
    var text = response.body.span
    if let pointer = plan.detail?.item {
      let book = PointerBook([pointer])
      guard let found = book.locate(in: text) else { throw PageReader.invalidJSON(text) }
      guard let hit = found.hit(pointer) else { throw .badDetail(index: index) }
      text = text.extracting(hit.range)
    }
    guard let found = details.locate(in: text) else { throw PageReader.invalidJSON(text) }
    fill(&item, found, text, plan.emit)
    guard !item.body.isEmpty else { throw .badDetail(index: index) }
  }

  private func fill(
    _ item: inout PolledItem,
    _ found: PointerBook.Found,
    _ text: Span<UInt8>,
    _ emit: EmitRule
  ) {
    if let pointer = emit.body {
      item.body = found.hit(pointer).map { Self.body($0, text) } ?? []
    } else {
      item.body = Self.copy(text)
    }
    if let pointer = emit.headersFrom, let hit = found.hit(pointer) {
      item.headers += HeaderRules.fields(of: text.extracting(hit.range))
    }
    for header in emit.headers {
      guard let value = header.value.text(found, text) else { continue }
      if let field = HeaderRules.field(header.name, value) { item.headers.append(field) }
    }
  }

  /// A string stands for its text, everything else for the bytes that it is written in.
  private static func body(_ hit: JSONHit, _ text: Span<UInt8>) -> [UInt8] {
    switch hit.kind {
    case .plainString, .escapedString: hit.text(in: text) ?? []
    default: copy(text.extracting(hit.range))
    }
  }

  private static func copy(_ text: Span<UInt8>) -> [UInt8] { text.indices.map { text[$0] } }

  private static func place(
    _ rule: DetailRule,
    _ found: PointerBook.Found,
    _ text: Span<UInt8>,
    _ index: Int,
    _ plan: PollPlan
  ) throws(PageRefusal) -> DetailPlace {
    let isWhole = rule.url.parts.count == 1
    guard let address = rule.url.text(found, text, encodes: !isWhole),
      address.utf8.count <= PageReader.cursorBytesMax,
      let url = isWhole ? plan.request.url.resolving(address) : OutboundURL(address)
    else { throw .badDetail(index: index) }
    let isOwn = url.origin == plan.request.url.origin
    guard isOwn || rule.allowedOrigins.contains(url.origin) else { throw .foreignLink }
    return DetailPlace(url: url, hasCredentials: isOwn)
  }
}

extension ItemTemplate {
  /// The text; nil where a value is missing or is no text and no whole number.
  func text(
    _ found: PointerBook.Found,
    _ text: Span<UInt8>,
    encodes: Bool = false
  ) -> String? {
    var made = ""
    for part in parts {
      switch part {
      case .text(let literal): made += literal
      case .pointer(let pointer):
        guard let hit = found.hit(pointer), Self.identifies(hit, text),
          let value = found.text(pointer, in: text), !value.isEmpty
        else { return nil }
        made += encodes ? PercentEncoding.encode(value) : value
      }
    }
    return made
  }

  /// A whole number is the text of its digits; `1e3` and `1.0` are other texts of other numbers.
  private static func identifies(_ hit: JSONHit, _ text: Span<UInt8>) -> Bool {
    switch hit.kind {
    case .plainString, .escapedString: true
    case .number:
      hit.content.allSatisfy { index in
        (0x30...0x39).contains(text[index])
          || (index == hit.content.lowerBound && text[index] == UInt8(ascii: "-"))
      }
    case .true, .false, .null, .object, .array: false
    }
  }
}

extension ItemFilter {
  func accepts(_ found: PointerBook.Found, _ text: Span<UInt8>) -> Bool {
    let value = found.text(pointer, in: text)
    let isFound = value.map { values.isEmpty || values.contains($0) } ?? false
    return isFound != isInverted
  }
}

extension AttemptRule {
  func outcome(_ found: PointerBook.Found, _ text: Span<UInt8>) -> Bool? {
    guard let value = found.text(status, in: text) else { return nil }
    guard succeeded.isEmpty else { return succeeded.contains(value) }
    guard let code = Int(value) else { return nil }
    return (200...299).contains(code)
  }
}
