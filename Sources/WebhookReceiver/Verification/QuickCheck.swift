/// What a verifier asks before its engine.
///
/// There always is one: to look whether there is would count a reference for every request.
protocol QuickCheck: AnyObject, Sendable {
  /// Whether it ever decides.
  var isThere: Bool { get }

  func answer(to request: borrowing WebhookRequest, at now: Timestamp) -> QuickAnswer

  /// What an error calls the header that holds the signatures.
  func signatureName(of request: WebhookRequest) -> String
}

/// What a quick check says, in a few registers.
struct QuickAnswer {
  enum Verdict {
    case verified
    case mismatch
    /// No signature is in the form of one.
    case malformed
    /// The engine is to say.
    case undecided
  }

  static let undecided = QuickAnswer(verdict: .undecided)

  var verdict: Verdict
  /// Of the secret.
  var index = 0
  /// Nil where none is signed.
  var time: Timestamp?
}

/// For schemes that only the engine can check.
final class NoQuickCheck: QuickCheck {
  var isThere: Bool { false }

  func answer(to request: borrowing WebhookRequest, at now: Timestamp) -> QuickAnswer { .undecided }

  func signatureName(of request: WebhookRequest) -> String { "" }
}
