package import RelaySystem

/// What an owner may ask of its loop; all on the loop's thread.
package final class OutboundContext {
  package let client: OutboundClient
  package internal(set) var isDraining = false
  var wakeAt: Int64 = .max
  var isStopped = false

  init(_ client: OutboundClient) { self.client = client }

  /// Monotonic nanoseconds, read once a turn.
  package var now: Int64 { client.now }

  /// Asks for `wake` at a time, to the millisecond above it.
  ///
  /// The earliest that was asked for
  /// counts, and each `wake` answers all that were asked before it.
  package func wake(at time: Int64) { wakeAt = min(wakeAt, time) }

  /// Ends the loop after this turn; requests that are not done get `stopping`.
  package func stop() { isStopped = true }
}

/// Who uses a loop: the relay, or the poller.
///
/// All calls come on the loop's thread.
package protocol OutboundOwner: AnyObject {
  associatedtype Message: Sendable

  /// Before the first turn.
  func start(_ context: OutboundContext)
  /// A message from another thread.
  func receive(_ message: Message, _ context: OutboundContext)
  /// A time that was asked for has come.
  func wake(_ context: OutboundContext)
  /// After everything that a turn brought, completions included: what was gathered can go on as one
  /// batch.
  func endTurn(_ context: OutboundContext)
  /// The client takes no more requests; `context.stop()` ends the loop, and the deadline does.
  func drain(until deadline: Int64, _ context: OutboundContext)
}

extension OutboundOwner {
  package func endTurn(_ context: OutboundContext) {}
}

/// What reaches an outbound loop from other threads.
package enum OutboundMessage<Message: Sendable>: Sendable {
  case owner(Message)
  /// Begin nothing new, finish what is in hand, stop at the deadline (monotonic nanoseconds).
  case drain(deadline: Int64)
  case resolved(OutboundLookUp)
}

/// What a look-up found, on its way to the connection that asked.
package struct OutboundLookUp: Sendable {
  let connection: ConnectionID
  let answer: Resolver.Answer
}

/// One thread's outgoing requests: epoll, timers, and the mailbox from other threads.
package final class OutboundLoop<Owner: OutboundOwner> {
  package typealias Inbox = Mailbox<OutboundMessage<Owner.Message>>

  /// Above any connection's: slots are counted in 32 bits from zero.
  private static var inboxToken: UInt64 { .max }
  /// A loop that has nothing to do looks around this often, in milliseconds.
  private static var idleMilliseconds: Int64 { 60_000 }

  private static var lastRounds: Int { 8 }

  private let owner: Owner
  private let inbox: Inbox
  private let client: OutboundClient
  private let context: OutboundContext
  private var events: [PollEvent] = []
  private var messages: [OutboundMessage<Owner.Message>] = []
  private var drainDeadline: Int64?

  package init(
    owner: Owner,
    inbox: Inbox,
    resolver: Resolver,
    limits: OutboundPoolLimits = OutboundPoolLimits(),
    isRefused: @escaping (SocketAddress) -> Bool = AddressGuard.isForbidden
  ) throws(SystemError) {
    self.owner = owner
    self.inbox = inbox
    client = try OutboundClient(
      resolver: resolver,
      limits: limits,
      isRefused: isRefused,
      postResolved: { [inbox] id, answer in
        inbox.post(.resolved(OutboundLookUp(connection: id, answer: answer)))
      }
    )
    context = OutboundContext(client)
    try client.poller.add(inbox.wakeup, .readable, token: Self.inboxToken)
  }

  /// Turns until the owner stops it, or a drain is at its deadline.
  package func run() {
    client.now = SystemClock.monotonicNanoseconds()
    owner.start(context)
    while !isFinished { turn() }
    client.abort()
    // What completions ask for now is refused, which is told in the next round; one that answers
    // each refusal with a request is not listened to for ever.
    for _ in 0..<Self.lastRounds where client.hasResults { client.deliver() }
    owner.endTurn(context)
  }

  private var isFinished: Bool {
    context.isStopped || drainDeadline.map { client.now >= $0 } ?? false
  }

  private func turn() {
    do {
      try client.poller.wait(timeoutMilliseconds: timeout, into: &events)
    } catch {
      // epoll_wait fails only for a descriptor or pointer that is wrong: nothing can go on.
      preconditionFailure("the outbound loop cannot wait: \(error)")
    }
    client.now = SystemClock.monotonicNanoseconds()
    for event in events {
      if event.token == Self.inboxToken {
        receiveMessages()
      } else if let connection = client.connection(ConnectionID(rawValue: event.token)) {
        client.serve(connection, event)
      }
      // Anything else is an event of a connection that this turn has already closed.
    }
    client.expireTimers()
    client.deliver()
    if client.now >= context.wakeAt {
      context.wakeAt = .max
      owner.wake(context)
    }
    owner.endTurn(context)
  }

  /// Until the first of all times, rounded up: a timer is late by less than a millisecond and never
  /// early, or the loop would turn for nothing.
  private var timeout: Int32 {
    if client.hasResults { return 0 }
    let next = min(context.wakeAt, client.timers.next ?? .max, drainDeadline ?? .max)
    guard next != .max else { return Int32(Self.idleMilliseconds) }
    let left = max(0, next - SystemClock.monotonicNanoseconds())
    return Int32(min((left + 999_999) / 1_000_000, Self.idleMilliseconds))
  }

  private func receiveMessages() {
    inbox.take(into: &messages)
    for message in messages {
      switch message {
      case .owner(let message): owner.receive(message, context)
      case .resolved(let lookUp): client.resolved(lookUp.connection, lookUp.answer)
      case .drain(let deadline):
        drainDeadline = deadline
        context.isDraining = true
        client.beginDrain()
        owner.drain(until: deadline, context)
      }
    }
    messages.removeAll(keepingCapacity: true)
  }
}
