public import WebhookReceiver

/// One stored event, as the sidecar hands it out.
public struct RelayEvent: Sendable, Equatable {
  /// The sidecar's own id: opaque, unique, URL-safe.
  public let id: String
  /// The place in the order of durability; grows, with holes where a filter left events out.
  public let sequence: UInt64
  /// The configured source that received it.
  public let source: String
  /// How it came: `push`, `poll` or `manual`.
  public let origin: String
  /// The provider's id, when it gave one.
  public let eventID: String?
  /// The provider's name for what happened, when it gave one.
  public let eventType: String?
  /// The same over push, poll and replay: what a handler keys its own work by.
  public let idempotencyKey: String
  /// When the sidecar received it.
  public let receivedAt: Timestamp
  /// When the provider says it sent it.
  public let providerTime: Timestamp?
  /// The address it came from.
  public let remoteAddress: String?
  /// What is remarkable about it: `conflict`, `replayed_body`, `late_push`, `erased` and others.
  public let flags: [String]
  /// The request's method.
  public let method: String
  /// The request's target as received.
  public let target: String
  /// The request's headers, in order.
  public let headers: HeaderFields
  /// The exact bytes the provider sent; none where they were erased, as `flags` says.
  public let body: [UInt8]

  /// Makes an event, to test a handler with; the client makes them from the sidecar's answers.
  public init(
    id: String,
    sequence: UInt64,
    source: String,
    origin: String = "push",
    eventID: String? = nil,
    eventType: String? = nil,
    idempotencyKey: String,
    receivedAt: Timestamp,
    providerTime: Timestamp? = nil,
    remoteAddress: String? = nil,
    flags: [String] = [],
    method: String = "POST",
    target: String,
    headers: HeaderFields = HeaderFields(),
    body: [UInt8]
  ) {
    self.id = id
    self.sequence = sequence
    self.source = source
    self.origin = origin
    self.eventID = eventID
    self.eventType = eventType
    self.idempotencyKey = idempotencyKey
    self.receivedAt = receivedAt
    self.providerTime = providerTime
    self.remoteAddress = remoteAddress
    self.flags = flags
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
  }
}

/// A stretch of the order that cannot be had any more: damaged or erased.
public struct RelayGap: Sendable, Equatable {
  /// The first sequence that is missing.
  public let from: UInt64
  /// The last sequence that is missing.
  public let to: UInt64
  /// Why, in one word or a few.
  public let reason: String

  /// Makes a gap, to test a handler with.
  public init(from: UInt64, to: UInt64, reason: String) {
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// What a consumer meets on its way: an event, or a hole it must know of.
@nonexhaustive
public enum RelayEntry: Sendable, Equatable {
  /// An event.
  case event(RelayEvent)
  /// Events that cannot be had.
  case gap(RelayGap)
}

/// One answer of the sidecar to a consumer.
public struct RelayPage: Sendable, Equatable {
  /// What came, in order.
  public let entries: [RelayEntry]
  /// What to commit when all of `entries` are done with.
  public let next: String
  /// More lies ready behind this page.
  public let hasMore: Bool
  /// Which reading of the consumer this belongs to; goes into the commit.
  public let generation: UInt64?
}
