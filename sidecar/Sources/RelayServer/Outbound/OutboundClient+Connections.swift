internal import RelaySystem
internal import RelayTLS

/// Which connection a request gets, and what becomes of one that is free or closed.
extension OutboundClient {
  /// A kept connection, else a new one, else a place in the line.
  func start(_ exchange: OutboundExchange, isRepeat: Bool = false) {
    let pool = exchange.pool
    if !isRepeat, let kept = pool.idle.popLast() {
      idle.remove(kept)
      counts.reuses += 1
      return assign(kept, exchange)
    }
    guard pool.openCount < limits.perOriginMax else { return wait(exchange) }
    guard makeRoom() else {
      wait(exchange)
      if !exchange.isFinished { standInLine(pool) }
      return
    }
    open(for: exchange)
  }

  private func wait(_ exchange: OutboundExchange) {
    // Everything that has no connection waits.
    guard pendingRequests - (openConnections - idle.count) <= limits.waitingMax else {
      return finish(exchange, .failure(.overloaded))
    }
    exchange.pool.wait(exchange)
    armWaiting(exchange)
  }

  /// The request of a pool that has waited longest and still has time.
  private func nextWaiting(_ pool: OutboundPool) -> OutboundExchange? {
    while let next = pool.nextWaiting() {
      if next.deadline > now { return next }
      finish(next, .failure(.timedOut))
    }
    return nil
  }

  private func standInLine(_ pool: OutboundPool) {
    guard !pool.isInLine else { return }
    pool.isInLine = true
    line.append(pool)
  }

  /// Whether one more connection may be opened; the one that is idle longest makes room.
  private func makeRoom() -> Bool {
    guard openConnections >= limits.connectionsMax else { return true }
    guard let oldest = idle.first else { return false }
    discard(oldest)
    return true
  }

  private func assign(_ connection: OutboundConnection, _ exchange: OutboundExchange) {
    exchange.connection = connection
    connection.exchange = exchange
    begin(connection)
  }

  /// The answer is complete: the connection serves the next request or is kept.
  func release(_ connection: OutboundConnection) {
    connection.isReused = true
    let pool = connection.pool
    if let next = nextWaiting(pool) {
      counts.reuses += 1
      return assign(connection, next)
    }
    // Others wait for a place, and this one has nothing to do.
    if !line.isEmpty || isDraining { return close(connection) }
    connection.phase = .idle
    setInterest(connection, .readable)
    guard !connection.isClosed else { return }
    pool.idle.append(connection)
    idle.append(connection)
    let (deadline, overflow) = now.addingReportingOverflow(limits.idleNanoseconds)
    setDeadline(connection, overflow ? .max : deadline)
  }

  /// Closes a connection and gives its place to whoever waits.
  func close(_ connection: OutboundConnection) {
    guard discard(connection) else { return }
    serveLine(after: connection.pool)
  }

  /// Closes a connection; false when it was closed already.
  @discardableResult
  private func discard(_ connection: OutboundConnection) -> Bool {
    guard !connection.isClosed else { return false }
    connection.isClosed = true
    let pool = connection.pool
    if connection.phase == .idle {
      idle.remove(connection)
      // The oldest is the first, and the oldest is what is closed.
      if let index = pool.idle.firstIndex(where: { $0 === connection }) {
        pool.idle.remove(at: index)
      }
    }
    sayGoodbye(connection)
    closeSocket(connection)
    connection.exchange?.connection = nil
    connection.exchange = nil
    connections[connection.id.slot] = nil
    freeSlots.append(connection.id.slot)
    pool.openCount -= 1
    if pool.isUnused { pools[pool.key] = nil }
    return true
  }

  func closeSocket(_ connection: OutboundConnection) {
    if let socket = connection.socket, !connection.interest.isEmpty {
      poller.remove(socket.descriptor.rawValue)
    }
    connection.socket = nil
    connection.interest = []
  }

  /// TLS ends with a word; what the socket does not take at once is not worth waiting for.
  private func sayGoodbye(_ connection: OutboundConnection) {
    guard let session = connection.session, connection.output.isEmpty else { return }
    session.close()
    session.takeOutput(into: &connection.output, using: &plain)
    _ = try? connection.sendOutput()
    connection.session = nil
  }

  private func serveLine(after pool: OutboundPool) {
    guard !isDraining else { return }
    if pool.openCount < limits.perOriginMax, openConnections < limits.connectionsMax,
      let next = nextWaiting(pool)
    {
      open(for: next)
    }
    while !line.isEmpty, openConnections < limits.connectionsMax {
      let first = line.removeFirst()
      first.isInLine = false
      guard let next = nextWaiting(first) else { continue }
      open(for: next)
      // Behind the others, when more of its requests wait.
      standInLine(first)
    }
  }

  func setInterest(_ connection: OutboundConnection, _ interest: Interest) {
    guard connection.interest != interest, let socket = connection.socket else { return }
    let descriptor = socket.descriptor.rawValue
    let wasWatched = !connection.interest.isEmpty
    do throws(SystemError) {
      if wasWatched {
        try poller.modify(descriptor, interest, token: connection.id.rawValue)
      } else {
        try poller.add(descriptor, interest, token: connection.id.rawValue)
      }
      connection.interest = interest
    } catch {
      fail(connection, .cannotConnect("\(error)"))
    }
  }
}
