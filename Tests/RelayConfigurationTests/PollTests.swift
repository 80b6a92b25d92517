import RelayConfiguration
import RelayCore
import Testing
import WebhookReceiver

/// A source with this poll section.
func withPoll(_ members: String) -> String {
  withSource("poll: {\n\(members) }")
}

/// A section that is right, with these members in place of its own.
func pollText(
  _ members: String = "",
  request: String = "url: \"https://api.example.com/events\"",
  paging: String = "kind: \"none\""
) -> String {
  withPoll(
    """
    kind: "event_log", request: { \(request) }, paging: { \(paging) }, items: "/data", id: "/id",
    \(members)
    """
  )
}

@Suite struct PollTests {
  static func plan(_ text: String) throws -> PollPlan {
    let loaded = load(text)
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    return try #require(loaded.configuration?.sources[0].poll).plan
  }

  /// Contract §3, word for word.
  static let contract = withPoll(
    """
    kind: "delivery_log",
    request: { url: "https://api.github.com/repos/o/r/hooks/1/deliveries?per_page=100",
               method: "GET", headers: {}, body: null, auth: { bearer: "env:TOKEN" } },
    paging: { kind: "link_header" }, items: "", errors: null,
    id: "/guid", type: "/event", time: { pointer: "/delivered_at", format: "rfc3339" },
    detail: { url: "https://api.github.com/repos/o/r/hooks/1/deliveries/{/id}",
              body: "/request/payload" },
    silence: "5m", cap: "15m", sweep: "1h", delivery_grace: "2m", settle: "2m", overlap: "5m",
    initial: "now", retention: "3d", min_interval: "15s",
    limits: { pages: 100, page_bytes: "8MiB", items: 1000, request: "30s", walk: "5m" },
    """
  )

  @Test func `the section of the contract arrives`() throws {
    let plan = try Self.plan(Self.contract)
    #expect(plan.kind == .deliveryLog && plan.request.auth == .bearer(.init("env:TOKEN")))
    #expect(plan.paging == .linkHeader(LinkPaging()) && plan.items.map(\.text) == [""])
    #expect(plan.errors == nil && plan.id.text == "/guid" && plan.type?.text == "/event")
    #expect(plan.time?.format == .rfc3339(offsetMinutes: nil))
    #expect(plan.emit.body?.text == "/request/payload")
    var usual = CadenceRules()
    usual.retention = .seconds(3 * 86_400)
    #expect(plan.cadence == usual && plan.limits == PollLimits())
  }

  @Test func `what is absent is what the plan is declared with`() throws {
    let plan = try Self.plan(pollText())
    let url = try #require(OutboundURL("https://api.example.com/events"))
    let usual = PollPlan(
      kind: .eventLog,
      request: PollRequest(url: url),
      paging: .none(.newestFirst),
      items: [try JSONPointer("/data")],
      id: try ItemTemplate("/id")
    )
    #expect(plan == usual)
  }

  static let pagings: [(String, String)] = [
    ("kind: \"none\", order: \"unordered\"", ""),
    ("kind: \"link_header\", rel: \"n\", order: \"oldest_first\", persistent: true", ""),
    ("kind: \"next_url\", pointer: \"/next\"", ""),
    (
      """
      kind: "next_url", order: "oldest_first",
      search: { array: "/links", key: "/rel", is: "next", url: "/href" }
      """, ""
    ),
    ("kind: \"token\", token: \"/c\", param: \"cursor\", persistent: true, done: \"/done\"", ""),
    (
      """
      kind: "token", token: "header:X-Next", param: "header:X-Cursor", persistent: false,
      more: "/more", order: "newest_first", repeat_query: false
      """, ""
    ),
    (
      """
      kind: "id_cursor", param: "after", from: "last_item", page_order: "oldest_first",
      cursor: "/n", more: "/more", older: "before",
      prime: { url: "https://api.example.com/last" }
      """, ""
    ),
    (
      """
      kind: "id_cursor", param: "query:header:x", from: "last_item", page_order: "newest_first",
      walk: "backward"
      """, ""
    ),
    ("kind: \"page_number\", param: \"page\", first: 0", ""),
    ("kind: \"offset\", param: \"offset\", overlap_items: 3, order: \"oldest_first\"", ""),
    (
      "kind: \"time_advance\", window: \"1d\", full_at: 1000",
      ", since: { param: \"from\", format: \"rfc3339\" }"
    ),
  ]

  @Test(arguments: pagings)
  func `every kind of paging is shown as it is read`(_ paging: String, _ request: String) throws {
    let text = pollText(
      "time: { pointer: \"/t\", format: \"rfc3339\", zone: \"-03:30\" }",
      request: "url: \"https://api.example.com/events\"\(request)",
      paging: paging
    )
    let plan = try Self.plan(text)
    let first = try #require(load(text).configuration)
    let shown = String(decoding: first.show(), as: UTF8.self)
    let again = try Self.plan(shown)
    #expect(again.paging == plan.paging && again.request == plan.request && again.time == plan.time)
    #expect(load(shown).configuration?.fingerprint == first.fingerprint)
  }

  static let auths: [(String, Int)] = [
    ("bearer: \"env:TOKEN\"", 1), ("basic: { user: \"env:TEXT\" }", 1),
    ("basic: { user: \"literal:api\", password: \"literal:hush\" }", 2),
    ("header: { name: \"X-Key\", prefix: \"k \", value: \"env:TOKEN\" }", 1),
    (
      """
      oauth2: { token_url: "https://id.example.com/t", client_id: "env:TEXT",
                client_secret: "env:TOKEN", scope: "a b", audience: "x", credentials: "body" }
      """, 2
    ),
    (
      """
      command: { run: ["/bin/token", "--app"], timeout: "5s", lifetime: "1m", header: "X-T",
                 prefix: "" }
      """, 0
    ),
  ]

  @Test(arguments: auths)
  func `every way of auth arrives, and no secret is shown`(_ auth: String, _ secrets: Int) throws {
    let text = pollText("auth: { \(auth) }")
    let configuration = try #require(load(text).configuration, "\(load(text).problems)")
    let source = try #require(configuration.sources[0].poll)
    #expect(source.secrets.count == secrets)
    #expect(source.plan.request.auth.secretNames.count == secrets)
    let shown = String(decoding: configuration.show(), as: UTF8.self)
    var dumped = ""
    dump(configuration, to: &dumped)
    for secret in ["hush", World.token, "It's a Secret"] {
      #expect(!shown.contains(secret) && !dumped.contains(secret))
    }
    #expect(load(shown).configuration?.show() == configuration.show())
  }

  @Test func `every other value arrives, and is shown`() throws {
    let text = pollText(
      """
      items: ["/a", "/b"], items_missing: "empty", errors: "/errors", type: "{/a}.{/b}",
      filter: [{ pointer: "/a", in: ["1", "2"] }, { pointer: "/b", not_in: ["3"] },
               { pointer: "/c" }],
      emit: { headers_from: "/h", headers: { "X-A": "{/a}" } },
      errors_map: [{ status: 404, code_at: "/e", code: "gone", action: "reset_cursor" },
                   { status: 403, action: "rate_limited" }],
      silence: "1s", cap: "2s", sweep: "1d", delivery_grace: "3s", settle: "0s", overlap: "4s",
      initial: "2026-01-31T00:00:00Z", retention: "30d", min_interval: "100ms",
      daily_budget: 12, prefer_push: "0s", advice: "ask for access", recover: "pull",
      detail: { url: "https://files.example.com/x/{/id}", item: "/data",
                hosts: ["https://files.example.com"] },
      """,
      request: """
        url: "https://api.example.com/e", method: "POST", body: { a: [1, 0.5, null, true, 'x'] },
        headers: { Accept: "a/b" }, since: { param: "body:/from", format: "unix_ms" }
        """
    ).replacing("items: \"/data\", ", with: "")
    let plan = try Self.plan(text)
    #expect(plan.items.map(\.text) == ["/a", "/b"] && plan.itemsMissing == .empty)
    #expect(plan.filters.map(\.values) == [["1", "2"], ["3"], []])
    #expect(plan.filters.map(\.isInverted) == [false, true, false])
    #expect(plan.errorRules.map(\.action) == [.resetCursor, .rateLimited])
    #expect(plan.request.body == Array(#"{"a":[1,0.5,null,true,"x"]}"#.utf8))
    #expect(
      plan.cadence.initial == .since(try #require(Timestamp(rfc3339: "2026-01-31T00:00:00Z")))
    )
    #expect(plan.advice == "ask for access")
    #expect(plan.cadence.dailyBudget == 12 && plan.preferPush == .zero)
    #expect(plan.detail?.allowedOrigins.map(\.description) == ["https://files.example.com"])
    let shown = String(decoding: try #require(load(text).configuration).show(), as: UTF8.self)
    let again = try Self.plan(shown)
    #expect(again == plan)
  }

  @Test(arguments: [
    ("request: { url: \"https://169.254.169.254/\" }", "request.url"),
    ("request: { url: \"https://metadata.google.internal/\" }", "request.url"),
  ])
  func `metadata addresses are warned of`(_ request: String, _ path: String) {
    let text = withPoll(
      "kind: \"event_log\", \(request), paging: { kind: \"none\" }, items: \"\", id: \"/id\""
    )
    #expect(load(text).problems.isEmpty)
    #expect(load(text).warnings.map(\.path) == ["sources.a.poll.\(path)"])
  }

  @Test func `alarms tell somebody`() throws {
    let text = withTop(
      "alarms: { command: [\"/bin/notify\", \"-v\"], url: \"https://a/x\", min_interval: \"5m\" }"
    )
    let configuration = try #require(load(text).configuration, "\(load(text).problems)")
    #expect(configuration.alarms.command == ["/bin/notify", "-v"])
    #expect(configuration.alarms.url?.description == "https://a/x")
    #expect(configuration.alarms.intervalMin == .seconds(300))
    let shown = String(decoding: configuration.show(), as: UTF8.self)
    #expect(load(shown).configuration?.alarms == configuration.alarms)
    #expect(load(withTop("")).configuration?.alarms.isEmpty == true)
    for (alarms, path) in [
      ("", "alarms"), ("url: \"http://a/\"", "alarms.url"), ("command: []", "alarms.command"),
      ("command: [\"\"]", "alarms.command[0]"),
      ("url: \"https://a\", min_interval: \"0s\"", "alarms.min_interval"),
    ] {
      #expect(load(withTop("alarms: { \(alarms) }")).problems.map(\.path) == [path])
    }
    #expect(
      load(withTop("alarms: { url: \"https://169.254.169.254/\" }")).warnings.map(\.path)
        == ["alarms.url"]
    )
  }
}
