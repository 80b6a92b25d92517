package import WebhookReceiver

/// What an item must say to be wanted.
package struct ItemFilter: Hashable, Sendable {
  package var pointer: JSONPointer
  /// One of these texts (a number is the text of its digits); empty: anything that is there.
  package var values: [String]
  /// The other way round: none of them.
  package var isInverted = false

  package init(pointer: JSONPointer, values: [String]) {
    self.pointer = pointer
    self.values = values
  }
}

/// What to ask for the event itself, where an item is a summary.
package struct DetailRule: Hashable, Sendable {
  /// A URL with values of the item in it, encoded; or a value that is a URL.
  package var url: ItemTemplate
  /// Where in the answer the item begins: pointers of `emit` and `id` are of what stands there.
  package var item: JSONPointer?
  /// Origins beside the configured one; credentials go to none of them.
  package var allowedOrigins: [OutboundURL.Origin] = []

  package init(url: ItemTemplate) {
    self.url = url
  }

  /// As many at once; a walk must not be a burst.
  package static let concurrencyMax = 4
}

/// What becomes the stored event.
package struct EmitRule: Hashable, Sendable {
  /// The value of the item (or of the detail's answer) that is the body; nil: all of it.
  ///
  /// Bytes are taken as they stand there. A string is its text: the body of a delivery log that
  /// keeps bodies as text.
  package var body: JSONPointer?
  /// An object of header names and values in the item (or the detail's answer) that are stored as
  /// headers; what carries a secret itself is not.
  package var headersFrom: JSONPointer?
  package var headers: [Header] = []

  package struct Header: Hashable, Sendable {
    package var name: String
    package var value: ItemTemplate

    package init(name: String, value: ItemTemplate) {
      self.name = name
      self.value = value
    }
  }

  package init() {}
}

/// How a delivery log says whether an attempt succeeded.
package struct AttemptRule: Hashable, Sendable {
  package var status: JSONPointer
  /// Texts that say so; empty: the numbers 200 to 299.
  package var succeeded: [String] = []

  package init(status: JSONPointer) {
    self.status = status
  }
}

/// What an answer that is no page means.
package struct ErrorRule: Hashable, Sendable {
  package enum Action: String, CaseIterable, Sendable {
    case retry
    case rateLimited = "rate_limited"
    case refreshAuth = "refresh_auth_then_retry"
    case resetCursor = "reset_cursor"
    /// Of a detail: the event is known and its body is gone.
    case ignoreItem = "ignore_item"
    case endOfFeed = "end_of_feed"
    case fatal
  }

  /// Nil: any.
  package var status: Int?
  /// Where the answer names its error, and the name; nil: the status alone decides.
  package var codeAt: JSONPointer?
  package var code: String?
  package var action: Action

  package init(status: Int?, codeAt: JSONPointer? = nil, code: String? = nil, action: Action) {
    self.status = status
    self.codeAt = codeAt
    self.code = code
    self.action = action
  }
}
