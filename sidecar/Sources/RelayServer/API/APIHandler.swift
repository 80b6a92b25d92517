internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// What a route needs besides its request.
///
/// Everything in it is safe on the API's thread.
struct APIContext {
  private(set) var runtimes: [SourceRuntime]
  let hasher: EventKeyHasher
  private(set) var access: Access
  let reader: JournalReader
  let codec: CursorCodec
  let inbox: JournalInbox
  let tail: TailWatch
  let polls: PollLink
  let relay: RelayLink
  let quarantine: Quarantine
  let health: Health
  let log: Log
  private(set) var report: StatusReport

  var sources: [String] { runtimes.map(\.source.name) }

  mutating func take(_ settings: APISettings) {
    runtimes = settings.runtimes
    access = settings.access
    report.sources = settings.runtimes
  }
}

/// What the API's thread takes from a reload.
struct APISettings: Sendable {
  let runtimes: [SourceRuntime]
  let access: Access
  let receipt: ReloadReceipt
}

/// The API: pull, consumers, status.
///
/// Events and long polls are in EventRoutes.swift, consumers in ConsumerRoutes.swift, lease
/// consumers in LeaseRoutes.swift.
final class APIHandler: RequestHandler {
  typealias Message = APINotice

  /// The largest request body: definitions and cursors are small.
  static let bodyBytesMax = 64 << 10
  /// Readers that may wait for events at once; each new event wakes all of them.
  static let waitersMax = 1000

  let surface = Metrics.Surface.api
  private(set) var context: APIContext
  let pages: EventPages
  let cursors: CursorReading
  let book: ConsumerBook
  let desk: LeaseDesk
  /// Changes that wait to be durable, and what to answer then.
  private var pending: [ConnectionID: PendingChange] = [:]
  /// Events made by hand that are on their way to the disk.
  var manualEvents: [ConnectionID: SourceRuntime] = [:]
  /// Quarantined deliveries that are verified again, until the journal has them.
  var releases: [ConnectionID: QuarantineRelease] = [:]
  private(set) var waiters: [ConnectionID: Waiter] = [:]
  /// Pauses that wait to be durable.
  var pauses: [ConnectionID: SourcePause] = [:]

  init(context: APIContext, book: ConsumerBook, desk: LeaseDesk) {
    self.context = context
    self.book = book
    self.desk = desk
    pages = EventPages(reader: context.reader, codec: context.codec)
    cursors = CursorReading(codec: context.codec, reader: context.reader)
  }

  // MARK: By the head alone

  func judge(_ head: RequestHead, from peer: SocketAddress) -> HeadVerdict {
    guard let (route, argument) = APIRoute.find(head.pathBytes) else {
      return .refuse(
        HTTPProblem(404, "no-such-route", "see /openapi.yaml for what there is").response
      )
    }
    guard route.takes(head.methodText) else {
      return .refuse(
        HTTPProblem(405, "method-not-allowed", "this route takes \(route.allow)")
          .with("Allow", route.allow).response
      )
    }
    if let problem = context.access.refusal(head, route, consumer: argument, from: peer) {
      return .refuse(problem.response)
    }
    if ["POST", "PUT"].contains(head.methodText), !Self.isJSON(head.headerFields) {
      return .refuse(
        HTTPProblem(415, "json-required", "send a JSON body with Content-Type: application/json")
          .response
      )
    }
    return .accept(bodyBytesMax: bodyBytesMax(route))
  }

  /// An event by hand may be as large as one that is delivered; base64 makes four bytes of three.
  private func bodyBytesMax(_ route: APIRoute) -> Int {
    guard route.name == .sourceEvents, let runtime = context.runtimes.first else {
      return Self.bodyBytesMax
    }
    return runtime.bodyBytesMax / 3 * 4 + ManualEvent.envelopeBytesMax
  }

  private static func isJSON(_ headers: HeaderFields) -> Bool {
    guard let value = headers.first("Content-Type") else { return false }
    let type = value.prefix { $0 != ";" }.lowercased()
    return type.filter { $0 != " " && $0 != "\t" } == "application/json"
  }

  /// Its callers have shown a token, or are on this machine; a route that is open to everybody is
  /// none of theirs.
  func isEarned(_ head: RequestHead?, _ response: Response) -> Bool {
    guard response.status < 400, let head, let (route, _) = APIRoute.find(head.pathBytes) else {
      return false
    }
    return !Access.isOpen(route)
  }

  // MARK: The whole request

  func handle(_ request: IncomingRequest) -> Answer {
    guard let (route, argument) = APIRoute.find(request.head.pathBytes) else {
      preconditionFailure("a request is read only after its route was found")
    }
    do throws(ProblemError) {
      return try handle(request, route, argument)
    } catch {
      return .now(error.problem.response)
    }
  }

  private func handle(
    _ request: IncomingRequest,
    _ route: APIRoute,
    _ argument: String
  ) throws(ProblemError) -> Answer {
    switch route.name {
    case .events: return try events(request)
    case .event: return .now(try event(argument, request))
    case .eventBody: return try eventBody(argument, request)
    case .eventAttempts: return try attempts(argument, request)
    case .eventReplay: return try replayEvent(argument, request)
    case .replays: return try replays(request)
    case .replay: return ask(.replay(argument), request)
    case .destinations: return ask(.destinations, request)
    case .destination: return ask(.destination(argument), request)
    case .destinationPause: return ask(.pause(argument), request)
    case .destinationResume: return ask(.resume(argument), request)
    case .deadLetters: return try deadLetters(request)
    case .deadLetter: return deadLetter(argument, request)
    case .deadLetterReplay: return try replayDeadLetter(argument, request)
    case .consumer: return try consumer(argument, request)
    case .consumerEvents: return try consumerEvents(argument, request)
    case .consumerCommit: return try commit(argument, request)
    case .consumerSeek: return try seek(argument, request)
    case .sources: return .now(sources())
    case .source: return .now(try source(argument))
    case .sourcePoll: return .now(try poll(argument, request))
    case .sourcePause: return try pause(argument, true, request)
    case .sourceResume: return try pause(argument, false, request)
    case .consumerLease: return try lease(argument, request)
    case .consumerAck: return try settle(.ack, argument, request)
    case .consumerNack: return try settle(.nack, argument, request)
    case .consumerExtend: return try settle(.extend, argument, request)
    case .consumerDeadLetters: return .now(try deadLetters(argument, request))
    case .consumerDeadLetter, .consumerDeadLetterReplay:
      let id = route.lastArgument(request.head.pathBytes)
      return try deadLetter(route.name, of: argument, id, request)
    case .sourceEvents: return try manualEvent(argument, request)
    case .quarantine: return .now(try quarantine(request))
    case .quarantined: return try quarantined(argument, .description, request)
    case .quarantinedBody: return try quarantined(argument, .body, request)
    case .quarantinedVerify: return try verifyQuarantined(argument, request)
    case .status: return .now(context.report.status(consumers: book, desk))
    case .livez: return .now(context.report.live())
    case .readyz: return .now(context.report.ready())
    case .metrics: return .now(context.report.metrics())
    case .openapi: return .now(Self.openapi)
    }
  }

  private static let openapi = Response(
    status: 200,
    fields: [
      ("Content-Type", "application/yaml"), ("X-Content-Type-Options", "nosniff"),
      ("Cache-Control", "no-cache"),
    ],
    body: PackageResources.openapi_yaml
  )

  // MARK: Durable changes

  /// A change on its way to the disk.
  private struct PendingChange {
    let response: Response
    /// Takes it back where the disk does not have it.
    let undo: () -> Void
  }

  /// Makes a consumer's change durable (nil removes it), and answers with `response` when it is.
  ///
  /// The book shows the change at once, so that the next request is judged by it; should the
  /// journal refuse, the book goes back.
  func persist(
    _ after: Consumer?,
    as name: String,
    for connection: ConnectionID,
    then response: Response
  ) throws(ProblemError) -> Answer {
    let before = book[name]
    let change = StateChange(key: ConsumerBook.key(name), value: after?.encode())
    let answer = try persist([change], for: connection, then: response) { [book] in
      // Unless a later change has taken its place.
      if book[name] == after { book[name] = before }
    }
    book[name] = after
    return answer
  }

  /// Makes changes of the state map durable, and answers with `response` when they are.
  func persist(
    _ changes: [StateChange],
    for connection: ConnectionID,
    then response: Response,
    orElse undo: @escaping () -> Void
  ) throws(ProblemError) -> Answer {
    guard context.health.state != .failed else { throw ProblemError(Self.notDurable) }
    pending[connection] = PendingChange(response: response, undo: undo)
    context.inbox.post(.state(StateSubmission(changes: changes, asker: .connection(connection))))
    return .later
  }

  private func finish(_ change: PendingChange, isDurable: Bool) -> Response {
    if isDurable { return change.response }
    change.undo()
    return Self.notDurable.response
  }

  static let notDurable = HTTPProblem(
    503,
    "unavailable",
    "the journal does not take writes now; see /readyz and try again later"
  ).with("Retry-After", "5")

  // MARK: Messages and time

  func receive(_ notice: APINotice, answer: (ConnectionID, Response) -> Void) {
    switch notice {
    case .state(let connection, let isDurable):
      if let pause = pauses.removeValue(forKey: connection) {
        return answer(connection, finish(pause, isDurable: isDurable))
      }
      guard let change = pending.removeValue(forKey: connection) else { return }
      answer(connection, finish(change, isDurable: isDurable))
    case .relay(let connection, let response): answer(connection, response)
    case .settings(let settings):
      context.take(settings)
      settings.receipt.confirm()
    case .quarantine(let connection, let response):
      releases[connection] = nil
      answer(connection, response)
    case .event(let event):
      if let release = releases.removeValue(forKey: event.connection) {
        return answer(event.connection, finish(event, release))
      }
      guard let runtime = manualEvents.removeValue(forKey: event.connection) else { return }
      answer(event.connection, finish(event, runtime))
    case .leases(let ticket, let isDurable):
      desk.finish(ticket: ticket, isDurable: isDurable)
    case .advanced:
      context.tail.takeNotice()
      desk.advanced()
      for (connection, waiter) in waiters { serve(waiter, connection, isLast: false, answer) }
    }
    desk.flush(answer)
  }

  func tick(at now: Int64, isDraining: Bool, answer: (ConnectionID, Response) -> Void) {
    for (connection, waiter) in waiters where isDraining || now >= waiter.deadline {
      serve(waiter, connection, isLast: true, answer)
    }
    desk.tick(at: now, isDraining: isDraining)
    desk.flush(answer)
  }

  /// A change goes on without its client; only the answer has nobody to go to.
  ///
  /// What was leased to it and has not left is for others.
  func forget(_ connection: ConnectionID) {
    removeWaiter(connection)
    manualEvents[connection] = nil
    desk.forget(connection)
  }

  /// A client that has closed its side is most likely gone: it is leased nothing.
  func endOfInput(_ connection: ConnectionID) -> Response? {
    desk.withdraw(connection) ? Handout.empty : nil
  }

  /// Holds a request whose page is empty.
  ///
  /// Returns false when too many wait already.
  func hold(_ waiter: Waiter, for connection: ConnectionID) -> Bool {
    guard waiters.count < Self.waitersMax else { return false }
    waiters[connection] = waiter
    context.tail.beginWaiting()
    return true
  }

  private func removeWaiter(_ connection: ConnectionID) {
    guard waiters.removeValue(forKey: connection) != nil else { return }
    context.tail.endWaiting()
  }

  /// Looks once more for a waiting reader; answers when there is something, or at the last look.
  private func serve(
    _ waiter: Waiter,
    _ connection: ConnectionID,
    isLast: Bool,
    _ answer: (ConnectionID, Response) -> Void
  ) {
    do throws(ProblemError) {
      let (response, position) = try waiter.look(isLast: isLast)
      guard let response else {
        waiters[connection]?.position = position
        return
      }
      removeWaiter(connection)
      answer(connection, response)
    } catch {
      removeWaiter(connection)
      answer(connection, error.problem.response)
    }
  }
}

/// A long poll: where it stands and how it looks for more.
struct Waiter {
  /// Monotonic nanoseconds.
  let deadline: Int64
  /// The last sequence that it has passed.
  var position: UInt64
  /// Reads after a position; answers nil while there is nothing and it is not the last look.
  private let read: (UInt64, Bool) throws(ProblemError) -> (Response?, UInt64)

  init(
    deadline: Int64,
    position: UInt64,
    read: @escaping (UInt64, Bool) throws(ProblemError) -> (Response?, UInt64)
  ) {
    self.deadline = deadline
    self.position = position
    self.read = read
  }

  func look(isLast: Bool) throws(ProblemError) -> (Response?, UInt64) {
    try read(position, isLast)
  }
}
