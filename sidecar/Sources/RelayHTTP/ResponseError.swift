/// Why bytes are not an answer that this client takes.
///
/// Each ends the connection: after a framing error nobody knows where the next answer begins.
package enum ResponseError: Error, Equatable, Sendable {
  case malformed(String)
  case headTooLarge
  case bodyTooLarge
  /// The connection ended before the first byte of a final answer.
  case nothing
  /// The connection ended inside the answer.
  case cut

  /// What the readers shared with requests say, in the terms of an answer.
  init(_ error: HTTPError) {
    self =
      switch error {
      case .headTooLarge: .headTooLarge
      case .bodyTooLarge: .bodyTooLarge
      default: .malformed(error.reason)
      }
  }

  /// One sentence; it never repeats a byte of the answer.
  package var reason: String {
    switch self {
    case .malformed(let reason): reason
    case .headTooLarge: "the head of the answer is larger than this client takes"
    case .bodyTooLarge: "the body of the answer is larger than this client takes"
    case .nothing: "the connection was closed without an answer"
    case .cut: "the connection was closed inside the answer"
    }
  }
}
