internal import WebhookReceiver

/// How far a walk moves its source's mark (rule R6).
enum Watermark {
  /// The newest time read, but never into what may still change, and never backwards.
  ///
  /// What may change is the settle time before the provider's now, and what waits for its push.
  static func advanced(
    from old: Timestamp?,
    newest: Timestamp?,
    providerNow: Timestamp,
    rules: CadenceRules,
    settles: Bool,
    held: Timestamp?,
    granularity: Duration
  ) -> Timestamp? {
    guard var mark = newest else { return old }
    if settles { mark = min(mark, providerNow - rules.settle) }
    // What waits is read again: from one granule before it (rule R8).
    if let held { mark = min(mark, held - granularity) }
    guard let old else { return mark }
    return max(old, mark)
  }
}
