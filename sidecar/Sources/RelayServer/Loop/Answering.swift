internal import RelayHTTP
internal import RelaySystem

/// Writing answers, one at a time and in order.
extension ConnectionLoop {
  /// Answers a request that was pending; a connection that went away is no error.
  func answer(_ id: ConnectionID, _ response: Response) {
    guard let connection = connection(id), case .waiting = connection.phase else { return }
    respond(connection, response)
    advance(connection)
    guard self.connection(id) != nil else { return }
    if case .waiting = connection.phase { return }
    if connection.isPostponed || connection.peerClosed || !connection.output.isEmpty { return }
    if !connection.interest.contains(.readable) { setInterest(connection, .readable) }
  }

  /// Writes an answer to a request that was read to its end.
  func respond(_ connection: Connection, _ response: Response) {
    // Who has closed its sending side may have sent more requests before.
    let isLast = connection.peerClosed && connection.input.isEmpty
    let keepsAlive = connection.terms.keepsAlive && !response.closes && !isDraining && !isLast
    write(connection, response, keepAlive: keepsAlive)
    connection.closesAfterWrite = !keepsAlive
    connection.phase = .head
    connection.head = nil
    connection.headBytes = 0
    connection.deliveredBytes = 0
    connection.terms = AnswerTerms()
    connection.deadline = now + limits.idleNanoseconds
    connection.idleSince = now
    connection.hasAsked = true
    flush(connection)
  }

  /// Answers a request whose rest will not be read, and ends the connection.
  func refuse(_ connection: Connection, _ response: Response) {
    write(connection, response, keepAlive: false)
    connection.closesAfterWrite = true
    connection.input.removeAll()
    connection.body = []
    uncharge(connection)
    connection.phase = .lingering(remaining: LoopLimits.lingerBytesMax)
    connection.head = nil
    connection.deadline = now + LoopLimits.lingerNanoseconds
    flush(connection)
  }

  func sendContinue(_ connection: Connection) {
    connection.output += Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
    flush(connection)
  }

  private func write(_ connection: Connection, _ response: Response, keepAlive: Bool) {
    metrics.count(status: response.status, on: handler.surface)
    let terms = connection.terms
    let before = connection.output.count
    defer {
      noteAnswer(connection, response, bytesOut: connection.output.count - before)
    }
    if let prepared = response.prepared {
      prepared.append(
        to: &connection.output,
        date: date.line(at: now),
        own: response.ownLines,
        keepAlive: keepAlive,
        omitBody: terms.isHEAD,
        tellsKeepAlive: terms.isHTTP10
      )
    } else {
      ResponseWriter.append(
        to: &connection.output,
        status: response.status,
        fields: [("Date", date.text(at: now))] + response.fields,
        body: response.body,
        keepAlive: keepAlive,
        omitBody: terms.isHEAD,
        tellsKeepAlive: terms.isHTTP10
      )
    }
  }

  func continueWriting(_ connection: Connection) {
    flush(connection)
    guard self.connection(connection.id) != nil, connection.output.isEmpty else { return }
    if case .head = connection.phase { advance(connection) }
  }

  func flush(_ connection: Connection) {
    if let tls = connection.tls, !tls.seal(connection) { return close(connection) }
    do throws(SystemError) {
      guard try connection.flush() else {
        // Once per answer: a client that takes a little now and then is cut off all the same.
        if connection.interest != .writable {
          connection.deadline = now + LoopLimits.writeNanoseconds
        }
        return setInterest(connection, .writable)
      }
    } catch {
      return close(connection)
    }
    if connection.closesAfterWrite { return finish(connection) }
    if connection.interest == .writable { setInterest(connection, .readable) }
  }

  /// The last answer is out: close at once, or after the client has read it.
  private func finish(_ connection: Connection) {
    guard case .lingering = connection.phase, !connection.peerClosed else {
      return close(connection)
    }
    connection.descriptor.shutdownWrite()
    connection.deadline = now + LoopLimits.lingerNanoseconds
    setInterest(connection, .readable)
  }
}
