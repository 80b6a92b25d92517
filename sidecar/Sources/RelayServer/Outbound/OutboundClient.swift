internal import RelayCore
internal import RelaySystem
internal import RelayTLS

/// HTTP/1.1 requests of the sidecar's own: kept connections, TLS, deadlines.
///
/// It belongs to one thread, that of its `OutboundLoop`, and takes no lock. Whatever comes of a
/// request comes as one call of its completion, later in the same turn or in another one, never
/// from within `send` or `cancel`. Finding a connection is in OutboundClient+Connections.swift,
/// making one in +Connecting.swift, using it in +Exchanging.swift.
package final class OutboundClient {
  /// Marks keys of timers that belong to a request; a connection's have 63 bits.
  private static let exchangeMark: UInt64 = 1 << 63

  let limits: OutboundPoolLimits
  let resolver: Resolver
  /// Brings what a look-up found from its thread to this one.
  let postResolved: @Sendable (ConnectionID, Resolver.Answer) -> Void
  /// Addresses that a name must not lead to.
  let isRefused: (SocketAddress) -> Bool
  var poller: Poller

  /// Monotonic nanoseconds, read once a turn.
  package internal(set) var now: Int64 = SystemClock.monotonicNanoseconds()
  package internal(set) var isDraining = false
  package internal(set) var counts = OutboundCounts()

  var pools: [OutboundPool.Key: OutboundPool] = [:]
  var connections: [OutboundConnection?] = []
  var freeSlots: [Int] = []
  private var generation: UInt32 = 1
  var idle = IdleChain()
  /// Pools whose requests wait because all connections are others'.
  var line: [OutboundPool] = []

  private var exchanges: [OutboundExchange?] = []
  private var freeExchanges: [Int] = []
  private var exchangeGeneration: UInt64 = 1
  private var finished: [(completion: (OutboundResult) -> Void, result: OutboundResult)] = []

  var timers = TimerQueue()
  var scratch = [UInt8](repeating: 0, count: 64 << 10)
  /// What TLS decrypts into, and what it is drained by.
  var plain = [UInt8](repeating: 0, count: 32 << 10)

  init(
    resolver: Resolver,
    limits: OutboundPoolLimits,
    isRefused: @escaping (SocketAddress) -> Bool,
    postResolved: @escaping @Sendable (ConnectionID, Resolver.Answer) -> Void
  ) throws(SystemError) {
    poller = try Poller()
    self.resolver = resolver
    self.limits = limits
    self.isRefused = isRefused
    self.postResolved = postResolved
  }

  package var openConnections: Int { connections.count - freeSlots.count }
  package var idleConnections: Int { idle.count }
  /// Requests whose result has not come.
  package var pendingRequests: Int { exchanges.count - freeExchanges.count }

  // MARK: Requests

  /// Sends a request; `completion` is called exactly once.
  @discardableResult
  package func send(
    _ request: OutboundRequest,
    completion: @escaping (OutboundResult) -> Void
  ) -> OutboundID {
    let key = OutboundPool.Key(
      origin: request.url.origin,
      trust: request.url.origin.isTLS ? request.trust.map(ObjectIdentifier.init) : nil
    )
    let pool = pools[key] ?? makePool(key, request)
    let exchange = makeExchange(request, pool, completion)
    counts.requests += 1
    if isDraining {
      finish(exchange, .failure(.stopping))
    } else if request.url.origin.isTLS, request.trust == nil {
      finish(exchange, .failure(.unusable("https needs to be told whom to trust")))
    } else {
      start(exchange)
    }
    return exchange.id
  }

  /// Gives a request up; its completion gets `cancelled`, unless it has its result already.
  package func cancel(_ id: OutboundID) {
    let slot = Int(id.rawValue & 0xFFFF_FFFF)
    guard slot < exchanges.count, let exchange = exchanges[slot], exchange.id == id else { return }
    let connection = exchange.connection
    finish(exchange, .failure(.cancelled))
    if let connection { close(connection) }
  }

  private func makePool(_ key: OutboundPool.Key, _ request: OutboundRequest) -> OutboundPool {
    let pool = OutboundPool(key, trust: key.trust == nil ? nil : request.trust)
    pools[key] = pool
    return pool
  }

  private func makeExchange(
    _ request: OutboundRequest,
    _ pool: OutboundPool,
    _ completion: @escaping (OutboundResult) -> Void
  ) -> OutboundExchange {
    let slot = freeExchanges.popLast() ?? exchanges.count
    if slot == exchanges.count { exchanges.append(nil) }
    exchangeGeneration = (exchangeGeneration + 1) & 0x7FFF_FFFF
    let (deadline, overflow) = now.addingReportingOverflow(request.limits.totalNanoseconds)
    let exchange = OutboundExchange(
      OutboundID(rawValue: exchangeGeneration << 32 | UInt64(slot)),
      request,
      deadline: overflow ? .max : deadline,
      pool: pool,
      completion: completion
    )
    exchanges[slot] = exchange
    return exchange
  }

  /// Takes a request off its connection and out of the table; its completion is called at the end
  /// of the turn.
  func finish(_ exchange: OutboundExchange, _ result: OutboundResult) {
    precondition(!exchange.isFinished, "a request has one result")
    exchange.isFinished = true
    exchange.connection?.exchange = nil
    exchange.connection = nil
    let slot = Int(exchange.id.rawValue & 0xFFFF_FFFF)
    exchanges[slot] = nil
    freeExchanges.append(slot)
    finished.append((completion: exchange.completion, result: result))
    if case .failure = result { counts.failures += 1 }
    if exchange.pool.isUnused { pools[exchange.pool.key] = nil }
  }

  var hasResults: Bool { !finished.isEmpty }

  /// Calls the completions of what has finished; those of what they start come with the next turn.
  func deliver() {
    guard !finished.isEmpty else { return }
    var batch: [(completion: (OutboundResult) -> Void, result: OutboundResult)] = []
    swap(&batch, &finished)
    for entry in batch { entry.completion(entry.result) }
    guard finished.isEmpty else { return }
    batch.removeAll(keepingCapacity: true)
    swap(&batch, &finished)
  }

  // MARK: The end

  /// Takes no more requests, closes what is idle, and lets what was sent come to its end.
  func beginDrain() {
    guard !isDraining else { return }
    isDraining = true
    while let connection = idle.first { close(connection) }
    for pool in Array(pools.values) {
      for exchange in pool.takeWaiting() { finish(exchange, .failure(.stopping)) }
    }
  }

  /// Ends every request now.
  func abort() {
    beginDrain()
    for case .some(let connection) in connections { fail(connection, .stopping) }
  }

  // MARK: Slots and timers

  func makeConnection(for exchange: OutboundExchange) -> OutboundConnection {
    let slot = freeSlots.popLast() ?? connections.count
    if slot == connections.count { connections.append(nil) }
    generation &+= 1
    let (deadline, overflow) = now.addingReportingOverflow(
      exchange.request.limits.connectNanoseconds
    )
    let connection = OutboundConnection(
      ConnectionID(slot: slot, generation: generation & 0x7FFF_FFFF),
      exchange,
      connectDeadline: min(exchange.deadline, overflow ? .max : deadline)
    )
    exchange.connection = connection
    connections[slot] = connection
    exchange.pool.openCount += 1
    counts.connectionsOpened += 1
    return connection
  }

  func connection(_ id: ConnectionID) -> OutboundConnection? {
    guard id.slot < connections.count, let found = connections[id.slot], found.id == id else {
      return nil
    }
    return found
  }

  /// Moves a deadline.
  ///
  /// A later one costs nothing: the entry that is there is renewed when due.
  func setDeadline(_ connection: OutboundConnection, _ deadline: Int64) {
    connection.deadline = deadline
    guard deadline < connection.armedAt else { return }
    arm(connection)
  }

  private func arm(_ connection: OutboundConnection) {
    connection.armedAt = connection.deadline
    pushTimer(connection.deadline, connection.id.rawValue)
  }

  /// For a request that waits in line; on a connection the connection's deadline is its own.
  func armWaiting(_ exchange: OutboundExchange) {
    pushTimer(exchange.deadline, exchange.id.rawValue | Self.exchangeMark)
  }

  private func pushTimer(_ time: Int64, _ key: UInt64) {
    guard time != .max else { return }
    // Entries nobody remembers are swept out when they are most: constant work for each.
    if timers.count > 2 * (openConnections + pendingRequests) + 64 {
      timers.compact { isLive($0) }
    }
    timers.push(time, key)
  }

  private func isLive(_ entry: TimerQueue.Entry) -> Bool {
    if entry.key & Self.exchangeMark != 0 { return waitingExchange(entry) != nil }
    return connection(ConnectionID(rawValue: entry.key))?.armedAt == entry.time
  }

  private func waitingExchange(_ entry: TimerQueue.Entry) -> OutboundExchange? {
    let id = entry.key & ~Self.exchangeMark
    let slot = Int(id & 0xFFFF_FFFF)
    guard slot < exchanges.count, let exchange = exchanges[slot], exchange.id.rawValue == id,
      exchange.connection == nil
    else { return nil }
    return exchange
  }

  func expireTimers() {
    while let entry = timers.popDue(now) {
      if entry.key & Self.exchangeMark != 0 {
        if let exchange = waitingExchange(entry) { finish(exchange, .failure(.timedOut)) }
        continue
      }
      guard let connection = connection(ConnectionID(rawValue: entry.key)),
        connection.armedAt == entry.time
      else { continue }
      connection.armedAt = .max
      if now >= connection.deadline { expire(connection) } else { arm(connection) }
    }
  }
}

/// What a client has done since it was made.
package struct OutboundCounts: Equatable, Sendable {
  package internal(set) var requests = 0
  package internal(set) var failures = 0
  package internal(set) var connectionsOpened = 0
  /// Requests over a connection that had carried one before.
  package internal(set) var reuses = 0
  /// Requests that went out again because a kept connection was closed.
  package internal(set) var repeats = 0

  package init() {}
}
