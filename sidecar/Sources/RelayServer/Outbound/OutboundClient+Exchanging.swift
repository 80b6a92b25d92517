internal import RelayCore
internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS

/// Sending a request over a connection and reading its answer.
extension OutboundClient {
  /// Writes the head and the beginning of the body.
  func begin(_ connection: OutboundConnection) {
    guard let exchange = connection.exchange else {
      preconditionFailure("a connection is made or taken for a request")
    }
    let request = exchange.request
    connection.phase = .exchanging
    connection.connectFailure = nil
    connection.bodyTaken = 0
    connection.parser = ResponseParser(
      limits: request.limits.http,
      excess: request.limits.excess,
      isToHEAD: request.method == "HEAD"
    )
    setDeadline(connection, exchange.deadline)
    do throws(RequestRefusal) {
      var head: [UInt8] = []
      // The buffer of the last request; TLS may have words of its own in it.
      if connection.session == nil { swap(&head, &connection.output) }
      try RequestWriter.appendHead(
        to: &head,
        method: request.method,
        target: request.url.target,
        host: connection.pool.authority,
        fields: request.fields,
        bodyBytes: request.body.count
      )
      takeBody(request.body, connection, into: &head)
      write(head, connection)
    } catch {
      return fail(connection, .unusable(error.reason))
    }
    guard connection.phase == .exchanging, !connection.isClosed else { return }
    flush(connection)
  }

  /// Makes bytes ready for the wire; without TLS there must be none before them.
  private func write(_ bytes: [UInt8], _ connection: OutboundConnection) {
    guard let session = connection.session else {
      connection.output = bytes
      return
    }
    do throws(TLSFailure) {
      try session.write(bytes.span)
      session.takeOutput(into: &connection.output, using: &plain)
    } catch {
      fail(connection, .tls(error))
    }
  }

  private func takeBody(
    _ body: [UInt8],
    _ connection: OutboundConnection,
    into output: inout [UInt8]
  ) {
    let end = min(body.count, connection.bodyTaken + OutboundPoolLimits.writeBytes)
    output += body[connection.bodyTaken..<end]
    connection.bodyTaken = end
  }

  /// Sends what is ready, and makes more of the body ready, until the socket takes no more.
  func flush(_ connection: OutboundConnection) {
    do throws(SystemError) {
      while true {
        guard try connection.sendOutput() else {
          return setInterest(connection, [.readable, .writable])
        }
        guard connection.phase == .exchanging, let body = connection.exchange?.request.body,
          connection.bodyTaken < body.count
        else { break }
        var piece: [UInt8] = []
        takeBody(body, connection, into: &piece)
        write(piece, connection)
        guard !connection.isClosed else { return }
      }
    } catch {
      // A server that refuses early stops reading, but it has answered: what came counts.
      return readLast(connection)
    }
    setInterest(connection, .readable)
  }

  /// The socket cannot be written to any more.
  private func readLast(_ connection: OutboundConnection) {
    connection.isWritable = false
    connection.output = []
    connection.written = 0
    read(connection)
    if !connection.isClosed { end(connection) }
  }

  // MARK: Reading

  func serve(_ connection: OutboundConnection, _ event: PollEvent) {
    if connection.phase == .connecting { return finishConnecting(connection) }
    if event.isReadable || event.isHangup { read(connection) }
    guard event.isWritable, !connection.isClosed, connection.interest.contains(.writable) else {
      return
    }
    flush(connection)
  }

  private func read(_ connection: OutboundConnection) {
    if connection.phase == .idle { return readIdle(connection) }
    for _ in 0..<OutboundPoolLimits.readsPerTurn {
      do throws(SystemError) {
        guard let count = try connection.receive(into: &scratch) else { return }
        guard count > 0 else { return end(connection) }
        take(connection, count: count)
        // A short read emptied the socket; asking again would only be told so.
        if connection.isClosed || connection.phase == .idle || count < scratch.count { return }
      } catch {
        return end(connection, isReset: true)
      }
    }
  }

  /// Nothing was asked: this is the end, an answer to nothing, or TLS that has to say something of
  /// its own, such as a ticket, and only after that the connection lives on.
  private func readIdle(_ connection: OutboundConnection) {
    guard let session = connection.session else { return close(connection) }
    do {
      guard let count = try connection.receive(into: &scratch) else { return }
      guard count > 0 else { return close(connection) }
      try session.feed(scratch.span.extracting(0..<count))
      guard try Self.read(session, into: &plain) == .waits else { return close(connection) }
      session.takeOutput(into: &connection.output, using: &plain)
      guard try connection.sendOutput() else { return close(connection) }
    } catch {
      close(connection)
    }
  }

  /// Bytes of the wire are in `scratch`.
  private func take(_ connection: OutboundConnection, count: Int) {
    guard let session = connection.session else {
      let isAllUsed = parse(connection, scratch, count: count)
      if connection.parser.isComplete { complete(connection, isAlone: isAllUsed) }
      return
    }
    do throws(TLSFailure) {
      try session.feed(scratch.span.extracting(0..<count))
      if connection.phase == .shakingHands { try shakeHands(connection) }
      try decrypt(connection, session)
    } catch {
      broke(connection, error)
    }
  }

  private func decrypt(
    _ connection: OutboundConnection,
    _ session: TLSClientSession
  ) throws(TLSFailure) {
    while connection.phase == .exchanging, !connection.isClosed {
      switch try Self.read(session, into: &plain) {
      case .bytes(let count):
        let isAllUsed = parse(connection, plain, count: count)
        guard connection.parser.isComplete else { continue }
        // What came along behind the answer is in the engine, and no socket tells of it again.
        let isAtRest = (try? Self.read(session, into: &plain)) == .waits
        return complete(connection, isAlone: isAllUsed && isAtRest)
      case .ended:
        return finishParsing(connection)
      case .waits:
        // A key update asks for an answer.
        session.takeOutput(into: &connection.output, using: &plain)
        if !connection.output.isEmpty { flush(connection) }
        return
      }
    }
  }

  private static func read(
    _ session: TLSClientSession,
    into plain: inout [UInt8]
  ) throws(TLSFailure) -> TLSClientSession.Reading {
    var span = plain.mutableSpan
    return try session.read(into: &span)
  }

  /// Returns whether all bytes were the answer's.
  private func parse(_ connection: OutboundConnection, _ bytes: [UInt8], count: Int) -> Bool {
    do throws(ResponseError) {
      return try connection.parse(bytes, count: count)
    } catch {
      fail(connection, OutboundFailure(error))
      return false
    }
  }

  /// The stream has ended, by a reset or as it should.
  private func end(_ connection: OutboundConnection, isReset: Bool = false) {
    if let session = connection.session, connection.phase != .idle {
      session.feedEnd()
      do throws(TLSFailure) {
        if connection.phase == .shakingHands { try shakeHands(connection) }
        try decrypt(connection, session)
      } catch {
        return broke(connection, error)
      }
      if !connection.isClosed { fail(connection, .closedWithoutAnswer) }
    } else if connection.phase == .idle {
      close(connection)
    } else if isReset {
      // A reset may have taken bytes with it: it ends no body.
      fail(connection, connection.parser.hasBegun ? .answerCut : .closedWithoutAnswer)
    } else {
      finishParsing(connection)
    }
  }

  private func broke(_ connection: OutboundConnection, _ failure: TLSFailure) {
    guard !connection.isClosed else { return }
    guard failure.kind == .truncated, connection.phase == .exchanging else {
      return fail(connection, .tls(failure))
    }
    // Without a close-notify somebody else may have ended the stream: it ends no body either.
    fail(connection, connection.parser.hasBegun ? .answerCut : .closedWithoutAnswer)
  }

  private func finishParsing(_ connection: OutboundConnection) {
    do throws(ResponseError) {
      try connection.parser.finish()
      complete(connection, isAlone: false)
    } catch {
      fail(connection, OutboundFailure(error))
    }
  }

  /// The answer is whole.
  ///
  /// Bytes behind it are an answer to nothing, and end the connection.
  private func complete(_ connection: OutboundConnection, isAlone: Bool) {
    guard let exchange = connection.exchange, let head = connection.parser.head else { return }
    let canBeKept = isAlone && connection.isSent && connection.parser.canBeKept
    let response = OutboundResponse(
      head: head,
      body: connection.parser.body,
      isTruncated: connection.parser.isCutOff
    )
    connection.parser = ResponseParser(limits: HTTPLimits())
    finish(exchange, .response(response))
    if canBeKept { release(connection) } else { close(connection) }
  }

  /// The connection is at its end before the answer is.
  func fail(_ connection: OutboundConnection, _ failure: OutboundFailure) {
    guard !connection.isClosed else { return }
    guard let exchange = connection.exchange else { return close(connection) }
    let isCrossed =
      failure == .closedWithoutAnswer && connection.isReused && !connection.parser.hasBegun
    if isCrossed, exchange.request.mayRepeat, !exchange.isRepeated {
      exchange.isRepeated = true
      exchange.connection = nil
      connection.exchange = nil
      counts.repeats += 1
      close(connection)
      // Its last connection may have taken the pool with it.
      pools[exchange.pool.key] = exchange.pool
      start(exchange, isRepeat: true)
      return
    }
    finish(exchange, .failure(failure))
    close(connection)
  }
}
