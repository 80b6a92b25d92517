internal import RelayCore
internal import WebhookReceiver

/// The parts of a poll section that are right alone, made into the values of its plan.
///
/// Nil where something was refused, which is reported already.
enum PollSections {
  static func paging(_ section: CheckedSection) -> PollPaging? {
    switch section.text("kind") {
    case "none": section.word("order").map(PollPaging.none)
    case "link_header": link(section)
    case "next_url": nextURL(section)
    case "token": token(section)
    case "id_cursor": idCursor(section)
    case "page_number": pageNumber(section)
    case "offset": offset(section)
    case "time_advance": timeAdvance(section)
    default: nil
    }
  }

  private static func link(_ section: CheckedSection) -> PollPaging? {
    guard let rel = section.text("rel"), let isPersistent = section.flag("persistent"),
      let order = section.word("order", as: PollPaging.ItemOrder.self)
    else { return nil }
    var paging = LinkPaging()
    paging.rel = rel
    paging.order = order
    paging.isPersistent = isPersistent
    return .linkHeader(paging)
  }

  private static func nextURL(_ section: CheckedSection) -> PollPaging? {
    let place: NextURLPaging.Place
    if let pointer = section.pointer("pointer") {
      place = .pointer(pointer)
    } else if let search = section.section("search"), let array = search.pointer("array"),
      let key = search.pointer("key"), let value = search.text("is"),
      let url = search.pointer("url")
    {
      place = .search(array: array, key: key, value: value, url: url)
    } else {
      return nil
    }
    guard let isPersistent = section.flag("persistent"),
      let order = section.word("order", as: PollPaging.ItemOrder.self)
    else { return nil }
    var paging = NextURLPaging(place: place)
    paging.order = order
    paging.isPersistent = isPersistent
    return .nextURL(paging)
  }

  private static func token(_ section: CheckedSection) -> PollPaging? {
    guard case .tokenPlace(let place)? = section.values["token"]?.value,
      let slot = section.slot("param"), let isPersistent = section.flag("persistent"),
      let order = section.word("order", as: PollPaging.ItemOrder.self),
      let repeatsQuery = section.flag("repeat_query")
    else { return nil }
    var paging = TokenPaging(place: place, slot: slot, isPersistent: isPersistent)
    paging.order = order
    paging.done = end(section)
    paging.repeatsQuery = repeatsQuery
    return .token(paging)
  }

  private static func idCursor(_ section: CheckedSection) -> PollPaging? {
    guard let slot = section.slot("param"), let from = section.word("from", as: IDPaging.End.self),
      let order = section.word("page_order", as: PollPaging.ItemOrder.self),
      let walk = section.word("walk", as: IDPaging.Direction.self)
    else { return nil }
    var paging = IDPaging(slot: slot, from: from, pageOrder: order)
    paging.cursor = section.template("cursor")
    paging.more = end(section)
    paging.walk = walk
    paging.olderSlot = section.slot("older")
    if let prime = section.section("prime"), let url = prime.url("url"),
      let order = prime.word("order", as: PollPaging.ItemOrder.self)
    {
      paging.prime = PrimeRule(url: url, order: order)
    }
    return .idCursor(paging)
  }

  private static func pageNumber(_ section: CheckedSection) -> PollPaging? {
    guard let slot = section.slot("param"), let first = section.integer("first"),
      let order = section.word("order", as: PollPaging.ItemOrder.self)
    else { return nil }
    var paging = PagePaging(slot: slot)
    paging.first = Int(first)
    paging.order = order
    return .pageNumber(paging)
  }

  private static func offset(_ section: CheckedSection) -> PollPaging? {
    guard let slot = section.slot("param"), let overlap = section.integer("overlap_items"),
      let order = section.word("order", as: PollPaging.ItemOrder.self)
    else { return nil }
    var paging = OffsetPaging(slot: slot)
    paging.order = order
    paging.overlapItems = Int(overlap)
    return .offset(paging)
  }

  private static func timeAdvance(_ section: CheckedSection) -> PollPaging? {
    guard let window = section.duration("window"), let fullAt = section.integer("full_at") else {
      return nil
    }
    return .timeAdvance(TimePaging(window: window, fullAt: Int(fullAt)))
  }

  private static func end(_ section: CheckedSection) -> DoneRule? {
    section.pointer("done").map { DoneRule(pointer: $0, atEnd: true) }
      ?? section.pointer("more").map { DoneRule(pointer: $0, atEnd: false) }
  }

  static func time(_ section: CheckedSection?) -> TimeRule? {
    guard let section, let pointer = section.pointer("pointer"), let format = format(section) else {
      return nil
    }
    return TimeRule(
      pointer: pointer,
      format: format,
      granularity: section.duration("granularity")
    )
  }

  static func timeParameter(_ section: CheckedSection?) -> TimeParameter? {
    guard let section, let slot = section.slot("param"), let format = format(section) else {
      return nil
    }
    return TimeParameter(slot: slot, format: format)
  }

  private static func format(_ section: CheckedSection) -> TimeFormat? {
    let offset = section.text("zone").flatMap(TextReader.offsetMinutes)
    return section.text("format").flatMap { TimeFormat(name: $0, offsetMinutes: offset) }
  }

  static func filters(_ section: CheckedSection) -> [ItemFilter] {
    sections(section, "filter").compactMap { filter in
      guard let pointer = filter.pointer("pointer") else { return nil }
      let isInverted = filter.written.contains("not_in")
      var rule = ItemFilter(pointer: pointer, values: filter.words(isInverted ? "not_in" : "in"))
      rule.isInverted = isInverted
      return rule
    }
  }

  static func attempt(_ section: CheckedSection?) -> AttemptRule? {
    guard let section, let status = section.pointer("status") else { return nil }
    var rule = AttemptRule(status: status)
    rule.succeeded = section.words("succeeded")
    return rule
  }

  static func errorRules(_ section: CheckedSection) -> [ErrorRule] {
    sections(section, "errors_map").compactMap { rule in
      guard let action = rule.word("action", as: ErrorRule.Action.self) else { return nil }
      return ErrorRule(
        status: rule.integer("status").map(Int.init),
        codeAt: rule.pointer("code_at"),
        code: rule.text("code"),
        action: action
      )
    }
  }

  static func emit(_ section: CheckedSection?, detail: CheckedSection?) -> EmitRule {
    var rule = EmitRule()
    rule.body = section?.pointer("body") ?? detail?.pointer("body")
    rule.headersFrom = section?.pointer("headers_from")
    rule.headers = (section?.members("headers") ?? []).compactMap { name, value in
      if case .template(let template) = value.value {
        .init(name: name, value: template)
      } else {
        nil
      }
    }
    return rule
  }

  static func detail(_ section: CheckedSection?) -> DetailRule? {
    guard let section, let url = section.template("url") else { return nil }
    var rule = DetailRule(url: url)
    rule.item = section.pointer("item")
    rule.allowedOrigins = (section.list("hosts") ?? []).compactMap { element in
      if case .url(let url) = element.value { url.origin } else { nil }
    }
    return rule
  }

  static func cadence(_ section: CheckedSection) -> CadenceRules? {
    guard let silence = section.duration("silence"), let cap = section.duration("cap"),
      let sweep = section.duration("sweep"), let grace = section.duration("delivery_grace"),
      let settle = section.duration("settle"), let overlap = section.duration("overlap"),
      let intervalMin = section.duration("min_interval"),
      let budget = section.integer("daily_budget"),
      case .initial(let initial)? = section.values["initial"]?.value
    else { return nil }
    var rules = CadenceRules()
    rules.silence = silence
    rules.cap = cap
    rules.sweep = sweep
    rules.deliveryGrace = grace
    rules.settle = settle
    rules.overlap = overlap
    rules.initial = initial
    rules.retention = section.duration("retention")
    rules.intervalMin = intervalMin
    rules.dailyBudget = Int(budget)
    return rules
  }

  static func limits(_ section: CheckedSection?) -> PollLimits? {
    guard let section, let pages = section.integer("pages"),
      let pageBytes = section.integer("page_bytes"), let items = section.integer("items"),
      let request = section.duration("request"), let walk = section.duration("walk")
    else { return nil }
    var limits = PollLimits()
    limits.pages = Int(pages)
    limits.pageBytes = Int(pageBytes)
    limits.items = Int(items)
    limits.request = request
    limits.walk = walk
    return limits
  }

  static func sections(_ section: CheckedSection, _ name: String) -> [CheckedSection] {
    (section.list(name) ?? []).compactMap { element in
      if case .section(let section) = element.value { section } else { nil }
    }
  }
}
