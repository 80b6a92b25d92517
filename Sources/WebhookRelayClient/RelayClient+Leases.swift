/// A consumer as a work queue: each event to one worker at a time.
extension RelayClient {
  /// Creates a work queue, or leaves one of that name and those settings as it is.
  ///
  /// - Parameters:
  ///   - consumer: The name, which is also the scope of the token.
  ///   - sources: Only events of these; of all when empty.
  ///   - start: Where a new queue begins.
  ///   - attemptsMax: After so many hand-outs an event is a dead letter.
  /// - Throws: What the sidecar refused, `unavailable` when it does not answer.
  public func createQueue(
    _ consumer: String,
    sources: [String] = [],
    start: Start = .earliest,
    attemptsMax: Int = 20
  ) async throws(RelayClientError) {
    var call = try RelayCall(method: "PUT", path: ["v1", "consumers", consumer])
    call.body = RelayDecoding.consumerBody(
      sources: sources,
      start: start,
      queueAttempts: attemptsMax
    )
    _ = try await perform(call, about: consumer)
  }

  /// Takes events for this worker; waits for the first one as configured.
  ///
  /// Every event has to be settled by `ack`; after `nack`, or when the lease ends, it comes again,
  /// to this worker or another.
  ///
  /// - Parameters:
  ///   - consumer: The queue.
  ///   - limit: At most so many, 1 to 500.
  ///   - duration: How long they are this worker's, 500 ms to 12 h.
  /// - Returns: Leases, and holes where events that were due are no longer there.
  /// - Throws: What the sidecar refused, `unavailable` when it does not answer.
  public func lease(
    from consumer: String,
    limit: Int = 10,
    for duration: Duration = .seconds(30)
  ) async throws(RelayClientError) -> [RelayWork] {
    var call = try RelayCall(method: "POST", path: ["v1", "consumers", consumer, "lease"])
    call.body = RelayDecoding.leaseBody(limit: limit, lease: duration, wait: configuration.wait)
    return try RelayDecoding.leases(try await perform(call, about: consumer))
  }

  /// Settles events: they never come again once this has returned `done`.
  ///
  /// A late ack still counts while nobody else has got the event.
  @discardableResult
  public func ack(
    _ leases: [RelayLease],
    of consumer: String
  ) async throws(RelayClientError) -> [RelaySettlement] {
    try await settle("ack", leases, nil, consumer)
  }

  /// Gives events back, to be leased again after `delay`; after their last attempt they are dead
  /// letters.
  @discardableResult
  public func nack(
    _ leases: [RelayLease],
    delay: Duration = .zero,
    of consumer: String
  ) async throws(RelayClientError) -> [RelaySettlement] {
    try await settle("nack", leases, ("delay", delay), consumer)
  }

  /// Keeps events for `duration` from now.
  @discardableResult
  public func extend(
    _ leases: [RelayLease],
    for duration: Duration = .seconds(30),
    of consumer: String
  ) async throws(RelayClientError) -> [RelaySettlement] {
    try await settle("extend", leases, ("lease", duration), consumer)
  }

  /// A lease that is over is an answer, and no error: the work of the others is done all the same.
  private func settle(
    _ verb: String,
    _ leases: [RelayLease],
    _ time: (key: String, value: Duration)?,
    _ consumer: String
  ) async throws(RelayClientError) -> [RelaySettlement] {
    guard !leases.isEmpty else { return [] }
    var call = try RelayCall(method: "POST", path: ["v1", "consumers", consumer, verb])
    call.body = RelayDecoding.settleBody(leases.map(\.id), time)
    let answer = try await transport.send(call, with: configuration)
    if answer.status == 409, let settlements = try? RelayDecoding.settlements(answer.body) {
      return settlements
    }
    guard (200..<300).contains(answer.status) else {
      throw RelayDecoding.error(status: answer.status, body: answer.body, consumer: consumer)
    }
    return try RelayDecoding.settlements(answer.body)
  }
}
