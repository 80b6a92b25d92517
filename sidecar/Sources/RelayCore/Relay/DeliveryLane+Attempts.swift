/// An attempt that is to be made now.
package struct Attempt: Equatable, Sendable {
  package let id: DeliveryID
  /// Counted from 1.
  package let number: Int
  package let identity: ReplayIdentity
  package let bodyBytes: UInt32
}

extension DeliveryLane {
  /// What a lane does when it is asked for work.
  package enum Turn: Equatable, Sendable {
    case attempt(Attempt)
    /// The next body is too large for what is left of the memory for bodies.
    case waitForBytes
    case nothing
  }

  /// Bodies up to this size are sent whatever else is out: their sum is bounded by their number.
  static let smallBodyBytes: UInt32 = 64 << 10

  private enum Queue { case fresh, retries, waiting }

  /// Returns the next attempt; its slot is taken until `finished` or `abandon`.
  package mutating func next(at time: RelayTime, bodyBudget: Int) -> Turn {
    guard mode != .burying else {
      buryHeld(at: time)
      return .nothing
    }
    guard pause == nil, inFlight.count < plan.concurrency else { return .nothing }
    let now = time.elapsed
    promoteDue(at: now)
    let isProbe: Bool
    switch breaker.permission(at: now) {
    case .deliver: isProbe = false
    case .probe: isProbe = true
    case .wait, .waitForProbe: return .nothing
    }
    guard let (id, queue) = choose(isProbe: isProbe) else { return .nothing }
    let bytes = bodyBytes(of: id)
    guard bytes <= Self.smallBodyBytes || Int(bytes) <= bodyBudget else { return .waitForBytes }
    pop(queue)
    if isProbe {
      breaker.beginProbe()
      probeCount += 1
      isHeaderDirty = true
    }
    return .attempt(begin(id, isProbe: isProbe, at: now, bytes))
  }

  private mutating func begin(
    _ id: DeliveryID,
    isProbe: Bool,
    at now: Duration,
    _ bytes: UInt32
  ) -> Attempt {
    let delivery = held[id]?.delivery
    let number = (delivery?.attemptCount ?? 0) + 1
    inFlight[id] = Flight(began: now, number: number, isProbe: isProbe)
    if delivery == nil {
      window.set(.inFlight, of: id.sequence)
    } else {
      held[id]?.phase = .inFlight
      if delivery?.firstAttempt == nil { held[id]?.delivery.firstAttempt = now }
    }
    return Attempt(
      id: id,
      number: number,
      identity: delivery?.identity ?? .same,
      bodyBytes: bytes
    )
  }

  // MARK: Choosing

  private mutating func promoteDue(at now: Duration) {
    while let id = waiting.popFirst(dueAt: now) {
      guard let entry = held[id], entry.phase == .waiting, entry.delivery.next <= now else {
        continue
      }
      held[id]?.phase = .ready
      retries.append(id)
    }
  }

  private func isReady(_ id: DeliveryID) -> Bool {
    if let entry = held[id] { return entry.phase == .ready }
    guard id.replay == 0, case .queued? = window[id.sequence]?.fate else { return false }
    return true
  }

  private func bodyBytes(of id: DeliveryID) -> UInt32 {
    held[id]?.delivery.bodyBytes ?? window[id.sequence]?.bodyBytes ?? 0
  }

  /// Of so many probes one takes what was never tried, however much has failed already.
  private static let freshProbeEvery = 8

  /// A probe takes what has failed before, so that a dead destination does not use up its backlog;
  /// and now and then what was never tried, so that events that always fail do not keep the breaker
  /// open.
  private mutating func choose(isProbe: Bool) -> (DeliveryID, Queue)? {
    while let id = fresh.first, !isReady(id) { _ = fresh.popFirst() }
    while let id = retries.first, !isReady(id) { _ = retries.popFirst() }
    let next = fresh.first.map { ($0, Queue.fresh) }
    let retry = retries.first.map { ($0, Queue.retries) }
    guard isProbe, held.count >= limits.probes, let next else {
      return prefersFresh ? next ?? retry : retry ?? next
    }
    if probeCount % Self.freshProbeEvery == 0 { return next }
    if let retry { return retry }
    while let (time, id) = waiting.first {
      if let entry = held[id], entry.phase == .waiting, entry.delivery.next == time {
        return (id, .waiting)
      }
      _ = waiting.popFirst()
    }
    return next
  }

  private mutating func pop(_ queue: Queue) {
    switch queue {
    case .fresh: _ = fresh.popFirst()
    case .retries: _ = retries.popFirst()
    case .waiting: _ = waiting.popFirst()
    }
    prefersFresh = queue != .fresh
  }

  // MARK: Results

  /// What became of a delivery.
  package enum Settlement: Equatable, Sendable {
    case delivered
    case retry(at: Duration)
    case dead(DeathReason)
  }

  /// Takes the result of an attempt.
  package mutating func finished(
    _ id: DeliveryID,
    _ result: AttemptResult,
    at now: RelayTime,
    using generator: inout some RandomNumberGenerator
  ) -> Settlement {
    guard let flight = inFlight.removeValue(forKey: id) else {
      preconditionFailure("only what was begun is finished")
    }
    let verdict = ResponseClassifier.verdict(on: result)
    judge(verdict, result, flight, at: now.elapsed)
    if verdict == .delivered {
      settle(id)
      return .delivered
    }
    let took = now.elapsed - flight.began
    var delivery = entry(id, flight)
    delivery.attemptCount = flight.number
    delivery.append(
      AttemptRecord(
        number: flight.number,
        wallMicroseconds: now.wallMicroseconds - took.wholeNanoseconds / 1000,
        took: took,
        result: result
      )
    )
    guard verdict != .permanent else { return die(id, delivery, .refused, at: now) }
    var retryAfter: Duration?
    if case .answer(_, let wished) = result { retryAfter = wished }
    let age = now.elapsed - (delivery.firstAttempt ?? flight.began)
    switch plan.retry.next(
      afterAttempt: flight.number,
      age: age,
      retryAfter: retryAfter,
      using: &generator
    ) {
    case .giveUp: return die(id, delivery, .exhausted, at: now)
    case .wait(let wait):
      delivery.next = now.elapsed + wait
      hold(id, delivery)
      return .retry(at: delivery.next)
    }
  }

  /// Ends an attempt that could not be made, for a reason that no further attempt would change.
  package mutating func abandon(
    _ id: DeliveryID,
    _ reason: DeathReason,
    at now: RelayTime
  ) -> Settlement {
    guard let flight = inFlight.removeValue(forKey: id) else {
      preconditionFailure("only what was begun is abandoned")
    }
    if flight.isProbe { breaker.withdrawProbe(at: now.elapsed) }
    return die(id, entry(id, flight), reason, at: now)
  }

  private mutating func judge(
    _ verdict: ResponseClassifier.Verdict,
    _ result: AttemptResult,
    _ flight: Flight,
    at now: Duration
  ) {
    // Nothing was said about the service when the want was ours.
    if result == .noAnswer(.unavailable) || result == .noAnswer(.interrupted) {
      if flight.isProbe { breaker.withdrawProbe(at: now) }
      return
    }
    let before = breaker.state
    let weight = ResponseClassifier.weight(of: verdict)
    if weight == 0 {
      breaker.recordSuccess()
    } else {
      var retryAfter: Duration?
      if case .answer(_, let wished) = result { retryAfter = wished }
      breaker.recordFailure(
        weight: weight,
        isProbe: flight.isProbe,
        retryAfter: retryAfter,
        at: now
      )
    }
    guard breaker.state != before else { return }
    isHeaderDirty = true
    if breaker.state == .closed {
      notices.append(.breakerClosed)
    } else if before == .closed {
      notices.append(.breakerOpened)
    }
  }

  private func entry(_ id: DeliveryID, _ flight: Flight) -> HeldDelivery {
    if let known = held[id]?.delivery { return known }
    guard let slot = window[id.sequence] else {
      preconditionFailure("what is out is held or in the window")
    }
    var delivery = HeldDelivery(
      orderKey: slot.orderKey,
      receivedAt: slot.receivedAt,
      bodyBytes: slot.bodyBytes
    )
    delivery.firstAttempt = flight.began
    return delivery
  }

  private mutating func hold(_ id: DeliveryID, _ delivery: HeldDelivery) {
    held[id] = Held(delivery: delivery, phase: .waiting)
    dirtyHeld.insert(id)
    waiting.push(id, at: delivery.next)
    if id.replay == 0 { window.set(.closed, of: id.sequence) }
    makeRoom()
  }

  private mutating func die(
    _ id: DeliveryID,
    _ delivery: HeldDelivery,
    _ reason: DeathReason,
    at now: RelayTime
  ) -> Settlement {
    let letter = DeadLetter(
      delivery,
      replay: id.replay,
      reason: reason,
      diedAt: now.wallMicroseconds
    )
    settle(id)
    add(letter, id)
    return .dead(reason)
  }

  /// Nothing more is to be done for it: the next of its key may go.
  private mutating func settle(_ id: DeliveryID) {
    var key: UInt64 = 0
    if let entry = held.removeValue(forKey: id) {
      key = entry.delivery.orderKey
      dirtyHeld.insert(id)
    } else if let slot = window[id.sequence] {
      key = slot.orderKey
      window.set(.closed, of: id.sequence)
    }
    isHeaderDirty = true
    if id.replay == 0, let next = gate.leave(key: key) { unblock(next) }
    makeRoom()
  }

  private mutating func unblock(_ id: DeliveryID) {
    if held[id] != nil {
      held[id]?.phase = .ready
      retries.append(id)
    } else {
      window.set(.queued, of: id.sequence)
      fresh.append(id)
    }
  }

  // MARK: Time

  /// When it should be asked again though nothing happens; nil: never.
  package func nextWake(at now: Duration) -> Duration? {
    guard pause == nil, mode != .burying, inFlight.count < plan.concurrency else { return nil }
    var wake = waiting.first?.time
    if !fresh.isEmpty || !retries.isEmpty { wake = now }
    guard let wake else { return nil }
    switch breaker.permission(at: now) {
    case .deliver, .probe: return wake
    case .wait(let until): return max(wake, until)
    case .waitForProbe: return nil
    }
  }
}
