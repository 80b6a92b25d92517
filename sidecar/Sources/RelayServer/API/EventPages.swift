internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// A page as it was read, before it is written.
struct EventPage {
  var page: Page
  /// The sequence that the next cursor passes.
  var position: UInt64
  var hasMore: Bool
  var isEmpty: Bool { page.entries.isEmpty }
}

/// Reads pages from the journal and writes them as JSON.
struct EventPages: Sendable {
  let reader: JournalReader
  let codec: CursorCodec
  let json: EventJSON

  init(reader: JournalReader, codec: CursorCodec) {
    self.reader = reader
    self.codec = codec
    json = EventJSON(codec: codec)
  }

  /// Reads what comes after `position` (before it, descending).
  func read(
    after position: UInt64,
    isDescending: Bool,
    filter: EventFilter,
    limit: Int,
    body: BodyForm
  ) throws(JournalError) -> EventPage {
    let bounds = reader.bounds
    if isDescending ? position <= bounds.first : position >= bounds.durable {
      let nothing = Page(entries: [], next: position, reachedEnd: true)
      return EventPage(page: nothing, position: position, hasMore: false)
    }
    let page = try reader.read(
      from: isDescending ? position - 1 : position + 1,
      order: isDescending ? .descending : .ascending,
      limit: ReadLimit(
        events: limit,
        bytes: PageLimits.bytesMax,
        scanned: PageLimits.scannedMax
      ),
      body: body != .none,
      where: { filter.matches($0) }
    )
    // `next` is the first sequence not looked at; a cursor names the last one passed.
    let passed = isDescending ? page.next + 1 : page.next - 1
    return EventPage(page: page, position: passed, hasMore: !page.reachedEnd)
  }

  func write(_ page: EventPage, body: BodyForm, to writer: inout JSONWriter) {
    writer.key("data")
    writer.beginArray()
    for entry in page.page.entries {
      switch entry {
      case .event(let event): json.write(event, body: body, to: &writer)
      case .gap(let from, let to, let reason): Self.gap(from, to, reason, &writer)
      }
    }
    writer.endArray()
  }

  static func gap(_ from: UInt64, _ to: UInt64, _ reason: String, _ writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("gap")
    writer.beginObject()
    writer.key("from")
    writer.int(Int(clamping: from))
    writer.key("to")
    writer.int(Int(clamping: to))
    writer.key("reason")
    writer.string(reason)
    writer.endObject()
    writer.endObject()
  }
}
