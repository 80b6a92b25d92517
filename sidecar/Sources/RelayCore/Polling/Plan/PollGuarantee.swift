internal import WebhookReceiver

/// What polling promises for a source, in words that a person understands.
package struct PollGuarantee: Equatable, Sendable {
  package let words: String
  /// How long the sidecar may be away before something is lost for good; nil: not known.
  package let lossHorizon: Duration?

  /// `pushHorizon` is how long the provider goes on delivering by itself.
  package init(plan: PollPlan?, pushHorizon: Duration?) {
    guard let plan else {
      lossHorizon = pushHorizon
      words = Self.withoutPolling(pushHorizon)
      return
    }
    let retention = plan.cadence.retention
    switch plan.kind {
    case .eventLog:
      // Without a known retention, only what is known of the other path can be promised.
      lossHorizon = [retention, pushHorizon].compactMap(\.self).max()
      words =
        "polling finds every event that the provider lists, delivered or not"
        + Self.reach(retention, of: "it lists them")
    case .deliveryLog:
      lossHorizon = [retention, pushHorizon].compactMap(\.self).max()
      words =
        "polling finds every event that the provider tried to deliver to this hook"
        + Self.reach(retention, of: "it keeps its log")
        + "; what happens while the hook is off or deleted is lost at once"
    case .resourceState:
      lossHorizon = pushHorizon
      words =
        "polling finds resources as they are, not the events between: "
        + "intermediate changes and most deletions are lost when their deliveries are"
    }
  }

  private static func reach(_ retention: Duration?, of verb: String) -> String {
    guard let retention else { return "; for how long \(verb) is not known" }
    return ", for as long as \(verb): \(retention.configurationText)"
  }

  private static func withoutPolling(_ pushHorizon: Duration?) -> String {
    let rest = "nothing is polled: what the provider gives up delivering is lost"
    guard let pushHorizon else { return rest }
    guard pushHorizon > .zero else { return "it does not deliver twice, and " + rest }
    return "the provider goes on delivering for \(pushHorizon.configurationText); " + rest
  }

  /// The horizon in words.
  package var horizonText: String {
    guard let lossHorizon else { return "not known" }
    return lossHorizon > .zero ? lossHorizon.configurationText : "none: at once"
  }
}
