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
    /// The provider asked whether the endpoint is there; the response says so. No handler runs.
    ///
    /// When it brings a new key, store that before the response is sent.
    case handshake(HandshakeResponder.Outcome)
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
    case .handshake(let outcome): return answer(to: outcome)
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

  private static func answer(to outcome: HandshakeResponder.Outcome) -> WebhookResponse {
    switch outcome {
    case .answer(let answer), .newKey(_, let answer), .confirmation(_, let answer): answer
    case .refused(let error): response(to: .refused(error), reply: Profile.Reply())
    case .notAHandshake: .problem(status: 404, title: "No handshake", reason: "not_a_handshake")
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

extension Receiver.Verdict {
  /// Nil for a request that is no handshake, but an event.
  init?(_ handshake: HandshakeResponder.Outcome) {
    switch handshake {
    case .notAHandshake: return nil
    case .refused(let error): self = .refused(error)
    case .answer, .newKey, .confirmation: self = .handshake(handshake)
    }
  }
}
