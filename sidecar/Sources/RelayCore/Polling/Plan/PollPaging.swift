package import WebhookReceiver

/// How one page leads to the next (polling §5.2).
package enum PollPaging: Hashable, Sendable {
  /// One page, and no more.
  case none(ItemOrder)
  case linkHeader(LinkPaging)
  case nextURL(NextURLPaging)
  case token(TokenPaging)
  case idCursor(IDPaging)
  case pageNumber(PagePaging)
  case offset(OffsetPaging)
  case timeAdvance(TimePaging)

  /// In which order the provider lists.
  package enum ItemOrder: String, CaseIterable, Sendable {
    case newestFirst = "newest_first"
    case oldestFirst = "oldest_first"
    /// None that anybody promises: everything is read to the end.
    case unordered
  }

  /// The name that the file gives the kind.
  package var name: String {
    switch self {
    case .none: "none"
    case .linkHeader: "link_header"
    case .nextURL: "next_url"
    case .token: "token"
    case .idCursor: "id_cursor"
    case .pageNumber: "page_number"
    case .offset: "offset"
    case .timeAdvance: "time_advance"
    }
  }
}

/// `Link: <…>; rel="next"` (RFC 8288).
package struct LinkPaging: Hashable, Sendable {
  package var rel = "next"
  package var order = PollPaging.ItemOrder.newestFirst
  /// The link is a position that lasts, and the next walk begins at it (Okta, Auth0, Adobe).
  package var isPersistent = false
  /// The link never ends, and an empty page is where to stop; else an empty page goes on.
  package var endsWhenEmpty = false

  package init() {}
}

/// A URL in the answer.
package struct NextURLPaging: Hashable, Sendable {
  package enum Place: Hashable, Sendable {
    case pointer(JSONPointer)
    /// The element of an array whose `key` has this value: `{"rel": "next", "href": …}`.
    case search(array: JSONPointer, key: JSONPointer, value: String, url: JSONPointer)
  }

  package var place: Place
  package var order = PollPaging.ItemOrder.newestFirst
  package var isPersistent = false
  /// The URL never ends, and an empty page is where to stop (Mailgun); else an empty page goes on.
  package var endsWhenEmpty = false

  package init(place: Place) {
    self.place = place
  }
}

/// A text in the answer that the next request hands back.
package struct TokenPaging: Hashable, Sendable {
  package enum Place: Hashable, Sendable {
    case pointer(JSONPointer)
    case header(String)
  }

  package var place: Place
  package var slot: PollSlot
  /// The token is the position of a reader, and the next walk begins with it (Svix, Dropbox); else
  /// it lives within one walk (Square).
  package var isPersistent: Bool
  package var order = PollPaging.ItemOrder.oldestFirst
  /// Ends a walk: `/done` when true, or `/has_more` when false.
  package var done: DoneRule?
  /// Every request repeats the whole query, as the first one has it; else the token goes alone.
  package var repeatsQuery = true

  package init(place: Place, slot: PollSlot, isPersistent: Bool) {
    self.place = place
    self.slot = slot
    self.isPersistent = isPersistent
  }
}

/// A truth value in the answer that says whether more follows.
package struct DoneRule: Hashable, Sendable {
  package var pointer: JSONPointer
  /// What it says at the end.
  package var atEnd: Bool

  package init(pointer: JSONPointer, atEnd: Bool) {
    self.pointer = pointer
    self.atEnd = atEnd
  }
}

/// The id of an item as a cursor.
package struct IDPaging: Hashable, Sendable {
  package enum End: String, CaseIterable, Sendable {
    case firstItem = "first_item"
    case lastItem = "last_item"
  }

  package enum Direction: String, CaseIterable, Sendable {
    /// From the checkpoint to the newest; the cursor moves page by page.
    case forward
    /// From the newest to the checkpoint; the cursor moves at the end.
    case backward
  }

  /// Where the cursor goes: `ending_before`, `after`.
  package var slot: PollSlot
  /// Which item of a page is the next cursor.
  package var from: End
  /// What the cursor is read from; nil: the event's id.
  package var cursor: ItemTemplate?
  /// Says that more follows; nil: an empty page is the end.
  package var more: DoneRule?
  package var pageOrder: PollPaging.ItemOrder
  package var walk = Direction.forward
  /// Where the cursor goes when a forward source is read backward.
  ///
  /// It has to be when there is no cursor yet, or the provider has forgotten it: from the newest
  /// down to a time. The items at the other end of the page are the cursors then.
  package var olderSlot: PollSlot?
  /// One page with the newest item in it, for lists that do not have it on the page without a
  /// cursor: where a walk that begins now takes its cursor from.
  package var prime: PrimeRule?

  package init(slot: PollSlot, from: End, pageOrder: PollPaging.ItemOrder) {
    self.slot = slot
    self.from = from
    self.pageOrder = pageOrder
  }
}

/// Asks for the newest items, whatever the order of the walk is.
package struct PrimeRule: Hashable, Sendable {
  package var url: OutboundURL
  package var order: PollPaging.ItemOrder

  package init(url: OutboundURL, order: PollPaging.ItemOrder = .newestFirst) {
    self.url = url
    self.order = order
  }
}

/// Pages that have numbers; they shift while they are read.
package struct PagePaging: Hashable, Sendable {
  package var slot: PollSlot
  package var first = 1
  package var order = PollPaging.ItemOrder.newestFirst

  package init(slot: PollSlot) {
    self.slot = slot
  }
}

/// Counted items; they shift while they are read.
package struct OffsetPaging: Hashable, Sendable {
  package var slot: PollSlot
  package var order = PollPaging.ItemOrder.newestFirst
  /// How many items of a page are read again with the next one.
  package var overlapItems = 10

  package init(slot: PollSlot) {
    self.slot = slot
  }
}

/// Windows of time, each as long as it may be.
package struct TimePaging: Hashable, Sendable {
  /// The longest window; it ends at the request's `until`.
  package var window: Duration
  /// A page of so many items may be cut: the window is halved and asked again.
  package var fullAt: Int

  package init(window: Duration, fullAt: Int) {
    precondition(window > .zero && fullAt > 0, "a window without length or room never moves")
    self.window = window
    self.fullAt = fullAt
  }

  /// Two items of one instant cannot be told apart by time.
  package static let windowMin = Duration.seconds(1)
}
