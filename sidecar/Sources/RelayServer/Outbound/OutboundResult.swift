package import RelayHTTP
package import RelayTLS

/// What came of a request.
package enum OutboundResult: Equatable, Sendable {
  case response(OutboundResponse)
  case failure(OutboundFailure)
}

/// A whole answer, of whatever status: redirects are answers, and nobody follows them here.
package struct OutboundResponse: Equatable, Sendable {
  package let head: ResponseHead
  package let body: [UInt8]
  /// The body went on beyond its limit, and this is its prefix.
  package let isTruncated: Bool

  package var status: Int { head.status }
  package func first(_ name: String) -> String? { head.first(name) }
}

/// Why there is no answer.
package enum OutboundFailure: Error, Equatable, Sendable {
  /// The request itself cannot be sent.
  case unusable(String)
  case nameNotFound(host: String)
  /// Every address of the name is one that must not be called.
  case addressRefused(host: String)
  /// Nobody listens there, or there is no way to it; in the kernel's words.
  case cannotConnect(String)
  case connectTimedOut(String)
  case tls(TLSFailure)
  /// The connection ended before the first byte of the answer.
  case closedWithoutAnswer
  /// The connection ended inside the answer.
  case answerCut
  case timedOut
  /// What came is not HTTP/1.1 as this client takes it.
  case malformed(String)
  case headTooLarge
  case bodyTooLarge
  case cancelled
  /// More requests wait already than this client holds.
  case overloaded
  /// The client is at its end.
  case stopping

  /// A closed set of words, safe as a metric label.
  package var word: String {
    switch self {
    case .unusable: "unusable"
    case .nameNotFound: "name_not_found"
    case .addressRefused: "address_refused"
    case .cannotConnect: "cannot_connect"
    case .connectTimedOut: "connect_timed_out"
    case .tls: "tls"
    case .closedWithoutAnswer: "closed_without_answer"
    case .answerCut: "answer_cut"
    case .timedOut: "timed_out"
    case .malformed: "malformed"
    case .headTooLarge: "head_too_large"
    case .bodyTooLarge: "body_too_large"
    case .cancelled: "cancelled"
    case .overloaded: "overloaded"
    case .stopping: "stopping"
    }
  }

  /// One sentence for the operator; it never repeats a byte of the answer.
  package var sentence: String {
    switch self {
    case .unusable(let reason): reason
    case .nameNotFound(let host): "the name \(host) cannot be looked up"
    case .addressRefused(let host):
      "\(host) has only addresses that are never called, such as link-local ones"
    case .cannotConnect(let reason): reason
    case .connectTimedOut(let place): "\(place) did not take the connection in time"
    case .tls(let failure): failure.description
    case .closedWithoutAnswer: "the connection was closed without an answer"
    case .answerCut: "the connection was closed inside the answer"
    case .timedOut: "the answer was not complete in time"
    case .malformed(let reason): reason
    case .headTooLarge: "the head of the answer is larger than is taken here"
    case .bodyTooLarge: "the body of the answer is larger than is taken here"
    case .cancelled: "the request was cancelled"
    case .overloaded: "too many requests wait for a connection already"
    case .stopping: "the sidecar is stopping"
    }
  }

  init(_ error: ResponseError) {
    self =
      switch error {
      case .malformed(let reason): .malformed(reason)
      case .headTooLarge: .headTooLarge
      case .bodyTooLarge: .bodyTooLarge
      case .nothing: .closedWithoutAnswer
      case .cut: .answerCut
      }
  }
}
