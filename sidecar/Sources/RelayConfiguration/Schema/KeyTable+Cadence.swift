internal import RelayCore

/// When a source is polled, and what that may take.
extension KeyTable {
  static let cadence: [SettingKey] = [
    SettingKey(
      "silence",
      .duration(Limit.interval),
      .fallback(.text("5m")),
      "So long without a delivery, and a poll verifies that nothing was missed."
    ),
    SettingKey(
      "cap",
      .duration(Limit.interval),
      .fallback(.text("15m")),
      "The longest time between polls of a silent source; they come half as often each time."
    ),
    SettingKey(
      "sweep",
      .duration(Limit.interval),
      .fallback(.text("1h")),
      "How often everything is walked over, however well deliveries come."
    ),
    SettingKey(
      "delivery_grace",
      .duration(Limit.reach),
      .fallback(.text("2m")),
      "What is older and was not delivered is evidence that deliveries are lost."
    ),
    SettingKey(
      "settle",
      .duration(Limit.reach),
      .fallback(.text("2m")),
      "What is younger may still change its place in the list, and is read again."
    ),
    SettingKey(
      "overlap",
      .duration(Limit.reach),
      .fallback(.text("5m")),
      "How far before the checkpoint a walk begins."
    ),
    SettingKey(
      "initial",
      .text(.initial),
      .fallback(.text("now")),
      "Where the first walk begins: now, earliest, or a time."
    ),
    SettingKey(
      "retention",
      .orNull(.duration(Limit.providerRetention)),
      .derived("not known"),
      "How long the provider keeps what it lists."
    ),
    SettingKey(
      "min_interval",
      .duration(Limit.interval),
      .fallback(.text("15s")),
      "The shortest time between polls."
    ),
    SettingKey(
      "daily_budget",
      .integer(Limit.dailyRequests, reason: "a provider blocks who asks without end"),
      .fallback(.text("\(CadenceRules.dailyBudgetUsual)")),
      "Requests in 24 hours; sweeps go before verification polls."
    ),
    SettingKey(
      "prefer_push",
      .duration(Limit.reach),
      .derived("delivery_grace where items have a time, else 0s"),
      "How long a polled event waits for its delivery, while none seem to be lost."
    ),
    SettingKey(
      "limits",
      .section(pollLimits),
      .fallback(.emptySection),
      "What one answer and one walk may take."
    ),
  ]

  private static let pollLimits: [SettingKey] = [
    SettingKey(
      "pages",
      .integer(Limit.pages, reason: "a walk that is longer goes on with the next poll"),
      .fallback(.text("100")),
      "Pages of one walk."
    ),
    SettingKey(
      "page_bytes",
      .size(Limit.pageBytes, multipleOf: 1),
      .fallback(.text("8MiB")),
      "The body of one answer; a larger one is refused."
    ),
    SettingKey(
      "items",
      .integer(Limit.pageItems, reason: "a page is held in memory, and journalled at once"),
      .fallback(.text("1000")),
      "Items of one page."
    ),
    SettingKey(
      "request",
      .duration(Limit.pollRequest),
      .fallback(.text("30s")),
      "How long one request may take."
    ),
    SettingKey(
      "walk",
      .duration(Limit.pollWalk),
      .fallback(.text("5m")),
      "How long one walk may take; then it goes on with the next poll."
    ),
  ]
}
