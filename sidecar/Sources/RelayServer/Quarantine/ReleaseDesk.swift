internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// Verifies a quarantined delivery once more, and has the journal admit it where it does.
struct ReleaseDesk {
  let hasher: EventKeyHasher
  let inbox: JournalInbox
  let health: Health

  /// Goes by what is configured now, and by the time at which the delivery came: a signed time was
  /// right then or never, and the provider's own clock is not asked to wait for an operator.
  ///
  /// The journal answers the connection; only what is refused before it ends here.
  func release(
    _ entry: QuarantineEntry,
    to runtime: SourceRuntime,
    for connection: ConnectionID
  ) throws(ProblemError) {
    let contents = entry.contents
    guard runtime.source.profile.secretHeaders.isEmpty else {
      throw ProblemError(QuarantineProblem.secretsInHeaders)
    }
    let target = String(decoding: contents.target, as: UTF8.self)
    let delivery = WebhookRequest(
      method: String(decoding: contents.method, as: UTF8.self),
      target: target,
      headers: Self.headers(contents.headerBlock),
      body: contents.body,
      url: runtime.source.url
    )
    let webhook: VerifiedWebhook
    do throws(VerificationError) {
      let receivedAt = Timestamp(microseconds: entry.summary.receivedAt)
      webhook = try runtime.source.verifier.verify(delivery, at: receivedAt)
    } catch {
      throw ProblemError(QuarantineProblem.stillRefused(error))
    }
    let bytes = contents.body.count + contents.headerBlock.count
    guard health.admit(bytes: bytes).isAdmitted else { throw ProblemError(APIHandler.notDurable) }
    health.inflightBytes.add(bytes, ordering: .relaxed)
    let push = PushedDelivery(
      // When it is admitted: ages, retries and horizons begin there, and the journal's times only
      // go forward.
      receivedAt: SystemClock.wallMicroseconds(),
      remote: entry.summary.address.utf8.span,
      method: contents.method.span,
      target: contents.target.span,
      headerBlock: contents.headerBlock.span,
      body: contents.body.span
    )
    let (record, keys) = push.event(webhook, runtime.source, hasher)
    inbox.post(
      .event(
        EventSubmission(
          record: record,
          keys: keys,
          runtime: runtime,
          connection: connection,
          loop: nil,
          bytes: bytes
        )
      )
    )
  }

  private static func headers(_ block: [UInt8]) -> HeaderFields {
    var headers = HeaderFields()
    for field in HeaderBlock(block) {
      headers.append(name: Array(field.name), value: Array(field.value))
    }
    return headers
  }
}
