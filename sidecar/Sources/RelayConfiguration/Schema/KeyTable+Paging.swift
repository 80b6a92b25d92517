internal import RelayCore

/// How one page leads to the next: what each kind takes, and nothing else.
extension KeyTable {
  static let paging: [ShapeVariant] = [
    ShapeVariant("none", [order("newest_first")]),
    ShapeVariant(
      "link_header",
      [
        SettingKey("rel", .text(.parameter), .fallback(.text("next")), "Which link."),
        order("newest_first"), persistent(required: false),
      ]
    ),
    ShapeVariant(
      "next_url",
      [
        SettingKey("pointer", .text(.pointer), .derived("see search"), "JSON Pointer to the URL."),
        SettingKey("search", .section(search), .derived("see pointer"), "Where a list has it."),
        order("newest_first"), persistent(required: false),
      ]
    ),
    ShapeVariant(
      "token",
      [
        SettingKey(
          "token",
          .text(.tokenPlace),
          .required,
          "Where the answer has it: a JSON Pointer, or header:NAME."
        ),
        param, persistent(required: true), order("oldest_first"), done, more,
        SettingKey(
          "repeat_query",
          .boolean,
          .fallback(.true),
          "Whether the first query is repeated beside the token."
        ),
      ]
    ),
    ShapeVariant(
      "id_cursor",
      [
        param,
        choice("from", IDPaging.End.self, nil, "Which item of a page is the next cursor."),
        SettingKey("cursor", .text(.template), .derived("id"), "What the cursor is read from."),
        done, more,
        choice(
          "page_order",
          PollPaging.ItemOrder.self,
          nil,
          "In which order a page lists; also the list without a cursor."
        ),
        choice(
          "walk",
          IDPaging.Direction.self,
          "forward",
          "Forward: from the checkpoint to the newest. Backward: the other way."
        ),
        SettingKey(
          "older",
          .text(.slot),
          .derived("none"),
          "The parameter that leads to older events, for the first walk and expired cursors."
        ),
        SettingKey(
          "prime",
          .section(prime),
          .derived("none"),
          "A page with the newest event, where the first one has the oldest."
        ),
      ]
    ),
    ShapeVariant(
      "page_number",
      [
        param,
        SettingKey(
          "first",
          .integer(0...1, reason: "pages are counted from 0 or from 1"),
          .fallback(.text("1")),
          "The number of the first page."
        ),
        order("newest_first"),
      ]
    ),
    ShapeVariant(
      "offset",
      [
        param, order("newest_first"),
        SettingKey(
          "overlap_items",
          .integer(Limit.overlapItems, reason: "a page that is all overlap leads nowhere"),
          .fallback(.text("10")),
          "How many items of a page are read again with the next one."
        ),
      ]
    ),
    ShapeVariant(
      "time_advance",
      [
        SettingKey(
          "window",
          .duration(Limit.timeWindow),
          .required,
          "The longest span that is asked for at once."
        ),
        SettingKey(
          "full_at",
          .integer(Limit.pageItems, reason: "so many items are held in memory at once"),
          .required,
          "A page of so many items may be cut: the span is halved and asked again."
        ),
      ]
    ),
  ]

  private static let param = SettingKey(
    "param",
    .text(.slot),
    .required,
    "Where it goes: a parameter of the query, header:NAME, or body: and a JSON Pointer."
  )

  private static let done = SettingKey(
    "done",
    .text(.pointer),
    .derived("an empty page is the end"),
    "JSON Pointer to what is true at the end."
  )

  private static let more = SettingKey(
    "more",
    .text(.pointer),
    .derived("an empty page is the end"),
    "JSON Pointer to what is false at the end."
  )

  private static let search: [SettingKey] = [
    SettingKey("array", .text(.pointer), .required, "JSON Pointer to the list of links."),
    SettingKey("key", .text(.pointer), .required, "JSON Pointer to a link's name, in a link."),
    SettingKey("is", .text(.parameter), .required, "The name of the wanted link."),
    SettingKey("url", .text(.pointer), .required, "JSON Pointer to its URL, in a link."),
  ]

  private static let prime: [SettingKey] = [
    SettingKey("url", .text(.outboundURL), .required, "The page."), order("newest_first"),
  ]

  private static func order(_ fallback: String) -> SettingKey {
    choice("order", PollPaging.ItemOrder.self, fallback, "In which order the provider lists.")
  }

  private static func persistent(required: Bool) -> SettingKey {
    SettingKey(
      "persistent",
      .boolean,
      required ? .required : .fallback(.false),
      "Whether it is a position that lasts, at which the next walk begins."
    )
  }

  private static func choice<Word: CaseIterable & RawRepresentable>(
    _ name: String,
    _ type: Word.Type,
    _ fallback: String?,
    _ summary: String
  ) -> SettingKey where Word.RawValue == String {
    SettingKey(
      name,
      .choice(words(of: type), later: []),
      fallback.map { .fallback(.text($0)) } ?? .required,
      summary
    )
  }
}
