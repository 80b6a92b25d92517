package import WebhookReceiver

/// One event of a page.
package struct PolledItem: Equatable, Sendable {
  /// The id that its push carries; with the version behind it where resources are polled.
  package var id: String
  package var type: String?
  package var time: Timestamp?
  package var body: [UInt8]
  package var headers: [PollRequest.Header]
  /// Whether a delivery log says that somebody answered it with success; nil where it says nothing.
  package var succeeded: Bool?

  package init(
    id: String,
    type: String? = nil,
    time: Timestamp? = nil,
    body: [UInt8] = [],
    headers: [PollRequest.Header] = [],
    succeeded: Bool? = nil
  ) {
    self.id = id
    self.type = type
    self.time = time
    self.body = body
    self.headers = headers
    self.succeeded = succeeded
  }
}

/// An item as a page has it: perhaps unwanted, perhaps a summary.
struct PageItem: Equatable, Sendable {
  var item: PolledItem
  /// What the next request hands back, where paging goes by items.
  var cursor: String
  /// The filters let it through.
  var isWanted: Bool
  /// Where the event itself is; nil where the item is all there is.
  var detail: DetailPlace?
}

/// What to ask for a detail.
struct DetailPlace: Equatable, Sendable {
  let url: OutboundURL
  /// Never to another origin than the configured one.
  let hasCredentials: Bool
}
