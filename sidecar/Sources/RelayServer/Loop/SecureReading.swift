internal import RelayConfiguration
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS

/// Reading over TLS: bytes of the wire go through the engine, and what comes out goes the way of
/// all others.
extension ConnectionLoop {
  func read(_ connection: Connection, over tls: TLSTransport) {
    for _ in 0..<LoopLimits.readsPerTurn {
      // Behind the last answer nothing is decrypted any more.
      if case .lingering = connection.phase { return linger(connection) }
      // Nor behind the client's goodbye, which may come long before the end of its socket.
      guard !connection.peerClosed else { return setInterest(connection, []) }
      if case .waiting = connection.phase, connection.input.count >= LoopLimits.pipelineBytesMax {
        return setInterest(connection, [])
      }
      do throws(SystemError) {
        guard let count = try connection.receive(into: &scratch) else { return }
        guard count > 0 else { return endOfWire(connection, tls) }
        take(count, on: connection, over: tls)
        // A short read emptied the socket. What the client does not take, it does not outrun.
        guard goesOn(connection), !connection.isPostponed, connection.output.isEmpty,
          count == scratch.count
        else { return }
      } catch {
        return endOfWire(connection, tls, isReset: true)
      }
    }
  }

  /// Takes the bytes of the wire at the beginning of `scratch`.
  private func take(_ count: Int, on connection: Connection, over tls: TLSTransport) {
    if !tls.hasHeard { joinHandshakeLine(connection) }
    do throws(TLSFailure) {
      try tls.feed(scratch.span.extracting(0..<count))
      try proceed(connection, tls)
    } catch {
      broke(connection, tls, error)
    }
  }

  /// Goes as far as the bytes that the engine was fed allow.
  func proceed(_ connection: Connection, _ tls: TLSTransport) throws(TLSFailure) {
    if !tls.isEstablished {
      let isDone = try tls.shakeHands()
      sendOutput(of: tls, connection)
      guard isDone, self.connection(connection.id) != nil else { return }
      leaveHandshakeLine(connection)
      connection.deadline = now + limits.headNanoseconds
      connection.idleSince = now
    }
    while goesOn(connection) {
      switch try tls.read(into: &scratch) {
      case .bytes(let count):
        connection.input.receive(count, lending: &scratch)
        advance(connection)
        connection.input.giveBack(&scratch)
        guard self.connection(connection.id) != nil else { return }
        charge(connection)
      case .waits:
        // Tickets and key updates are words of the engine's own.
        sendOutput(of: tls, connection)
        tls.rest()
        return weighPartialRecord(connection)
      case .ended:
        // Requests that lie here were sent before it.
        guard !connection.isPostponed else { return connection.endsWhenRead = true }
        return endOfStream(connection)
      }
    }
  }

  /// Takes part of a record between requests for the beginning of the next one, whose time runs
  /// from then on; and takes that back when the rest was a word of the engine's own.
  func weighPartialRecord(_ connection: Connection) {
    guard let tls = connection.tls, case .head = connection.phase, connection.input.isEmpty,
      connection.output.isEmpty
    else { return }
    if tls.holdsPartialRecord {
      beginHead(connection)
    } else if let before = connection.deadlineAtRest {
      connection.deadline = before
      connection.deadlineAtRest = nil
    }
  }

  /// Whether requests are still read here.
  private func goesOn(_ connection: Connection) -> Bool {
    guard !connection.isClosed, !connection.closesAfterWrite else { return false }
    if case .lingering = connection.phase { return false }
    return true
  }

  /// Sends what is not an answer.
  ///
  /// It moves no deadline: a client that asks for keys again and again is as late as any other.
  private func sendOutput(of tls: TLSTransport, _ connection: Connection) {
    tls.takeOutput(for: connection)
    guard !connection.output.isEmpty else { return }
    do throws(SystemError) {
      if try !connection.flush() { setInterest(connection, .writable) }
    } catch {
      close(connection)
    }
  }

  /// The socket has ended, with a goodbye before it or without.
  ///
  /// Who cuts a connection can forge that end (RFC 9112 §9.8), and nothing depends on it: a request
  /// ends where its framing says, and one that is cut was never there.
  private func endOfWire(_ connection: Connection, _ tls: TLSTransport, isReset: Bool = false) {
    if !tls.isEstablished, tls.hasHeard {
      note(.closed, "the client closed the connection during the handshake", connection, tls)
    }
    if !tls.isEstablished || isReset { close(connection) } else { endOfStream(connection) }
  }

  /// The handshake took too long; who said nothing at all is idle, and no news.
  func expire(_ connection: Connection, shakingHandsOver tls: TLSTransport) {
    if tls.hasHeard {
      note(.timedOut, "the handshake did not end within header_timeout", connection, tls)
    }
    close(connection)
  }

  // MARK: Those who shake hands

  /// Makes room among those who shake hands, by closing the one that has been at it longest: an
  /// honest client is done within a few round trips.
  private func joinHandshakeLine(_ connection: Connection) {
    let isShaking = { [self] (id: ConnectionID) in
      self.connection(id)?.isInHandshakeLine ?? false
    }
    if handshakes.count >= LoopLimits.handshakesMax,
      let oldest = handshakes.takeOldest(isShaking: isShaking).flatMap(self.connection),
      let tls = oldest.tls
    {
      note(.crowdedOut, "too many connections shook hands at once", oldest, tls)
      close(oldest)
    }
    handshakes.join(connection.id, isShaking: isShaking)
    connection.isInHandshakeLine = true
  }

  /// The handshake is done, or has failed.
  func leaveHandshakeLine(_ connection: Connection) {
    guard connection.isInHandshakeLine else { return }
    connection.isInHandshakeLine = false
    handshakes.leave()
  }

  // MARK: Failures

  func broke(_ connection: Connection, _ tls: TLSTransport, _ failure: TLSFailure) {
    guard self.connection(connection.id) != nil else { return }
    note(TLSCounters.Failure(failure.kind), failure.description, connection, tls)
    leaveHandshakeLine(connection)
    if failure.kind == .plainHTTP, !tls.hasSpoken {
      // Somebody wrote http:// for https://: an answer says so where an alert would be noise.
      connection.tls = nil
      return refuse(connection, HTTPProblem.tlsRequired)
    }
    guard !tls.isEstablished else {
      sendOutput(of: tls, connection)
      return close(connection)
    }
    // The alert says why; the client reads it instead of a reset, as it reads a last answer.
    tls.takeOutput(for: connection)
    // It is all of the wire now, and the session with all that was set aside for it can go.
    connection.tls = nil
    connection.closesAfterWrite = true
    connection.phase = .lingering(remaining: LoopLimits.lingerBytesMax)
    connection.deadline = now + LoopLimits.lingerNanoseconds
    flush(connection)
  }

  private func note(
    _ failure: TLSCounters.Failure,
    _ detail: String,
    _ connection: Connection,
    _ tls: TLSTransport
  ) {
    tls.desk.counters.fail(failure)
    log.network(
      .info,
      "tls_failed",
      [
        "surface": .text(handler.surface.rawValue),
        "reason": .text(failure.rawValue),
        "detail": .text(detail),
        "address": .text(connection.remote),
      ]
    )
  }
}

extension HTTPProblem {
  static let tlsRequired =
    HTTPProblem(400, "tls-required", "this port speaks TLS; write https:// in the URL").response
}
