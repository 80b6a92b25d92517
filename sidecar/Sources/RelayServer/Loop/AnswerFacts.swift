internal import RelayConfiguration

/// What an answer is about, for the access log: the client does not get it in this form.
struct AnswerFacts: Sendable {
  /// The source whose path was asked for.
  var source: String?
  /// Why the answer is no.
  var reason: String?
  /// Where `ownLines` of the answer have the event's id.
  var id: Range<Int>?
  /// The event was there already.
  var isDuplicate = false
}

extension Response {
  /// The same answer, about this source.
  func about(_ runtime: SourceRuntime, _ reason: Refusal? = nil) -> Response {
    var response = self
    response.facts.source = runtime.source.name
    if let reason { response.facts.reason = reason.rawValue }
    return response
  }
}
