public import WebhookReceiver

/// One event in this worker's hands, until it is settled or the lease ends.
public struct RelayLease: Sendable, Equatable {
  /// Names this hand-out; goes into `ack`, `nack` and `extend`.
  public let id: String
  /// From then on the event may go to another worker.
  public let expiresAt: Timestamp
  /// How often the event has been handed out, this time included.
  public let attempt: Int
  /// The event.
  public let event: RelayEvent

  /// Makes a lease, to test a worker with; the client makes them from the sidecar's answers.
  public init(id: String, expiresAt: Timestamp, attempt: Int, event: RelayEvent) {
    self.id = id
    self.expiresAt = expiresAt
    self.attempt = attempt
    self.event = event
  }
}

/// What a worker is handed: an event, or a hole it must know of.
@nonexhaustive
public enum RelayWork: Sendable, Equatable {
  /// An event.
  case lease(RelayLease)
  /// Events that cannot be had any more.
  case gap(RelayGap)
}

/// What became of one lease.
public struct RelaySettlement: Sendable, Equatable {
  /// The sidecar's word for it.
  @nonexhaustive
  public enum Result: String, Sendable {
    /// As asked for.
    case done
    /// It was so already.
    case alreadyDone = "already_done"
    /// The lease is over: the event is, or will be, another worker's.
    case expired
    /// Never given out by this consumer.
    case unknown
  }

  /// The lease that was asked about.
  public let leaseID: String
  /// What became of it.
  public let result: Result
  /// When the lease ends now, after an extension.
  public let expiresAt: Timestamp?

  /// Makes an answer, to test a worker with.
  public init(leaseID: String, result: Result, expiresAt: Timestamp? = nil) {
    self.leaseID = leaseID
    self.result = result
    self.expiresAt = expiresAt
  }
}
