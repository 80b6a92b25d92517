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
  typealias Message = CommitNotice

  /// After this many seconds a provider may try again while the sidecar cannot store.
  private static let retryAfterSeconds = "5"

  let surface = Metrics.Surface.ingress
  private let table: SourceTable
  private let hasher: EventKeyHasher
  private let codec: CursorCodec
  private let inbox: JournalInbox
  private let health: Health
  let log: Log
  private let loop: Int
  private var pending: [ConnectionID: SourceRuntime] = [:]

  init(
    table: SourceTable,
    hasher: EventKeyHasher,
    codec: CursorCodec,
    inbox: JournalInbox,
    health: Health,
    log: Log,
    loop: Int
  ) {
    self.table = table
    self.hasher = hasher
    self.codec = codec
    self.inbox = inbox
    self.health = health
    self.log = log
    self.loop = loop
  }

  // MARK: By the head alone

  func judge(_ head: RequestHead, from peer: SocketAddress) -> HeadVerdict {
    guard let runtime = table.find(head.pathBytes) else {
      return .refuse(
        HTTPProblem(
          404,
          "no-such-path",
          "no source listens at this path; see `sources` in the file"
        )
        .response
      )
    }
    let isHandshake = !head.isPOST && runtime.handshakeMethods.contains(head.methodText)
    guard head.isPOST || isHandshake else {
      return refuse(runtime, .method, Self.methodNotAllowed(runtime))
    }
    guard isAllowed(peer, runtime) else {
      log.network(
        .warning,
        "address_refused",
        ["source": .text(runtime.source.name), "address": .text(Self.text(peer))]
      )
      return refuse(runtime, .address, Self.addressRefused)
    }
    if isHandshake { return .accept(bodyBytesMax: Self.handshakeBodyBytesMax) }
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
    return .refuse(response)
  }

  private func isAllowed(_ peer: SocketAddress, _ runtime: SourceRuntime) -> Bool {
    // A unix socket has no address: whoever may open it was chosen by the file system.
    guard let bytes = peer.ipBytes, let address = IPAddress(bytes: bytes) else { return true }
    return runtime.addresses.decision(for: address) == .permitted
  }

  private func canStore(_ bytes: Int) -> Bool {
    let admission = health.admit(bytes: bytes)
    if admission.isNews { log.warning("journal_state", ["state": .text(health.state.word)]) }
    return admission.isAdmitted
  }

  // MARK: The whole request

  func handle(_ request: IncomingRequest) -> Answer {
    guard let runtime = table.find(request.head.pathBytes) else {
      preconditionFailure("a request is read only after its path was found")
    }
    let received = SystemClock.wallMicroseconds()
    let now = Timestamp(microseconds: received)
    let delivery = WebhookRequest(
      method: request.head.methodText,
      target: request.head.targetText,
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
      return .now(Self.methodNotAllowed(runtime))
    }
    let webhook: VerifiedWebhook
    do throws(VerificationError) {
      webhook = try runtime.source.verifier.verify(delivery, at: now)
    } catch {
      return .now(refused(error, runtime, request.peer))
    }
    runtime.counters.match(secret: webhook.secretIndex)
    submit(webhook, runtime, request, received: received)
    return .later
  }

  func refused(
    _ error: VerificationError,
    _ runtime: SourceRuntime,
    _ peer: SocketAddress
  ) -> Response {
    runtime.counters.refuse(Refusal(rawValue: error.reason) ?? .other)
    log.network(
      .warning,
      "verification_refused",
      [
        "source": .text(runtime.source.name),
        "reason": .text(error.reason),
        "detail": .text("\(error)"),
        "address": .text(Self.text(peer)),
      ]
    )
    // Not the sender's fault, and nothing that another signature would mend.
    if case .keyUnusable = error { return Self.cannotVerify }
    return HTTPProblem(401, "verification-failed", "\(error)", title: "Verification failed")
      .with { writer in
        writer.key("reason")
        writer.string(error.reason)
      }
      .response
  }

  private func submit(
    _ webhook: VerifiedWebhook,
    _ runtime: SourceRuntime,
    _ request: IncomingRequest,
    received: Int64
  ) {
    let source = runtime.source
    let facts = webhook.facts
    let digest = webhook.bodyDigest
    let identity = source.identity
    let key = webhook.idempotencyKey(
      source: source.name,
      identity: identity,
      id: facts.id
    )
    let keys = hasher.keys(
      identity: identity,
      source: source.name,
      idempotencyKey: key,
      hasID: facts.id != nil,
      digest: digest
    )
    let draft = EventDraft(
      source: source.name,
      origin: .push,
      flags: .verified,
      receivedAt: received,
      providerTime: webhook.timestamp?.microseconds,
      remote: Self.text(request.peer),
      method: request.head.methodText,
      target: request.head.targetBytes,
      headerBlock: request.head.storedFields(redacting: source.profile.secretHeaders),
      eventID: facts.id.map { Array($0.utf8) },
      eventType: facts.type.map { Array($0.utf8) },
      idempotencyKey: key.bytes,
      keys: keys.all,
      bodyDigest: digest,
      body: request.body
    )
    let bytes = request.body.count + request.head.bytes.count
    health.inflightBytes.add(bytes, ordering: .relaxed)
    pending[request.connection] = runtime
    inbox.post(
      .event(
        EventSubmission(
          draft: draft,
          keys: keys,
          policy: runtime.policy,
          counters: runtime.counters,
          conflictKey: keys.id == nil
            ? nil : webhook.conflictKey(source: source.name, id: facts.id),
          connection: request.connection,
          loop: loop,
          bytes: bytes
        )
      )
    )
  }

  // MARK: The journal's word

  func receive(_ notice: CommitNotice, answer: (ConnectionID, Response) -> Void) {
    guard let runtime = pending.removeValue(forKey: notice.connection) else { return }
    switch notice.outcome {
    case .stored(let sequence):
      answer(notice.connection, runtime.reply(event: codec.eventID(sequence), isDuplicate: false))
    case .duplicate(let sequence):
      answer(notice.connection, runtime.reply(event: codec.eventID(sequence), isDuplicate: true))
    case .recordTooLarge:
      answer(notice.connection, HTTPProblem.bodyTooLarge(runtime.bodyBytesMax))
    case .full:
      answer(notice.connection, Self.unavailable)
    case .failed:
      var response = Self.unavailable
      response.closes = true
      answer(notice.connection, response)
    }
  }

  func tick(at now: Int64, isDraining: Bool, answer: (ConnectionID, Response) -> Void) {}

  func forget(_ connection: ConnectionID) { pending[connection] = nil }

  // MARK: Fixed answers

  /// What comes with a handshake is in the URL or in a header.
  private static let handshakeBodyBytesMax = 1024

  private static func methodNotAllowed(_ runtime: SourceRuntime) -> Response {
    HTTPProblem(405, "method-not-allowed", "webhooks are delivered with POST")
      .with("Allow", runtime.allowedMethods).response
  }
  private static let cannotVerify =
    HTTPProblem(503, "unavailable", "the event cannot be verified now; deliver it again later")
    .with("Retry-After", retryAfterSeconds).response
  private static let addressRefused =
    HTTPProblem(403, "address-refused", "this source does not take deliveries from your address")
    .response
  private static let lengthRequired =
    HTTPProblem(411, "length-required", "send Content-Length, or Transfer-Encoding: chunked")
    .response
  private static let unavailable =
    HTTPProblem(503, "unavailable", "the event cannot be stored now; deliver it again later")
    .with("Retry-After", retryAfterSeconds).response

  static func text(_ peer: SocketAddress) -> String {
    guard let bytes = peer.ipBytes, let address = IPAddress(bytes: bytes) else { return "unix" }
    return address.description
  }
}
