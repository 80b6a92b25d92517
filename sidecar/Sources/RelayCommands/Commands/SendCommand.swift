internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// `send`: signs events as the provider would and POSTs them.
package enum SendCommand {
  /// Enough to fill a disk by accident, and no more.
  static let countMax = 10_000_000
  /// Each is a thread and a socket; a sidecar's default takes ten times as many connections.
  static let concurrencyMax = 1000

  package static func run(
    _ arguments: ParsedArguments,
    in surroundings: Surroundings,
    output: inout Output
  ) throws(CommandFailure) -> ExitCode {
    let values = OptionValues(arguments, surroundings)
    let count = try arguments.number("count", in: 1...countMax, default: 1)
    let concurrency = try arguments.number("concurrency", in: 1...concurrencyMax, default: 1)
    let url = arguments.operands.first ?? ""
    let plan = SendPlan(
      address: try HTTPAddress(url, name: "URL").trusting(arguments, surroundings),
      signing: Signing(
        profile: try values.profile(),
        secret: try values.secret(),
        parameters: try values.parameters(),
        type: try values.headerText("type"),
        url: try values.url() ?? url,
        method: "POST"
      ),
      body: arguments.has("body") ? try values.body() : nil,
      id: try values.headerText("id"),
      count: count,
      surroundings: surroundings
    )
    if arguments.has("body") { plan.signing.noteUnused(arguments, surroundings) }
    // The last event has the longest id. It is made before any is sent: what cannot be signed is
    // wrong usage, and no thread has to report it.
    _ = try plan.call(number: count - 1)
    let clock = ContinuousClock()
    let start = clock.now
    let tally = send(plan, connections: min(concurrency, count))
    let elapsed = clock.now - start
    let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
    if arguments.has("json") {
      try output.json { tally.write(to: &$0, of: count, seconds: seconds) }
    } else if !tally.statuses.isEmpty {
      try output.text(tally.text(of: count, seconds: seconds))
    }
    if tally.noAnswers > 0 {
      surroundings.note(
        "\(tally.noAnswers) without an answer from \(plan.address.authority):"
          + " \(tally.noAnswerReason)"
      )
    }
    return tally.exitCode
  }

  private static func send(_ plan: SendPlan, connections: Int) -> SendTally {
    let work = SendWork(plan)
    var threads: [JoinableThread] = []
    do throws(SystemError) {
      // The calling thread is one of them.
      for number in 1..<max(1, connections) {
        threads.append(try JoinableThread("send-\(number)") { work.run() })
      }
    } catch {
      plan.surroundings.note("going on with fewer connections: \(error)")
    }
    work.run()
    for thread in threads { thread.join() }
    return work.tally
  }
}

/// A thread that an array can hold.
private final class JoinableThread {
  private var thread: Thread?

  init(_ name: String, _ body: sending @escaping () -> Void) throws(SystemError) {
    thread = try Thread(name: name, body)
  }

  func join() {
    if let thread = thread.take() { thread.join() }
  }
}

/// What to send, and how each event differs from the others.
struct SendPlan: Sendable {
  let address: HTTPAddress
  let signing: Signing
  let body: [UInt8]?
  let id: String?
  let count: Int
  let surroundings: Surroundings

  /// The call of event `number`, from 0.
  func call(number: Int) throws(CommandFailure) -> HTTPCall {
    let id = eventID(number)
    let body = body ?? signing.sampleBody(id: id, number: number + 1)
    let request = try signing.request(
      body: body,
      id: id,
      target: address.target,
      timestamp: surroundings.now()
    )
    let fields = request.headers
    var headers = (0..<fields.count).map {
      HTTPCall.Header(fields.name(at: $0), fields.value(at: $0))
    }
    if fields.first("content-type") == nil {
      headers.append(HTTPCall.Header("Content-Type", "application/json"))
    }
    return HTTPCall("POST", request.target, at: address, headers: headers, body: request.body)
  }

  private func eventID(_ number: Int) -> String {
    guard let id else { return signing.newID(surroundings.randomBytes) }
    return count == 1 ? id : "\(id)-\(number + 1)"
  }
}

/// The events that are left, shared by the threads that send them.
private final class SendWork: Sendable {
  private let plan: SendPlan
  private let next = Atomic<Int>(0)
  private let state = Mutex(SendTally())

  init(_ plan: SendPlan) {
    self.plan = plan
  }

  var tally: SendTally { state.withLock { $0 } }

  /// Sends one event after the other over one connection, until none is left.
  func run() {
    let connection = plan.surroundings.openConnection(plan.address)
    while true {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < plan.count, !state.withLock({ $0.shouldStop }) else { return }
      // The plan made the last call already; one with a shorter id is made, too.
      guard let call = try? plan.call(number: number) else { return }
      let outcome = connection.exchange(call)
      state.withLock { $0.record(outcome) }
    }
  }
}
