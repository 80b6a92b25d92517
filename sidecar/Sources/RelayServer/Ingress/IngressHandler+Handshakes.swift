internal import RelayConfiguration
internal import Synchronization
internal import WebhookReceiver

/// Requests by which a provider proves the endpoint: answered, and never stored.
extension IngressHandler {
  /// The answer; nil for a request that is no handshake.
  func answer(
    to outcome: HandshakeResponder.Outcome,
    _ runtime: SourceRuntime,
    _ request: IncomingRequest
  ) -> Response? {
    switch outcome {
    case .notAHandshake: return nil
    case .answer(let answer):
      note(runtime, request, "handshake_answered")
      return Self.response(answer).about(runtime)
    case .confirmation(let url, let answer):
      // The sidecar makes no request that a delivery asks for; a person visits the page.
      note(runtime, request, "handshake_wants_visit", url: url)
      return Self.response(answer).about(runtime)
    case .newKey:
      // Only in a window of time, and a sidecar opens none: its keys are in its configuration.
      runtime.counters.refuse(.other)
      return refused(.requirementNotMet("a new key came unasked"), runtime, request.client)
    case .refused(let error): return refused(error, runtime, request.client)
    }
  }

  private func note(
    _ runtime: SourceRuntime,
    _ request: IncomingRequest,
    _ event: String,
    url: String? = nil
  ) {
    runtime.counters.handshakes.add(1, ordering: .relaxed)
    log.network(
      .info,
      event,
      [
        "source": .text(runtime.source.name),
        "address": .text(request.client.remoteText),
        "visit": .text(url ?? ""),
      ]
    )
  }

  private static func response(_ answer: WebhookResponse) -> Response {
    Response(
      status: answer.status,
      fields: answer.headers.map { ($0.name, $0.value) },
      body: answer.body
    )
  }
}
