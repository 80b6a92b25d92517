internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Admission: path, method, address and length by the head; then the signature; then the journal.
///
/// One per ingress thread. What is refused is refused before anything of it is kept.
final class IngressHandler: RequestHandler {
  typealias Message = IngressNotice

  /// After this many seconds a provider may try again while the sidecar cannot store.
  private static let retryAfterSeconds = "5"

  let surface = Metrics.Surface.ingress
  private(set) var table: SourceTable
  private(set) var judgesClientNames: Bool
  private let hasher: EventKeyHasher
  private let codec: CursorCodec
  private let inbox: JournalInbox
  private let health: Health
  private let quarantine: Quarantine
  let log: Log
  private let loop: Int
  private let times: StageTimes
  /// Whether who comes over a unix socket speaks for others.
  private var unixPeersAreProxies: Bool
  /// Verified in this turn, and not yet handed over.
  private var submissions: [EventSubmission] = []
  /// So many are handed over before the turn ends: the journal begins while more are read.
  private static let submissionsMax = 16
  /// Of records that are stored, for the next ones: pieces above 1032 bytes miss the cache that
  /// malloc has for each thread.
  private var memories: [[UInt8]] = []
  /// As many as one commit answers on a busy day, and up to 1 MiB of memory in all.
  private static let memoriesMax = 256
  private static let memoryBytesMax = 4096

  init(
    table: SourceTable,
    hasher: EventKeyHasher,
    codec: CursorCodec,
    inbox: JournalInbox,
    health: Health,
    quarantine: Quarantine,
    log: Log,
    loop: Int,
    times: StageTimes,
    unixPeersAreProxies: Bool
  ) {
    self.table = table
    judgesClientNames = Self.judgesClientNames(table)
    self.hasher = hasher
    self.codec = codec
    self.inbox = inbox
    self.health = health
    self.quarantine = quarantine
    self.log = log
    self.loop = loop
    self.times = times
    self.unixPeersAreProxies = unixPeersAreProxies
  }

  // MARK: By the head alone

  func judge(_ head: RequestHead, from client: SocketAddress) -> HeadVerdict {
    // About the server as a whole, and so nobody's path (RFC 9110 §9.3.7).
    if head.isAsterisk { return .refuse(serverOptions) }
    guard let runtime = table.find(head) else {
      return .refuse(Self.noSuchPath)
    }
    let isHandshake = !head.isPOST && runtime.handshakeMethods.contains(head.methodText)
    guard head.isPOST || isHandshake else {
      return refuse(runtime, .method, Self.methodNotAllowed(runtime))
    }
    guard isAllowed(client, runtime) else {
      log.network(
        .warning,
        "address_refused",
        ["source": .text(runtime.source.name), "address": .text(client.remoteText)]
      )
      return refuse(runtime, .address, Self.addressRefused)
    }
    if isHandshake { return .accept(bodyBytesMax: Self.handshakeBodyBytesMax) }
    if runtime.isPaused {
      return refuse(runtime, .paused, Self.paused)
    }
    if case .none = head.framing { return refuse(runtime, .noLength, Self.lengthRequired) }
    var length = 0
    if case .length(let count) = head.framing { length = count }
    guard length <= runtime.bodyBytesMax else {
      return refuse(runtime, .tooLarge, HTTPProblem.bodyTooLarge(runtime.bodyBytesMax))
    }
    guard canStore(length) else { return refuse(runtime, .unavailable, Self.unavailable) }
    return .accept(bodyBytesMax: runtime.bodyBytesMax)
  }

  private func refuse(
    _ runtime: SourceRuntime,
    _ reason: Refusal,
    _ response: Response
  ) -> HeadVerdict {
    runtime.counters.refuse(reason)
    return .refuse(response.about(runtime, reason))
  }

  private func isAllowed(_ client: SocketAddress, _ runtime: SourceRuntime) -> Bool {
    let address = client.address
    // A unix socket has no address: whoever may open it was chosen by the file system. A proxy
    // there that names nobody is another matter: it passes on for strangers.
    if address == nil, !unixPeersAreProxies { return true }
    return runtime.addresses.decision(for: address) == .permitted
  }

  private func canStore(_ bytes: Int) -> Bool {
    let admission = health.admit(bytes: bytes)
    if admission.isNews { log.warning("journal_state", ["state": .text(health.state.word)]) }
    return admission.isAdmitted
  }

  // MARK: The whole request

  func handle(_ request: IncomingRequest) -> Answer {
    // The loop judges again what came in part under other settings; this is for the compiler.
    guard let runtime = table.find(request.head) else { return .now(Self.noSuchPath) }
    let received = SystemClock.wallMicroseconds()
    let now = Timestamp(microseconds: received)
    let delivery = WebhookRequest(
      method: method(of: request.head),
      target: runtime.target(of: request.head),
      headers: request.head.headerFields,
      body: request.body,
      url: runtime.source.url
    )
    if let responder = runtime.handshakes {
      let outcome = responder.respond(to: delivery, at: now)
      if let response = answer(to: outcome, runtime, request) { return .now(response) }
    }
    guard request.head.isPOST else {
      runtime.counters.refuse(.method)
      return .now(Self.methodNotAllowed(runtime).about(runtime, .method))
    }
    times.record(.read, nanoseconds: request.readNanoseconds)
    let webhook: VerifiedWebhook
    let began = SystemClock.monotonicNanoseconds()
    do throws(VerificationError) {
      webhook = try runtime.source.verifier.verify(delivery, at: now)
    } catch {
      times.record(.verify, nanoseconds: SystemClock.monotonicNanoseconds() - began)
      if runtime.quarantines, error.isWorthKeeping {
        quarantine.offer(request, error, source: runtime.source.name, receivedAt: received)
      }
      return .now(refused(error, runtime, request.client))
    }
    let verifiedAt = SystemClock.monotonicNanoseconds()
    times.record(.verify, nanoseconds: verifiedAt - began)
    runtime.counters.match(secret: webhook.secretIndex)
    // Behind the signature: a stranger's flood uses up nothing of what the provider may send.
    if let wait = runtime.meter(bytes: request.body.count) {
      runtime.counters.refuse(.rate)
      return .now(Self.overTheRate(wait).about(runtime, .rate))
    }
    submit(webhook, runtime, request, received: received, verifiedAt: verifiedAt)
    return .later
  }

  /// Nearly every delivery is a POST, and its text need not be made anew.
  private func method(of head: RequestHead) -> String { head.isPOST ? "POST" : head.methodText }

  func refused(
    _ error: VerificationError,
    _ runtime: SourceRuntime,
    _ client: SocketAddress
  ) -> Response {
    let reason = Refusal(rawValue: error.reason) ?? .other
    runtime.counters.refuse(reason)
    log.network(
      .warning,
      "verification_refused",
      [
        "source": .text(runtime.source.name),
        "reason": .text(error.reason),
        "detail": .text("\(error)"),
        "address": .text(client.remoteText),
      ]
    )
    // Not the sender's fault, and nothing that another signature would mend.
    if case .keyUnusable = error { return Self.cannotVerify.about(runtime, reason) }
    return HTTPProblem(401, "verification-failed", "\(error)", title: "Verification failed")
      .with { writer in
        writer.key("reason")
        writer.string(error.reason)
      }
      .response.about(runtime, reason)
  }

  private func submit(
    _ webhook: VerifiedWebhook,
    _ runtime: SourceRuntime,
    _ request: IncomingRequest,
    received: Int64,
    verifiedAt: Int64
  ) {
    let source = runtime.source
    let head = request.head
    let secrets = source.profile.secretHeaders
    let redacted = secrets.isEmpty ? [] : head.redactedFields(secrets)
    let bytes = head.bytes.span
    let delivery = PushedDelivery(
      receivedAt: received,
      remote: request.remote.utf8.span,
      method: bytes.extracting(head.method),
      target: bytes.extracting(head.target),
      headerBlock: secrets.isEmpty ? bytes.extracting(head.fieldBlock) : redacted.span,
      body: request.body.span
    )
    let (record, keys) = delivery.event(webhook, source, hasher, in: memories.popLast() ?? [])
    let count = request.body.count + head.bytes.count
    health.inflightBytes.add(count, ordering: .relaxed)
    submissions.append(
      EventSubmission(
        record: record,
        keys: keys,
        runtime: runtime,
        connection: request.connection,
        loop: loop,
        bytes: count,
        verifiedAt: verifiedAt
      )
    )
    if submissions.count >= Self.submissionsMax { endTurn() }
  }

  func endTurn() {
    inbox.post(contentsOf: submissions)
    submissions.removeAll(keepingCapacity: true)
  }

  // MARK: The words of other threads

  func receive(_ notice: IngressNotice, answer: (ConnectionID, Response) -> Void) {
    switch notice {
    case .committed(let notice): finish(notice, answer)
    case .settings(let settings): take(settings)
    }
  }

  private func finish(_ notice: CommitNotice, _ answer: (ConnectionID, Response) -> Void) {
    let heard = SystemClock.monotonicNanoseconds()
    times.record(.commit, nanoseconds: heard - notice.submission.verifiedAt)
    defer { times.record(.reply, nanoseconds: SystemClock.monotonicNanoseconds() - heard) }
    let runtime = notice.submission.runtime
    let connection = notice.connection
    keep(notice.submission.takeRecord())
    switch notice.outcome {
    case .stored(let sequence):
      answer(connection, runtime.reply(to: sequence, codec, isDuplicate: false))
    case .duplicate(let sequence):
      answer(connection, runtime.reply(to: sequence, codec, isDuplicate: true))
    case .recordTooLarge:
      answer(connection, HTTPProblem.bodyTooLarge(runtime.bodyBytesMax).about(runtime))
    case .full:
      answer(connection, Self.unavailable.about(runtime))
    case .failed:
      var response = Self.unavailable.about(runtime)
      response.closes = true
      answer(connection, response)
    }
  }

  private func keep(_ record: consuming EventRecord?) {
    guard memories.count < Self.memoriesMax, let memory = record?.takeMemory(),
      memory.capacity <= Self.memoryBytesMax
    else { return }
    memories.append(memory)
  }

  /// From here on nothing is verified with what was before; what is verified goes its way.
  private func take(_ settings: IngressSettings) {
    table = settings.table
    judgesClientNames = Self.judgesClientNames(table)
    unixPeersAreProxies = settings.unixPeersAreProxies
    settings.receipt.confirm()
  }

  private static func judgesClientNames(_ table: SourceTable) -> Bool {
    table.sources.contains { !$0.clientNames.isEmpty }
  }

  func tick(at now: Int64, isDraining: Bool, answer: (ConnectionID, Response) -> Void) {}

  /// An event that was stored is larger than its line.
  ///
  /// A delivery that somebody saw once can be sent again, so a duplicate proves nothing.
  func isEarned(_ head: RequestHead?, _ response: Response) -> Bool {
    response.facts.id != nil && !response.facts.isDuplicate
  }

  /// The loop drops an answer to a connection that is gone; nothing is kept here for one.
  func forget(_ connection: ConnectionID) {}

  // MARK: Fixed answers

  /// Every method that some source takes.
  private var serverOptions: Response {
    var methods: Set = ["OPTIONS", "POST"]
    for runtime in table.sources { methods.formUnion(runtime.handshakeMethods) }
    return Response(status: 204, fields: [("Allow", methods.sorted().joined(separator: ", "))])
  }

  /// What comes with a handshake is in the URL or in a header.
  private static let handshakeBodyBytesMax = 1024

  private static let noSuchPath =
    HTTPProblem(404, "no-such-path", "no source listens at this path, byte for byte")
    .response

  private static func methodNotAllowed(_ runtime: SourceRuntime) -> Response {
    HTTPProblem(405, "method-not-allowed", "webhooks are delivered with POST")
      .with("Allow", runtime.allowedMethods).response
  }
  /// Whole seconds, rounded up (RFC 9110 §10.2.3).
  private static func overTheRate(_ wait: Duration) -> Response {
    let seconds = wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)
    return HTTPProblem(429, "over-the-rate", "more comes than this source takes; wait, and repeat")
      .with("Retry-After", "\(max(1, seconds))").response
  }
  private static let cannotVerify =
    HTTPProblem(503, "unavailable", "the event cannot be verified now; deliver it again later")
    .with("Retry-After", retryAfterSeconds).response
  private static let addressRefused =
    HTTPProblem(403, "address-refused", "this source does not take deliveries from your address")
    .response
  /// It ends the connection: what a client sends that gives no length may be a body all the same.
  private static let lengthRequired: Response = {
    var response = HTTPProblem(
      411,
      "length-required",
      "send Content-Length, or Transfer-Encoding: chunked"
    ).response
    response.closes = true
    return response
  }()
  private static let paused =
    HTTPProblem(503, "source-paused", "this source is paused; deliver the event again later")
    .with("Retry-After", pausedRetryAfterSeconds).response
  /// Somebody paused it by hand, and is not back in five seconds.
  private static let pausedRetryAfterSeconds = "60"
  private static let unavailable =
    HTTPProblem(503, "unavailable", "the event cannot be stored now; deliver it again later")
    .with("Retry-After", retryAfterSeconds).response
}
