internal import RelayCore

/// How missed events are fetched from the provider; presets are read by this table, too.
extension KeyTable {
  static let poll: [SettingKey] =
    [
      SettingKey(
        "preset",
        .text(.preset),
        .derived("none: everything stands here"),
        "A provider that is known; any other key goes before what it stands for."
      ),
      SettingKey(
        "parameters",
        .texts(of: .parameter, countMax: Limit.parameters),
        .derived("none"),
        "What the preset asks for, such as owner, repo and hook_id."
      ),
      SettingKey(
        "kind",
        .choice(words(of: PollKind.self), later: []),
        .required,
        "What the provider lists, which decides what polling can repair."
      ),
      SettingKey("request", .section(request), .required, "What is sent for a page."),
      SettingKey(
        "auth",
        .section(auth),
        .derived("that of request, or none"),
        "How the provider knows us: one of bearer, basic, header, oauth2, command."
      ),
      SettingKey(
        "paging",
        .variants(on: "kind", paging),
        .required,
        "How pages follow each other."
      ),
      SettingKey(
        "items",
        .oneOrMany(.pointer, countMax: Limit.itemPlaces),
        .required,
        "JSON Pointer to the array of events in an answer; empty for the answer itself."
      ),
      SettingKey(
        "items_missing",
        .choice(words(of: PollPlan.ItemsMissing.self), later: []),
        .fallback(.text("error")),
        "What an answer without the array is: an error, or an empty page."
      ),
      SettingKey(
        "errors",
        .orNull(.text(.pointer)),
        .derived("none"),
        "JSON Pointer to what an answer has only when it is none."
      ),
      SettingKey(
        "id",
        .text(.template),
        .required,
        "The event's id in an item, the one that its push carries: a JSON Pointer, or text with "
          + "pointers in braces."
      ),
      SettingKey(
        "version",
        .orNull(.text(.template)),
        .derived("none; required for resource_state"),
        "What changes with a resource, such as /updated_at."
      ),
      SettingKey("type", .orNull(.text(.template)), .derived("none"), "The event's type."),
      SettingKey("time", .orNull(.section(time)), .derived("none"), "When it happened."),
      SettingKey(
        "filter",
        .list(of: .section(itemFilter), count: 0...Limit.itemFilters),
        .fallback(.emptyList),
        "Which items are wanted; all must hold."
      ),
      SettingKey(
        "detail",
        .orNull(.section(detail)),
        .derived("none: items are whole"),
        "What to ask for the event itself, where an item is a summary."
      ),
      SettingKey("emit", .section(emit), .fallback(.emptySection), "What becomes the event."),
      SettingKey(
        "attempt",
        .orNull(.section(attempt)),
        .derived("none"),
        "How a delivery log says whether a delivery succeeded."
      ),
      SettingKey(
        "errors_map",
        .list(of: .section(errorRule), count: 0...Limit.errorRules),
        .fallback(.emptyList),
        "What answers mean that are no pages; the first that fits counts."
      ),
      SettingKey(
        "advice",
        .orNull(.text(.advice)),
        .derived("none"),
        "What to look at when the provider refuses a poll; said with the refusal."
      ),
      SettingKey(
        "recover",
        // Redelivery has the provider's own bytes and signature, and needs marks of what was asked
        // for that outlive a crash.
        .choice(["pull"], later: ["redeliver"]),
        .fallback(.text("pull")),
        "How a missed event is had: its body is read from the list."
      ),
    ] + cadence

  private static let request: [SettingKey] = [
    SettingKey("url", .text(.outboundURL), .derived("required"), "The first page."),
    SettingKey(
      "method",
      .choice(words(of: PollRequest.Method.self), later: []),
      .fallback(.text("GET")),
      "GET, or POST with a body."
    ),
    SettingKey(
      "headers",
      .texts(of: .headerValue, countMax: Limit.requestHeaders),
      .derived("none"),
      "Headers of every request; what is secret belongs under auth."
    ),
    SettingKey(
      "body",
      .orNull(.json),
      .derived("none"),
      "A JSON object that is sent with POST; paging may put values into it."
    ),
    SettingKey("auth", .section(auth), .derived("none"), "As auth beside it."),
    SettingKey(
      "since",
      .orNull(.section(timeParameter)),
      .derived("the list takes no beginning"),
      "Where the beginning of a window goes."
    ),
    SettingKey(
      "until",
      .orNull(.section(timeParameter)),
      .derived("the list takes no end"),
      "Where the end of a window goes."
    ),
  ]

  private static let timeParameter: [SettingKey] = [
    SettingKey("param", .text(.slot), .required, "A parameter of the query, or see paging.param."),
    timeFormat,
    timeZone,
  ]

  private static let time: [SettingKey] = [
    SettingKey("pointer", .text(.pointer), .required, "JSON Pointer to it in an item."),
    timeFormat,
    timeZone,
    SettingKey(
      "granularity",
      .duration(Limit.granularity),
      .derived("1s, or 1ms for unix_ms"),
      "What times are cut to; a window begins so much earlier."
    ),
  ]

  private static let timeFormat = SettingKey(
    "format",
    .choice(["unix_s", "unix_ms", "rfc3339", "http_date"], later: []),
    .required,
    "How it is written."
  )

  private static let timeZone = SettingKey(
    "zone",
    .text(.zone),
    .derived("none: a time without one is refused"),
    "What a time without a zone is to UTC, like +09:00; of rfc3339."
  )

  private static let itemFilter: [SettingKey] = [
    SettingKey("pointer", .text(.pointer), .required, "JSON Pointer to what is looked at."),
    SettingKey(
      "in",
      .list(of: .text(.parameter), count: 0...Limit.filterValues),
      .derived("anything that is there"),
      "One of these texts."
    ),
    SettingKey(
      "not_in",
      .list(of: .text(.parameter), count: 1...Limit.filterValues),
      .derived("none"),
      "None of these texts."
    ),
  ]

  private static let detail: [SettingKey] = [
    SettingKey(
      "url",
      .text(.template),
      .required,
      "The event's URL, with values of the item in braces: {/id}."
    ),
    SettingKey("body", .orNull(.text(.pointer)), .derived("all of it"), "As emit.body."),
    SettingKey(
      "item",
      .orNull(.text(.pointer)),
      .derived("the answer itself"),
      "JSON Pointer to where the item begins in the answer."
    ),
    SettingKey(
      "hosts",
      .list(of: .text(.outboundURL), count: 0...Limit.detailHosts),
      .fallback(.emptyList),
      "Other origins that it may lead to; no credentials go there."
    ),
  ]

  private static let emit: [SettingKey] = [
    SettingKey(
      "body",
      .orNull(.text(.pointer)),
      .derived("the whole item"),
      "JSON Pointer to the body; its bytes are taken as they stand."
    ),
    SettingKey(
      "headers_from",
      .orNull(.text(.pointer)),
      .derived("none"),
      "JSON Pointer to an object of header names and values."
    ),
    SettingKey(
      "headers",
      .texts(of: .template, countMax: Limit.requestHeaders),
      .derived("none"),
      "Headers that are made of the item."
    ),
  ]

  private static let attempt: [SettingKey] = [
    SettingKey("status", .text(.pointer), .required, "JSON Pointer to the outcome of an attempt."),
    SettingKey(
      "succeeded",
      .list(of: .text(.parameter), count: 0...Limit.filterValues),
      .fallback(.emptyList),
      "Texts that say it succeeded; none: the numbers 200 to 299."
    ),
  ]

  private static let errorRule: [SettingKey] = [
    SettingKey(
      "status",
      .integer(100...599, reason: "these are the statuses of HTTP"),
      .derived("any"),
      "The status of the answer."
    ),
    SettingKey("code_at", .text(.pointer), .derived("none"), "JSON Pointer to the error's name."),
    SettingKey("code", .text(.parameter), .derived("none"), "The name, beside code_at."),
    SettingKey(
      "action",
      .choice(words(of: ErrorRule.Action.self), later: []),
      .required,
      "What to do."
    ),
  ]
}
