package import WebhookReceiver

/// What is sent for a page, before paging adds to it.
package struct PollRequest: Hashable, Sendable {
  package enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case post = "POST"
  }

  package struct Header: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package var url: OutboundURL
  package var method = Method.get
  package var headers: [Header] = []
  /// A JSON document; paging may put values into it.
  package var body: [UInt8]?
  package var auth = PollAuth.none
  /// Where the beginning of a window goes, for lists that can be asked from a time on.
  package var since: TimeParameter?
  /// Where its end goes, for those that want one.
  package var until: TimeParameter?

  package init(url: OutboundURL) {
    self.url = url
  }
}

/// A place in a request that takes a time.
package struct TimeParameter: Hashable, Sendable {
  package var slot: PollSlot
  package var format: TimeFormat

  package init(slot: PollSlot, format: TimeFormat) {
    self.slot = slot
    self.format = format
  }
}

/// A place in a request that takes a value.
package enum PollSlot: Hashable, Sendable {
  /// The parameter of this name, encoded; one of the same name is replaced.
  case query(String)
  case header(String)
  /// The string at this pointer of the JSON body.
  case body(JSONPointer)
}
