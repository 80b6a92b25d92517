/// Why a call to the sidecar did not succeed.
@nonexhaustive
public enum RelayClientError: Error, Equatable, Sendable {
  /// The sidecar does not answer, or says it cannot now. Worth trying again.
  case unavailable(reason: String)
  /// The token is missing, unknown, or lacks the scope `pull:NAME`.
  case notAuthorized
  /// There is no such consumer; create it first.
  case notFound(String)
  /// Another reader uses the consumer, or the position was moved; read again from the start.
  case conflict(String)
  /// Events behind the position were removed by retention; `oldest` is the cursor to go on from.
  case cursorExpired(lostFrom: UInt64?, lostTo: UInt64?, oldest: String?)
  /// The sidecar refused the request for another reason.
  case refused(status: Int, problem: String)
  /// The answer is not what the API's description promises; are the versions alike?
  case malformedAnswer(String)
  /// The configuration of the client cannot work.
  case invalidConfiguration(String)
  /// The task was cancelled.
  case cancelled
}

extension RelayClientError: CustomStringConvertible {
  /// What went wrong and what to do next.
  public var description: String {
    switch self {
    case .unavailable(let reason):
      "the sidecar is not to be had now (\(reason)); is it running, and is the base URL right?"
    case .notAuthorized:
      "the sidecar refused the token; it needs the scope pull:NAME of this consumer"
    case .notFound(let name):
      "there is no consumer \(name); create it with createConsumer(_:sources:start:)"
    case .conflict(let detail):
      "another reader moved this consumer (\(detail)); one process reads under one name"
    case .cursorExpired(let from, let to, let oldest):
      "events \(text(from)) to \(text(to)) were removed by retention; "
        + (oldest == nil ? "seek to earliest to go on" : "seek to the oldest cursor to go on")
    case .refused(let status, let problem):
      "the sidecar answered \(status): \(problem)"
    case .malformedAnswer(let what):
      "the sidecar's answer cannot be read: \(what); use a client of the sidecar's version"
    case .invalidConfiguration(let what):
      what
    case .cancelled:
      "the task was cancelled"
    }
  }

  /// Whether the same call can succeed later without anybody doing anything.
  public var isTransient: Bool {
    if case .unavailable = self { true } else { false }
  }

  private func text(_ sequence: UInt64?) -> String {
    sequence.map(String.init) ?? "unknown"
  }
}
