extension Receiver {
  /// What became of a request, and what to answer.
  public struct Outcome: Sendable {
    /// What became of it.
    public let verdict: Verdict
    /// What to answer the sender.
    public let response: WebhookResponse
  }

  /// What became of a request.
  @nonexhaustive
  public enum Verdict: Sendable {
    /// The handler has run. `unrecorded` says why the store could not be told: the sender is
    /// answered all the same, but another delivery of the event would run the handler again.
    case handled(VerifiedWebhook, unrecorded: IdempotencyError?)
    /// The event was handled before.
    case duplicate(VerifiedWebhook)
    /// Another delivery of the event is being handled right now.
    case inProgress(VerifiedWebhook)
    /// The sender's address is not in the allow-list, is in the deny-list, or is not known.
    case addressRefused(IPAddress?)
    /// The request could not be verified.
    case refused(VerificationError)
    /// The store could not say whether the event is new; the handler has not run.
    case storeFailed(IdempotencyError)
    /// The handler threw; the event may come again.
    case handlerFailed(any Error)
  }

  /// The answer to each verdict, in one place.
  ///
  /// Every sender tries again after 503; 500 some count as final. A duplicate of a delivery in
  /// progress is not answered 2xx, because that one may still fail.
  package static func response(to verdict: Verdict, reply: Profile.Reply) -> WebhookResponse {
    switch verdict {
    case .handled: return success(reply, isDuplicate: false)
    case .duplicate: return success(reply, isDuplicate: true)
    case .inProgress:
      return .problem(status: 503, title: "Being handled", reason: "in_progress")
    case .addressRefused:
      return .problem(status: 403, title: "Address refused", reason: "address_refused")
    case .refused(.keyUnusable):
      // Not the sender's fault, so not a refusal.
      return .problem(status: 503, title: "Cannot verify now", reason: "key_unusable")
    case .refused(let error):
      return .problem(status: 401, title: "Signature refused", reason: error.reason)
    case .storeFailed:
      return .problem(status: 503, title: "Try again later", reason: "store_unavailable")
    case .handlerFailed:
      return .problem(status: 503, title: "Try again later", reason: "handler_failed")
    }
  }

  private static func success(_ reply: Profile.Reply, isDuplicate: Bool) -> WebhookResponse {
    var response = WebhookResponse(status: reply.status, body: Array(reply.body.utf8))
    if let contentType = reply.contentType {
      response.headers.append(("Content-Type", contentType))
    }
    if isDuplicate { response.headers.append(("Webhook-Receiver-Duplicate", "true")) }
    return response
  }
}
