import RelayConfiguration
import Testing

/// What is wrong with a poll section: where it is reported, and what to write.
@Suite struct PollProblemTests {
  static let http = "url: \"http://api.example.com/events\""
  static let id = "kind: \"id_cursor\", param: \"p\", "
  static let mistakes: [(String, String, String)] = [
    (pollText("kindd: 1"), "kindd", "did you mean kind?"),
    (withPoll("kind: \"event_log\""), "request", "request: {"),
    (pollText(request: "method: \"GET\""), "request.url", "url: \"https://"),
    (pollText(request: http), "request.url", "write https://"),
    (
      pollText(request: "url: \"https://api.example.com/\", body: { a: 1 }"), "request.body",
      "method: POST"
    ),
    (
      pollText(request: "url: \"https://a/\", headers: { Authorization: \"x\" }"),
      "request.headers.Authorization", "under auth"
    ),
    (
      pollText(request: "url: \"https://a/\", headers: { Host: \"x\" }"), "request.headers.Host",
      "remove"
    ),
    (
      pollText(request: "url: \"https://a/\", since: { param: \"a b\", format: \"rfc3339\" }"),
      "request.since.param", "header:NAME"
    ),
    (pollText(paging: ""), "paging.kind", "one of \"none\", \"link_header\""),
    (pollText(paging: "kind: \"link\""), "paging.kind", "link_header"),
    (pollText(paging: "kind: \"none\", rel: \"next\""), "paging.rel", "kind, order"),
    (pollText(paging: "kind: \"link_header\", param: \"page\""), "paging.param", "kind, rel"),
    (pollText(paging: "kind: \"page_number\""), "paging.param", "write param"),
    (pollText(paging: "kind: \"next_url\""), "paging", "pointer: \"/next\""),
    (
      pollText(
        paging:
          "kind: \"token\", token: \"/t\", param: \"t\", persistent: true, done: \"/d\", "
          + "more: \"/m\""
      ),
      "paging.more", "remove more or done"
    ),
    (
      pollText(
        paging:
          "kind: \"token\", token: \"/t\", param: \"t\", persistent: true, order: \"newest_first\""
      ),
      "paging.order", "oldest_first"
    ),
    (
      pollText(paging: "kind: \"link_header\", persistent: true"), "paging.order",
      "persistent: false"
    ),
    (
      pollText(paging: "kind: \"time_advance\", window: \"1d\", full_at: 5"), "paging.kind",
      "needs `time`"
    ),
    (
      pollText(
        paging: id
          + "from: \"last_item\", page_order: \"newest_first\", prime: { url: \"https://b/\" }, "
          + "walk: \"backward\""
      ),
      "paging.prime.url", "https://api.example.com"
    ),
    (pollText("sweep: \"11h\", retention: \"1d\""), "sweep", "8h or less"),
    (pollText("silence: \"1h\""), "cap", "raise it"),
    (pollText("silence: \"5 m\""), "silence", "\"30s\""),
    (pollText("min_interval: \"16m\""), "min_interval", "at most \"15m\""),
    (pollText("retention: \"5h\", overlap: \"6h\""), "overlap", "less than retention"),
    (pollText("retention: \"5h\", settle: \"6h\""), "settle", "less than retention"),
    (pollText("limits: { request: \"6m\" }"), "limits.request", "at most \"5m\""),
    (pollText("initial: \"2026-01-31T00:00:00Z\""), "initial", "request.since"),
    (pollText("initial: \"yesterday\""), "initial", "earliest"),
    (pollText("prefer_push: \"1m\""), "prefer_push", "name `time`"),
    (pollText("version: \"/v\""), "version", "resource_state"),
    (
      pollText().replacing("event_log", with: "resource_state"), "version", "/updated_at"
    ),
    (pollText("attempt: { status: \"/s\" }"), "attempt", "delivery_log"),
    (pollText("time: { pointer: \"t\", format: \"rfc3339\" }"), "time.pointer", "slash"),
    (
      pollText("time: { pointer: \"/t\", format: \"rfc3339\", zone: \"KST\" }"), "time.zone",
      "+09:00"
    ),
    (pollText("type: \"x\""), "type", "pointers in braces"),
    (pollText("detail: { url: \"https://other.example/{/id}\" }"), "detail.url", "hosts: ["),
    (
      pollText(
        "detail: { url: \"https://api.example.com/{/id}\", body: \"/a\" }, emit: { body: \"/b\" }"
      ),
      "emit.body", "remove one"
    ),
    (
      pollText("filter: [{ pointer: \"/a\", in: [], not_in: [\"b\"] }]"), "filter[0].not_in",
      "remove"
    ),
    (pollText("emit: { headers: { \"a b\": \"/id\" } }"), "emit.headers[\"a b\"]", "delivery has"),
    (pollText("emit: { headers: { Host: \"/id\" } }"), "emit.headers.Host", "delivery has"),
    (pollText("emit: { headers: { A: \"/a\", a: \"/b\" } }"), "emit.headers.a", "remove one"),
    (
      pollText("detail: { url: \"{/href}\", hosts: [\"http://files.example\"] }"),
      "detail.hosts[0]",
      "loopback only"
    ),
    (pollText("errors_map: [{ action: \"retry\" }]"), "errors_map[0]", "status: 404"),
    (
      pollText("errors_map: [{ status: 404, code: \"x\", action: \"retry\" }]"),
      "errors_map[0].code", "write both"
    ),
    (pollText("auth: { bearer: \"literal:a\\nb\" }"), "auth.bearer", "token alone"),
    (
      pollText("auth: { header: { name: \"Host\", value: \"env:TEXT\" } }"), "auth.header.name",
      "asks"
    ),
    (
      pollText(
        "auth: { oauth2: { token_url: \"http://b/\", client_id: \"env:TEXT\", "
          + "client_secret: \"env:TEXT\" } }"
      ),
      "request.auth", "https://"
    ),
    (
      pollText(
        "auth: { bearer: \"env:TEXT\" }",
        request: "url: \"https://a/\", auth: { bearer: \"env:TEXT\" }"
      ),
      "request.auth", "remove one"
    ),
    (pollText("parameters: { a: \"b\" }"), "parameters", "preset"),
    (pollText("auth: { command: { run: [] } }"), "auth.command.run", "one at least"),
  ]

  @Test(arguments: mistakes)
  func `one mistake is one problem`(_ text: String, _ path: String, _ advice: String) {
    let problems = load(text).problems
    if path == "request" {
      // What is missing is named, all of it.
      #expect(
        problems.map(\.path)
          == ["request", "paging", "items", "id"].map { "sources.a.poll.\($0)" }
      )
      return
    }
    #expect(problems.map(\.path) == ["sources.a.poll.\(path)"], "\(problems)")
    #expect(problems.first?.suggestion.contains(advice) == true, "\(problems)")
    #expect(load(text).configuration == nil)
  }

  @Test(arguments: [
    ("starting_after", "last_item", "newest_first", "forward"),
    ("starting_after", "first_item", "oldest_first", "forward"),
    ("ending_before", "first_item", "newest_first", "backward"),
    ("ending_before", "first_item", "unordered", "forward"),
  ])
  func `P18 a cursor that leads the other way is refused`(
    _ param: String,
    _ from: String,
    _ order: String,
    _ walk: String
  ) {
    let text = pollText(
      paging: """
        kind: "id_cursor", param: "\(param)", from: "\(from)", page_order: "\(order)",
        walk: "\(walk)", older: "other"
        """
    )
    let paths = load(text).problems.map(\.path)
    #expect(paths.count == 1 && paths[0].hasPrefix("sources.a.poll.paging."), "\(paths)")
  }

  @Test func `http is for loopback`() throws {
    for host in ["127.0.0.1:12111", "localhost", "[::1]:80"] {
      _ = try PollTests.plan(pollText(request: "url: \"http://\(host)/v1/events\""))
    }
  }

  @Test func `R9 a window that a walk outreaches is refused`() {
    let text = withSource(
      "idempotency: { window: \"7d\" }, poll: { kind: \"event_log\", "
        + "request: { url: \"https://a/\" }, paging: { kind: \"none\" }, items: \"\", "
        + "id: \"/id\", retention: \"7d\" }"
    )
    let problems = load(text).problems
    #expect(problems.map(\.path) == ["sources.a.idempotency.window"])
    #expect(problems.first?.suggestion.contains("10085m") == true, "\(problems)")
    #expect(load(text.replacing("window: \"7d\"", with: "window: \"8d\"")).problems.isEmpty)
  }
}
