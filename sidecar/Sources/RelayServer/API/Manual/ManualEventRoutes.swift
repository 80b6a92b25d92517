internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// `POST /v1/sources/{name}/events`: an event by hand.
///
/// It goes the way of a delivery: the same identity, the same journal, the same answer to what is
/// there already. Only a signature it has not, and is not marked as verified.
extension APIHandler {
  func manualEvent(_ name: String, _ request: IncomingRequest) throws(ProblemError) -> Answer {
    guard let runtime = context.runtimes.first(where: { $0.source.name == name }) else {
      throw ProblemError(
        HTTPProblem(404, "no-such-source", "the configuration has no source of that name")
      )
    }
    _ = try query(request, [])
    let event = try ManualEvent.parse(request.body)
    guard event.body.count <= runtime.bodyBytesMax else {
      return .now(HTTPProblem.bodyTooLarge(runtime.bodyBytesMax))
    }
    let bytes = request.body.count
    guard context.health.admit(bytes: bytes).isAdmitted else { throw ProblemError(Self.notDurable) }
    let submission = submission(event, runtime, request, bytes)
    context.health.inflightBytes.add(bytes, ordering: .relaxed)
    manualEvents[request.connection] = runtime
    context.inbox.post(.event(submission))
    return .later
  }

  private func submission(
    _ event: ManualEvent,
    _ runtime: SourceRuntime,
    _ request: IncomingRequest,
    _ bytes: Int
  ) -> EventSubmission {
    let source = runtime.source
    let digest = SHA256.digest(event.body.span)
    let key = IdempotencyKey(
      source: source.name,
      identity: source.identity,
      id: event.eventID,
      bodyDigest: digest
    )
    let keys = context.hasher.keys(
      identity: source.identity,
      source: source.name,
      idempotencyKey: key,
      hasID: event.eventID != nil,
      digest: digest
    )
    let draft = EventDraft(
      source: source.name,
      origin: .manual,
      flags: [],
      receivedAt: SystemClock.wallMicroseconds(),
      providerTime: nil,
      remote: request.client.remoteText,
      method: "POST",
      target: Array(source.path.utf8),
      headerBlock: event.headerBlock(redacting: source.profile.secretHeaders),
      eventID: event.eventID.map { Array($0.utf8) },
      eventType: event.eventType.map { Array($0.utf8) },
      idempotencyKey: key.bytes,
      keys: keys.all,
      bodyDigest: digest,
      body: event.body
    )
    return EventSubmission(
      record: EventRecord(draft),
      keys: keys,
      runtime: runtime,
      connection: request.connection,
      loop: nil,
      bytes: bytes
    )
  }

  /// The journal's word on one of them.
  func finish(_ notice: CommitNotice, _ runtime: SourceRuntime) -> Response {
    switch notice.outcome {
    case .stored(let sequence): stored(sequence, isDuplicate: false)
    case .duplicate(let sequence): stored(sequence, isDuplicate: true)
    case .recordTooLarge: HTTPProblem.bodyTooLarge(runtime.bodyBytesMax)
    case .full, .failed: Self.notDurable.response
    }
  }

  private func stored(_ sequence: UInt64, isDuplicate: Bool) -> Response {
    let id = context.codec.eventID(sequence)
    var response = Response.json(isDuplicate ? 200 : 201) { writer in
      writer.beginObject()
      writer.key("id")
      writer.string(id)
      writer.key("sequence")
      writer.int(Int(clamping: sequence))
      writer.key("duplicate")
      writer.bool(isDuplicate)
      writer.endObject()
    }
    response.fields.append(("Location", "/v1/events/\(id)"))
    return response
  }
}
