internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// One attempt that is out.
private struct Flight {
  let lane: Int
  let attempt: Attempt
  let target: RelayTarget
  let made: RelayRequest.Made
  let source: String
  /// Monotonic nanoseconds.
  let began: Int64
  let deadline: Int64
  var upstream: Int
  var tried: [Int]
}

/// Sending, and what comes of it.
extension RelayEngine {
  /// Bodies of attempts that are out, all destinations together.
  private static let bytesInFlightMax = 64 << 20
  /// A connection that takes longer has nobody at its other end.
  private static let connectNanosecondsMax: Int64 = 5_000_000_000
  /// The answer to a webhook is a status; its body is read for the connection's sake, and dropped.
  private static let answerBytesMax = 64 << 10
  private static let answerHeadBytesMax = 32 << 10

  /// Sends everything that may go now.
  func send(_ loop: OutboundContext, at now: RelayTime) {
    while true {
      // A body alone is always sent, however large.
      let budget = bytesInFlight == 0 ? Int.max : max(0, Self.bytesInFlightMax - bytesInFlight)
      guard let (lane, attempt) = planner.nextAttempt(at: now, bodyBudget: budget) else { return }
      begin(lane, attempt, loop, at: now)
    }
  }

  private func begin(_ lane: Int, _ attempt: Attempt, _ loop: OutboundContext, at now: RelayTime) {
    guard let target = targets[lane] else {
      preconditionFailure("a lane without a target is paused")
    }
    let event: StoredEvent?
    do throws(JournalError) {
      event = try self.event(attempt.id.sequence)
    } catch {
      // The disk's trouble is not the event's: it is tried again.
      report(error, loop)
      settle(lane, attempt, .noAnswer(.unavailable), took: 0)
      return
    }
    guard let event else { return give(up: attempt, lane, .eventLost) }
    guard !event.isErased else { return give(up: attempt, lane, .bodyErased) }
    let request = RelayRequest(
      event,
      id: context.codec.eventID(event.sequence),
      attempt,
      to: target,
      scheme: context.schemes[event.source] ?? "http"
    )
    guard let made = request.make(at: Timestamp(microseconds: now.wallMicroseconds)) else {
      return give(up: attempt, lane, .unsendable)
    }
    guard let upstream = planner.takeUpstream(lane, at: now.elapsed, avoiding: []) else {
      preconditionFailure("there is always one to try first")
    }
    bytesInFlight += made.body.count
    go(
      Flight(
        lane: lane,
        attempt: attempt,
        target: target,
        made: made,
        source: event.source,
        began: loop.now,
        deadline: loop.now + target.plan.timeout.nanoseconds,
        upstream: upstream,
        tried: [upstream]
      ),
      loop
    )
  }

  private func go(_ flight: Flight, _ loop: OutboundContext) {
    let left = max(1, flight.deadline - loop.now)
    let request = OutboundRequest(
      "POST",
      flight.target.plan.urls[flight.upstream],
      fields: flight.made.fields,
      body: flight.made.body,
      trust: flight.target.trust,
      limits: OutboundLimits(
        connectNanoseconds: min(left, Self.connectNanosecondsMax),
        totalNanoseconds: left,
        headBytesMax: Self.answerHeadBytesMax,
        bodyBytesMax: Self.answerBytesMax,
        excess: .isCutOff
      )
    )
    loop.client.send(request) { [self] result in finish(flight, result, loop) }
  }

  private func finish(_ flight: Flight, _ result: OutboundResult, _ loop: OutboundContext) {
    // The process ends: what is out is not known to have failed, and is delivered again.
    if case .failure(.stopping) = result { return }
    let now = time
    let outcome = Self.outcome(result, at: Timestamp(microseconds: now.wallMicroseconds))
    planner.finishUpstream(
      flight.lane,
      flight.upstream,
      isFailure: Self.isUpstreamsFault(outcome),
      at: now.elapsed
    )
    if Self.isUnsent(result), !isStopping, loop.now < flight.deadline,
      let other = planner.takeUpstream(flight.lane, at: now.elapsed, avoiding: flight.tried)
    {
      // Nobody was there to read a byte of it: another of the URLs takes this very attempt.
      var next = flight
      next.upstream = other
      next.tried.append(other)
      return go(next, loop)
    }
    bytesInFlight -= flight.made.body.count
    if case .failure(.unusable) = result {
      return give(up: flight.attempt, flight.lane, .unsendable)
    }
    log(flight, result, outcome)
    settle(flight.lane, flight.attempt, outcome, took: loop.now - flight.began)
  }

  /// Takes what came of an attempt into the lane and the counters.
  private func settle(_ lane: Int, _ attempt: Attempt, _ outcome: AttemptResult, took: Int64) {
    let now = time
    let settlement = planner.finished(
      lane,
      attempt.id,
      outcome,
      at: now,
      using: &generator
    )
    recent.add(
      attempt.id,
      lane: lane,
      AttemptRecord(
        number: attempt.number,
        wallMicroseconds: now.wallMicroseconds - took / 1000,
        took: .nanoseconds(took),
        result: outcome
      )
    )
    counters[lane].count(Self.label(outcome))
    if case .answer = outcome { counters[lane].duration.record(microseconds: took / 1000) }
    if settlement == .delivered { counters[lane].delivered.add(1, ordering: .relaxed) }
    follow(attempt, settlement)
  }

  private func give(up attempt: Attempt, _ lane: Int, _ reason: DeathReason) {
    let settlement = planner.abandon(lane, attempt.id, reason, at: time)
    follow(attempt, settlement)
  }

  // MARK: Results

  /// What a result means to the lane.
  static func outcome(_ result: OutboundResult, at now: Timestamp) -> AttemptResult {
    switch result {
    case .response(let response):
      .answer(
        status: response.status,
        retryAfter: RetryAfter.parse(response.first("Retry-After"), at: now)
      )
    case .failure(let failure): .noAnswer(reason(failure))
    }
  }

  private static func reason(_ failure: OutboundFailure) -> NoAnswer {
    switch failure {
    case .nameNotFound: .nameUnknown
    case .addressRefused: .unreachable
    case .cannotConnect: .refused
    case .tls: .tls
    case .connectTimedOut, .timedOut: .timeout
    case .closedWithoutAnswer, .answerCut: .closed
    case .malformed: .malformed
    case .headTooLarge, .bodyTooLarge: .tooLarge
    case .overloaded: .unavailable
    case .cancelled, .stopping, .unusable: .interrupted
    }
  }

  /// Whether the upstream should rest: it is away, or says that it cannot.
  private static func isUpstreamsFault(_ outcome: AttemptResult) -> Bool {
    switch outcome {
    case .noAnswer(.unavailable), .noAnswer(.interrupted): false
    case .noAnswer: true
    case .answer(let status, _): status >= 500
    }
  }

  /// Whether nobody can have read any of the request.
  private static func isUnsent(_ result: OutboundResult) -> Bool {
    switch result {
    case .failure(.nameNotFound), .failure(.cannotConnect), .failure(.connectTimedOut): true
    default: false
    }
  }

  private static func label(_ outcome: AttemptResult) -> DestinationCounters.Outcome {
    if case .noAnswer = outcome { return .noAnswer }
    return switch ResponseClassifier.verdict(on: outcome) {
    case .delivered: .delivered
    case .transient: .transient
    case .misconfigured: .misconfigured
    case .permanent: .permanent
    }
  }

  private func log(_ flight: Flight, _ result: OutboundResult, _ outcome: AttemptResult) {
    guard ResponseClassifier.verdict(on: outcome) != .delivered else { return }
    let reason: String
    switch result {
    case .response(let response): reason = "the answer was \(response.status)"
    case .failure(let failure): reason = failure.sentence
    }
    context.log.network(
      .warning,
      "delivery_failed",
      [
        "destination": .text(flight.target.plan.name),
        "id": .text(context.codec.eventID(flight.attempt.id.sequence)),
        "source": .text(flight.source),
        "attempt": .number(flight.attempt.number),
        "reason": .text(reason),
      ]
    )
  }
}

/// `Retry-After` as seconds or a date (RFC 9110 §10.2.3).
enum RetryAfter {
  /// Ten digits are three hundred years.
  private static let digitsMax = 10

  static func parse(_ text: String?, at now: Timestamp) -> Duration? {
    guard let text else { return nil }
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), text.utf8.count <= digitsMax {
      return Int64(text).map { .seconds($0) }
    }
    guard let date = Timestamp(rfc1123: text.utf8.span) else { return nil }
    return .seconds(max(0, date.seconds - now.seconds))
  }
}
