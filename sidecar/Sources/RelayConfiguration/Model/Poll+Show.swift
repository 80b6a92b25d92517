internal import RelayCore
internal import WebhookReceiver

extension Source.Poll {
  /// The members of the poll section in a configuration: what its preset stands for is written
  /// out, and read again it is the same plan.
  func write(to writer: inout JSONWriter) {
    if let preset = plan.preset { writer.text("preset", preset) }
    if !parameters.isEmpty {
      writer.key("parameters")
      writer.object { writer in
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) { writer.text(name, value) }
      }
    }
    plan.write(to: &writer)
  }
}

extension PollPlan {
  /// Everything but the preset.
  func write(to writer: inout JSONWriter) {
    writer.text("kind", kind.rawValue)
    writer.key("request")
    writer.object { request.write(to: &$0) }
    if request.auth != .none {
      writer.key("auth")
      writer.object { request.auth.write(to: &$0) }
    }
    writer.key("paging")
    writer.object { paging.write(to: &$0) }
    writer.texts("items", items.map(\.text))
    writer.text("items_missing", itemsMissing.rawValue)
    writer.textOrNull("errors", errors?.text)
    writer.text("id", id.text)
    writer.textOrNull("version", version?.text)
    writer.textOrNull("type", type?.text)
    writer.key("time")
    if let time { writer.object { time.write(to: &$0) } } else { writer.null() }
    writer.objects("filter", filters) { filter, writer in
      writer.text("pointer", filter.pointer.text)
      writer.texts(filter.isInverted ? "not_in" : "in", filter.values)
    }
    writeDetail(to: &writer)
    writer.key("emit")
    writer.object { emit.write(to: &$0) }
    writer.key("attempt")
    if let attempt {
      writer.object {
        $0.text("status", attempt.status.text)
        $0.texts("succeeded", attempt.succeeded)
      }
    } else {
      writer.null()
    }
    writer.objects("errors_map", errorRules) { rule, writer in
      if let status = rule.status { writer.number("status", status) }
      if let codeAt = rule.codeAt { writer.text("code_at", codeAt.text) }
      if let code = rule.code { writer.text("code", code) }
      writer.text("action", rule.action.rawValue)
    }
    writer.textOrNull("advice", advice)
    writer.text("recover", "pull")
    cadence.write(to: &writer)
    writer.text("prefer_push", pushPreference.configurationText)
    writer.key("limits")
    writer.object {
      $0.number("pages", limits.pages)
      $0.text("page_bytes", ByteSize.text(Int64(limits.pageBytes)))
      $0.number("items", limits.items)
      $0.text("request", limits.request.configurationText)
      $0.text("walk", limits.walk.configurationText)
    }
  }

  private func writeDetail(to writer: inout JSONWriter) {
    writer.key("detail")
    guard let detail else {
      writer.null()
      return
    }
    // Its body is written as emit.body, and stands here no more: null goes before a preset's.
    writer.object {
      $0.text("url", detail.url.text)
      $0.textOrNull("item", detail.item?.text)
      $0.texts("hosts", detail.allowedOrigins.map(\.description))
    }
  }
}

extension PollRequest {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("url", "\(url)")
    writer.text("method", method.rawValue)
    writer.key("headers")
    writer.object { writer in
      for header in headers { writer.text(header.name, header.value) }
    }
    writer.key("body")
    if let body { writer.rawValue(body) } else { writer.null() }
    write(since, as: "since", to: &writer)
    write(until, as: "until", to: &writer)
  }

  private func write(_ time: TimeParameter?, as name: String, to writer: inout JSONWriter) {
    writer.key(name)
    guard let time else {
      writer.null()
      return
    }
    writer.object {
      $0.text("param", time.slot.text)
      time.format.write(to: &$0)
    }
  }
}

extension TimeRule {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("pointer", pointer.text)
    format.write(to: &writer)
    writer.text("granularity", granularity.configurationText)
  }
}

extension TimeFormat {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("format", name)
    guard case .rfc3339(let offset?) = self else { return }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let sign = offset < 0 ? "-" : "+"
    writer.text("zone", "\(sign)\(two(abs(offset) / 60)):\(two(abs(offset) % 60))")
  }
}

extension EmitRule {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.textOrNull("body", body?.text)
    writer.textOrNull("headers_from", headersFrom?.text)
    writer.key("headers")
    writer.object { writer in
      for header in headers { writer.text(header.name, header.value.text) }
    }
  }
}

extension CadenceRules {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.text("silence", silence.configurationText)
    writer.text("cap", cap.configurationText)
    writer.text("sweep", sweep.configurationText)
    writer.text("delivery_grace", deliveryGrace.configurationText)
    writer.text("settle", settle.configurationText)
    writer.text("overlap", overlap.configurationText)
    switch initial {
    case .now: writer.text("initial", "now")
    case .earliest: writer.text("initial", "earliest")
    case .since(let time): writer.text("initial", time.rfc3339)
    }
    writer.textOrNull("retention", retention?.configurationText)
    writer.text("min_interval", intervalMin.configurationText)
    writer.number("daily_budget", dailyBudget)
  }
}

extension JSONWriter {
  mutating func textOrNull(_ name: String, _ text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  mutating func number(_ name: String, _ number: Int) {
    key(name)
    int(number)
  }

  mutating func flag(_ name: String, _ flag: Bool) {
    key(name)
    bool(flag)
  }

  mutating func objects<Element>(
    _ name: String,
    _ elements: [Element],
    _ members: (Element, inout JSONWriter) -> Void
  ) {
    key(name)
    beginArray()
    for element in elements { object { members(element, &$0) } }
    endArray()
  }
}
