internal import WebhookReceiver

/// Why an answer is no page: nothing of it is journalled, and no cursor moves (polling §7.3).
package enum PageRefusal: Error, Equatable, Sendable {
  /// A page for people: a login, a proxy's error.
  case notJSON(contentType: String)
  /// An encoding that was not asked for.
  case encoded
  case invalidJSON(reason: String)
  /// The provider says so itself.
  case errors
  case itemsMissing(pointer: String)
  /// A name that occurs twice means two things to two readers.
  case ambiguous(pointer: String)
  case tooManyItems(max: Int)
  /// No id, an empty one, or one that is no text and no whole number.
  case badID(index: Int)
  case badDetail(index: Int)
  /// A link to somewhere else: nothing is sent there.
  case foreignLink
  case cursorTooLong
  case redirected(status: Int)
  /// The same page again and again.
  case loop
  /// More items in the shortest window than an answer holds.
  case windowFull
  case unexpectedStatus(Int)

  /// A fixed word, fit for a metric label.
  package var word: String {
    switch self {
    case .notJSON: "not_json"
    case .encoded: "encoded"
    case .invalidJSON: "invalid_json"
    case .errors: "errors"
    case .itemsMissing: "items_missing"
    case .ambiguous: "ambiguous"
    case .tooManyItems: "too_many_items"
    case .badID: "bad_id"
    case .badDetail: "bad_detail"
    case .foreignLink: "foreign_link"
    case .cursorTooLong: "cursor_too_long"
    case .redirected: "redirected"
    case .loop: "loop"
    case .windowFull: "window_full"
    case .unexpectedStatus: "unexpected_status"
    }
  }
}

extension PageRefusal: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notJSON(let type):
      "the answer is \(type.prefix(64)), not JSON; is the URL the API's, and the key valid?"
    case .encoded: "the answer is compressed although that was not asked for"
    case .invalidJSON(let reason): "the answer is no JSON: \(reason)"
    case .errors: "the answer reports errors beside, or instead of, its items"
    case .itemsMissing(let pointer): "there is no array at \"\(pointer)\"; see `items`"
    case .ambiguous(let pointer): "the name at \"\(pointer)\" occurs twice in one object"
    case .tooManyItems(let max): "there are more than \(max) items on a page; ask for fewer"
    case .badID(let index): "item \(index) has no usable id; see `id`"
    case .badDetail(let index): "item \(index) names no detail that may be asked for; see `detail`"
    case .foreignLink: "the next page is said to be on another origin; nothing was sent there"
    case .cursorTooLong: "the cursor of the next page is longer than any request may be"
    case .redirected(let status): "the answer is a redirect (\(status)); write the final URL"
    case .loop: "the pages lead back to one that was read already"
    case .windowFull: "one second has more items than an answer holds; narrow the request"
    case .unexpectedStatus(let status): "the provider answers \(status)"
    }
  }
}
