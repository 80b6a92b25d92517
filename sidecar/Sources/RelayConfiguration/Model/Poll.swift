package import RelayCore
package import WebhookReceiver

extension Source {
  /// How a source is polled: the plan, and the secrets that it only refers to.
  package struct Poll: Sendable {
    package var plan: PollPlan
    /// In the order of `plan.request.auth.secretNames`.
    package var secrets: [Secret]
    /// What its preset was given.
    package var parameters: [String: String]
  }

  /// What the sidecar can promise of the source, and how long it may be away.
  package var guarantee: PollGuarantee {
    PollGuarantee(plan: poll?.plan, pushHorizon: profile.retryHorizon)
  }
}
