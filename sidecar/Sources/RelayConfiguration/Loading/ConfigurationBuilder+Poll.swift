internal import RelayCore
internal import WebhookReceiver

extension ConfigurationBuilder {
  /// The poll section of a source; nil when there is none, or something is wrong with it.
  mutating func poll(_ section: CheckedSection?) -> Source.Poll? {
    guard let section else { return nil }
    let request = section.section("request")
    let auth = auth(section, request)
    checkAlternatives(section)
    checkURLs(section)
    checkEmitted(section.section("emit"))
    let headers = requestHeaders(request)
    if let request, !request.written.contains("url") {
      problems.add(
        request.position,
        "\(request.path).url",
        "the key is missing",
        "write url: \"https://…\""
      )
    }
    guard let request, let url = request.url("url"),
      let method = request.word("method", as: PollRequest.Method.self),
      let kind = section.word("kind", as: PollKind.self),
      let paging = section.section("paging").flatMap(PollSections.paging),
      let items = items(section), let id = section.template("id"),
      let missing = section.word("items_missing", as: PollPlan.ItemsMissing.self),
      let cadence = PollSections.cadence(section),
      let limits = PollSections.limits(section.section("limits"))
    else { return nil }
    var wanted = PollRequest(url: url)
    wanted.method = method
    wanted.headers = headers
    if case .json(let body)? = request.values["body"]?.value { wanted.body = body }
    wanted.auth = auth?.rule ?? .none
    wanted.since = PollSections.timeParameter(request.section("since"))
    wanted.until = PollSections.timeParameter(request.section("until"))
    var plan = PollPlan(kind: kind, request: wanted, paging: paging, items: items, id: id)
    plan.preset = section.text("preset")
    plan.itemsMissing = missing
    plan.errors = section.pointer("errors")
    plan.version = section.template("version")
    plan.type = section.template("type")
    plan.time = PollSections.time(section.section("time"))
    plan.filters = PollSections.filters(section)
    plan.detail = PollSections.detail(section.section("detail"))
    plan.emit = PollSections.emit(section.section("emit"), detail: section.section("detail"))
    plan.attempt = PollSections.attempt(section.section("attempt"))
    plan.errorRules = PollSections.errorRules(section)
    plan.advice = section.text("advice")
    plan.cadence = cadence
    plan.limits = limits
    plan.preferPush = section.duration("prefer_push")
    checkAuthIsGiven(plan, section)
    check(plan, section)
    return Source.Poll(
      plan: plan,
      secrets: auth?.secrets ?? [],
      parameters: section.texts("parameters")
    )
  }

  private func items(_ section: CheckedSection) -> [JSONPointer]? {
    let pointers = (section.list("items") ?? []).compactMap { element in
      if case .pointer(let pointer) = element.value { pointer } else { nil }
    }
    return pointers.isEmpty ? nil : pointers
  }

  /// Headers that are ours, or secret, are not to be written here.
  private mutating func requestHeaders(_ request: CheckedSection?) -> [PollRequest.Header] {
    var headers: [PollRequest.Header] = []
    for (name, value) in request?.members("headers") ?? [] {
      guard case .text(let text) = value.value else { continue }
      let lower = name.lowercased()
      let refusal: (message: String, suggestion: String)? =
        if !RelayHeaderRules.isToken(name) {
          ("\(quoted(name)) is not the name of a header", "write one like Accept")
        } else if lower == "authorization" || lower == "cookie" {
          ("a secret in here would be shown by config show", "write it under auth, as a reference")
        } else if RelayHeaderRules.hopByHop.contains(lower) || lower == "accept-encoding" {
          ("\(quoted(name)) is a header that the sidecar sets itself", "remove it")
        } else if headers.contains(where: { $0.name.lowercased() == lower }) {
          ("\(quoted(name)) is there already; case makes no difference", "remove one of them")
        } else {
          nil
        }
      if let refusal {
        problems.add(value.position, value.path, refusal.message, refusal.suggestion)
      } else {
        headers.append(PollRequest.Header(name: name, value: text))
      }
    }
    return headers
  }

  /// What becomes a header of an event must be able to be one.
  private mutating func checkEmitted(_ emit: CheckedSection?) {
    var names: Set<String> = []
    for (name, value) in emit?.members("headers") ?? [] {
      if !RelayHeaderRules.isToken(name) || RelayHeaderRules.hopByHop.contains(name.lowercased()) {
        problems.add(
          value.position,
          value.path,
          "\(quoted(name)) cannot be a header of an event",
          "write the name of one that its delivery has"
        )
      } else if !names.insert(name.lowercased()).inserted {
        problems.add(
          value.position,
          value.path,
          "\(quoted(name)) is there already; case makes no difference",
          "remove one of them"
        )
      }
    }
  }

  /// Keys of which only one may stand.
  private mutating func checkAlternatives(_ section: CheckedSection) {
    if let paging = section.section("paging") {
      exclude("more", besides: "done", in: paging)
      if paging.text("kind") == "next_url" {
        exclude("search", besides: "pointer", in: paging)
        if !paging.written.contains("search"), !paging.written.contains("pointer") {
          problems.add(
            paging.position,
            paging.path,
            "nothing says where the URL of the next page is",
            "write pointer: \"/next\", or search: { array: \"/links\", key: \"/rel\", "
              + "is: \"next\", url: \"/href\" }"
          )
        }
      }
    }
    for filter in PollSections.sections(section, "filter") {
      exclude("not_in", besides: "in", in: filter)
    }
    if section.section("detail")?.values["body"] != nil,
      let body = section.section("emit")?.values["body"]
    {
      problems.add(body.position, body.path, "detail.body says so already", "remove one of them")
    }
    for rule in PollSections.sections(section, "errors_map") {
      for (name, other) in [("code", "code_at"), ("code_at", "code")] {
        guard let place = rule.values[name], !rule.written.contains(other) else { continue }
        problems.add(place.position, place.path, "it means nothing without \(other)", "write both")
      }
      if !rule.written.contains("status"), !rule.written.contains("code") {
        problems.add(
          rule.position,
          rule.path,
          "this rule is about every answer",
          "write status: 404, or code_at and code"
        )
      }
    }
  }

  mutating func exclude(_ name: String, besides other: String, in section: CheckedSection) {
    guard let place = section.values[name], section.written.contains(other) else { return }
    problems.add(
      place.position,
      place.path,
      "\(other) stands beside it, and only one can hold",
      "remove \(name) or \(other)"
    )
  }

  /// Addresses that lead to the machine's secrets, and details that would be refused later.
  private mutating func checkURLs(_ section: CheckedSection) {
    if let place = section.section("request")?.values["url"], case .url(let url) = place.value {
      warnOfMetadata(url, at: place)
    }
    let prime = section.section("paging")?.section("prime")?.values["url"]
    for place in [prime].compactMap(\.self) + (section.section("detail")?.list("hosts") ?? []) {
      if case .url(let url) = place.value { warnOfMetadata(url, at: place) }
    }
    for place in section.section("detail")?.list("hosts") ?? [] {
      guard case .url(let url) = place.value, !url.origin.isTLS, !url.isLoopback else { continue }
      problems.add(
        place.position,
        place.path,
        "events would come in the clear, and from anybody on the way",
        "write https://; http:// is for loopback only"
      )
    }
    checkSameOrigin(section)
  }

  /// Credentials go to one origin; where a detail leads elsewhere must be said.
  private mutating func checkSameOrigin(_ section: CheckedSection) {
    guard let origin = section.section("request")?.url("url")?.origin else { return }
    if let place = section.section("paging")?.section("prime")?.values["url"],
      case .url(let url) = place.value, url.origin != origin
    {
      problems.add(
        place.position,
        place.path,
        "it leads to \(url.origin), and credentials go to \(origin) alone",
        "write a URL of \(origin)"
      )
    }
    guard let detail = section.section("detail"), let place = detail.values["url"],
      case .template(let template) = place.value, let url = Self.literalURL(of: template)
    else { return }
    let hosts = (detail.list("hosts") ?? []).compactMap { host in
      if case .url(let url) = host.value { url.origin } else { nil }
    }
    guard url.origin != origin, !hosts.contains(url.origin) else { return }
    problems.add(
      place.position,
      place.path,
      "it leads to \(url.origin), and requests go to \(origin) alone",
      "write hosts: [\"\(url.origin)\"] beside it; no credentials go there"
    )
  }

  /// The URL up to the first value, where that has the whole origin in it.
  private static func literalURL(of template: ItemTemplate) -> OutboundURL? {
    guard case .text(let text)? = template.parts.first,
      text.split(separator: "/", omittingEmptySubsequences: false).count > 3
    else { return nil }
    return OutboundURL(text)
  }

  mutating func alarms(_ section: CheckedSection?) -> AlarmPlan {
    var plan = AlarmPlan()
    guard let section else { return plan }
    let command = section.words("command")
    plan.command = command.isEmpty ? nil : command
    plan.url = section.url("url")
    plan.intervalMin = section.duration("min_interval") ?? plan.intervalMin
    if !section.written.contains("command"), !section.written.contains("url") {
      problems.add(
        section.position,
        section.path,
        "nobody would be told",
        "write command: [\"/usr/local/bin/notify\"] or url: \"https://…\""
      )
    }
    if let place = section.values["url"], let url = plan.url {
      warnOfMetadata(url, at: place)
      if !url.origin.isTLS, !url.isLoopback {
        problems.add(
          place.position,
          place.path,
          "alarms say what fails and would go in the clear",
          "write https://; http:// is for loopback only"
        )
      }
    }
    return plan
  }
}
