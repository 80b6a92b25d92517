internal import RelayConfiguration
internal import RelayHTTP
internal import RelaySystem
internal import Synchronization

/// One thread's connections: epoll, listeners, deadlines, and the mailbox from other threads.
///
/// The loop owns its connections; nothing of them is seen by another thread. Reading a request is
/// in RequestReading.swift, writing an answer in Answering.swift.
final class ConnectionLoop<Handler: RequestHandler> {
  typealias Inbox = Mailbox<LoopMessage<Handler.Message>>

  /// Tokens above any connection's: slots are counted in 32 bits from zero.
  private static var inboxToken: UInt64 { .max }
  private static var listenerTokens: UInt64 { .max - 1 }

  let handler: Handler
  private(set) var limits: LoopLimits
  /// Nil where every peer is the client itself.
  private(set) var proxies: ProxyRules?
  /// When these were taken, in monotonic nanoseconds.
  private(set) var settledAt = Int64.min
  let metrics: Metrics
  let log: Log
  let inbox: Inbox
  private var listeners: [BoundListener]
  private var isAccepting = true
  /// Whose next requests wait for the next turn.
  var postponed: [ConnectionID] = []
  private(set) var turnNumber: UInt64 = 0
  private var poller: Poller
  private(set) var connections: [Connection?] = []
  private var freeSlots: [Int] = []
  private var generation: UInt32 = 1
  /// There are as many connections as there may be, and nobody is accepted.
  private var isFull = false
  private var events: [PollEvent] = []
  private var messages: [LoopMessage<Handler.Message>] = []
  var scratch = [UInt8](repeating: 0, count: 64 << 10)
  /// The memory of the last body, for the next one: pieces above 1032 bytes miss the cache that
  /// malloc has for each thread.
  var spareBody: [UInt8] = []
  var now: Int64 = SystemClock.monotonicNanoseconds()
  let date = HTTPDateCache()
  private var nextTick: Int64 = 0
  /// Bytes of bodies that are being read.
  var readingBytes = 0
  var handshakes = HandshakeLine<ConnectionID>()
  private var drainDeadline: Int64?

  var isDraining: Bool { drainDeadline != nil }

  init(
    handler: Handler,
    listeners: [BoundListener],
    inbox: Inbox,
    limits: LoopLimits,
    proxies: ProxyRules?,
    metrics: Metrics,
    log: Log
  ) throws(SystemError) {
    let poller = try Poller()
    try poller.add(inbox.wakeup, .readable, token: Self.inboxToken)
    for (index, bound) in listeners.enumerated() {
      let token = Self.listenerTokens - UInt64(index)
      try poller.add(bound.listener.rawValue, .readable, token: token)
    }
    self.poller = poller
    self.handler = handler
    self.listeners = listeners
    self.inbox = inbox
    self.limits = limits
    self.proxies = proxies
    self.metrics = metrics
    self.log = log
  }

  /// Turns until a drain is finished.
  func run() {
    while !isFinished { turn() }
    for case .some(let connection) in connections { close(connection) }
  }

  private var isFinished: Bool {
    guard let drainDeadline else { return false }
    return now >= drainDeadline || freeSlots.count == connections.count
  }

  private func turn() {
    let timeout = postponed.isEmpty ? LoopLimits.tickMilliseconds : 0
    do {
      try poller.wait(timeoutMilliseconds: timeout, into: &events)
    } catch {
      // epoll_wait fails only for a descriptor or pointer that is wrong: nothing can go on.
      preconditionFailure("the event loop cannot wait: \(error)")
    }
    now = SystemClock.monotonicNanoseconds()
    turnNumber += 1
    for event in events { dispatch(event) }
    servePostponed()
    defer { handler.endTurn() }
    guard now >= nextTick else { return }
    nextTick = now + Int64(LoopLimits.tickMilliseconds) * 1_000_000
    tick()
  }

  private func dispatch(_ event: PollEvent) {
    if event.token == Self.inboxToken {
      receiveMessages()
    } else if event.token > Self.listenerTokens - UInt64(listeners.count) {
      accept(listeners[Int(Self.listenerTokens - event.token)])
    } else if let connection = connection(ConnectionID(rawValue: event.token)) {
      serve(connection, event)
    }
    // Anything else is an event of a connection that this turn has already closed.
  }

  private func serve(_ connection: Connection, _ event: PollEvent) {
    if event.isHangup, !event.isReadable { return close(connection) }
    if event.isWritable { continueWriting(connection) }
    guard event.isReadable, self.connection(connection.id) != nil else { return }
    read(connection)
  }

  // MARK: Connections

  func connection(_ id: ConnectionID) -> Connection? {
    guard id.slot < connections.count, let found = connections[id.slot], found.id == id else {
      return nil
    }
    return found
  }

  private func accept(_ bound: BoundListener) {
    for _ in 0..<LoopLimits.acceptsPerTurn {
      let idle = openCount < limits.connectionsMax ? nil : oldestIdle()
      guard openCount < limits.connectionsMax || idle != nil else { return pauseAtLimit() }
      do throws(SystemError) {
        // Nobody is closed before somebody is there: another thread may have been faster.
        guard let accepted = try bound.listener.accept() else { return }
        if let idle { close(idle) }
        try admit(accepted, bound.tls)
      } catch {
        // Out of descriptors or memory: pausing beats spinning on a listener that stays readable.
        log.network(.error, "accept_failed", ["reason": .text("\(error)")])
        setAccepting(false)
        return
      }
    }
  }

  /// As many are open as may be, and none of them is idle.
  ///
  /// Who comes waits in the kernel's queue until somebody goes, and is not turned away.
  private func pauseAtLimit() {
    isFull = true
    metrics.acceptPauses.add(1, ordering: .relaxed)
    log.network(.warning, "connection_limit", ["limit": .number(limits.connectionsMax)])
    setAccepting(false)
  }

  private func admit(_ accepted: consuming Accepted, _ desk: TLSDesk?) throws(SystemError) {
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
    } else {
      slot = connections.count
      connections.append(nil)
    }
    generation &+= 1
    let id = ConnectionID(slot: slot, generation: generation & 0x7FFF_FFFF)
    let peer = accepted.peer
    let connection = Connection(
      accepted.takeDescriptor(),
      id: id,
      peer: peer,
      now: now,
      deadline: now + limits.headNanoseconds
    )
    if let desk { connection.tls = TLSTransport(desk) }
    do throws(SystemError) {
      try poller.add(connection.descriptor.rawValue, .readable, token: id.rawValue)
    } catch {
      freeSlots.append(slot)
      throw error
    }
    connections[slot] = connection
    metrics.connectionsAccepted.add(1, ordering: .relaxed)
    metrics.connectionsOpen.add(1, ordering: .relaxed)
    // The first bytes are usually there already; reading now saves a turn.
    if beginPreamble(connection) { read(connection) }
  }

  private var openCount: Int { connections.count - freeSlots.count }

  /// Who makes room for one that comes: the connection that has been idle longest, or else the one
  /// that has had its last answer longest.
  private func oldestIdle() -> Connection? {
    var oldest: Connection?
    var answered: Connection?
    for case .some(let connection) in connections {
      if connection.isIdle {
        if connection.idleSince < oldest?.idleSince ?? .max { oldest = connection }
      } else if case .lingering = connection.phase, connection.output.isEmpty {
        if connection.deadline < answered?.deadline ?? .max { answered = connection }
      }
    }
    return oldest ?? answered
  }

  func close(_ connection: Connection) {
    guard self.connection(connection.id) != nil else { return }
    noteEnd(connection)
    if case .waiting = connection.phase { handler.forget(connection.id) }
    if let tls = connection.tls { tls.sayGoodbye(over: connection) }
    connection.isClosed = true
    uncharge(connection)
    leaveHandshakeLine(connection)
    poller.remove(connection.descriptor.rawValue)
    connections[connection.id.slot] = nil
    freeSlots.append(connection.id.slot)
    metrics.connectionsOpen.subtract(1, ordering: .relaxed)
    if isFull {
      isFull = false
      if !isDraining { setAccepting(true) }
    }
  }

  func setInterest(_ connection: Connection, _ interest: Interest) {
    guard connection.interest != interest else { return }
    connection.interest = interest
    let descriptor = connection.descriptor.rawValue
    do throws(SystemError) {
      try poller.modify(descriptor, interest, token: connection.id.rawValue)
    } catch {
      close(connection)
    }
  }

  // MARK: Messages and time

  private func receiveMessages() {
    inbox.take(into: &messages)
    for message in messages {
      switch message {
      case .handler(let message):
        handler.receive(message) { [self] id, response in answer(id, response) }
      case .drain(let deadline):
        drainDeadline = deadline
        stopListening()
      case .settings(let settings):
        limits = settings.limits
        proxies = settings.proxies
        settledAt = SystemClock.monotonicNanoseconds()
        for case .some(let connection) in connections { believeAnew(connection) }
      }
    }
    messages.removeAll(keepingCapacity: true)
  }

  private func stopListening() {
    // Who is in the queue of a socket that is about to close would be reset. In that of one which
    // was passed he waits for the next process.
    for bound in listeners where !bound.listener.isPassed { acceptRest(bound) }
    setAccepting(false)
    // Dropping the listeners closes their sockets, so that a new process can take over at once.
    listeners.removeAll()
  }

  private func acceptRest(_ bound: BoundListener) {
    for _ in 0..<Int(Listener.backlog) where openCount < limits.connectionsMax {
      // Out of descriptors: there is no more to be done for them.
      guard let accepted = try? bound.listener.accept(),
        (try? admit(accepted, bound.tls)) != nil
      else { return }
    }
  }

  private func setAccepting(_ isWanted: Bool) {
    guard isWanted != isAccepting else { return }
    for (index, bound) in listeners.enumerated() {
      let token = Self.listenerTokens - UInt64(index)
      // Removed first in any case: an earlier try may have come half way.
      poller.remove(bound.listener.rawValue)
      guard isWanted else { continue }
      // Still out of memory: the next tick tries again.
      guard (try? poller.add(bound.listener.rawValue, .readable, token: token)) != nil else {
        return
      }
    }
    isAccepting = isWanted
  }

  private func tick() {
    if !isDraining { setAccepting(true) }
    handler.tick(at: now, isDraining: isDraining) { [self] id, response in answer(id, response) }
    for case .some(let connection) in connections {
      if isDraining, connection.isIdle, !isAwaited(connection) {
        sayGoodbye(connection)
      } else if now >= connection.deadline {
        expire(connection)
      }
    }
  }

  /// Ends a connection at rest, so that a request which is on its way already meets an end and not
  /// a reset: its client sends it again, to whoever listens then.
  private func sayGoodbye(_ connection: Connection) {
    if let tls = connection.tls { tls.sayGoodbye(over: connection) }
    connection.phase = .lingering(remaining: LoopLimits.lingerBytesMax)
    connection.deadline = now + LoopLimits.goodbyeNanoseconds
    connection.descriptor.shutdownWrite()
    setInterest(connection, .readable)
  }

  /// Whether the first request of a new connection may be on its way: to close it now would lose
  /// one that was sent before anybody could know of the drain.
  private func isAwaited(_ connection: Connection) -> Bool {
    !connection.hasAsked && now < connection.idleSince + LoopLimits.firstRequestNanoseconds
  }

  /// A deadline has passed: say so where the client can still read it.
  private func expire(_ connection: Connection) {
    if let tls = connection.tls, connection.isShakingHands {
      return expire(connection, shakingHandsOver: tls)
    }
    switch connection.phase {
    case .waiting where connection.output.isEmpty:
      // The handler answers in its own time; only what is being written can be late here.
      connection.deadline = now + limits.idleNanoseconds
    case .preamble:
      refusePreamble(connection, .tooSlow)
    case .head where connection.isIdle:
      close(connection)
    case .head, .body, .chunked:
      guard connection.output.isEmpty else { return close(connection) }
      refuse(
        connection,
        HTTPProblem(
          408,
          "too-slow",
          "the request did not arrive in time; send it again over a faster connection"
        ).response
      )
    case .waiting, .lingering:
      close(connection)
    }
  }
}
