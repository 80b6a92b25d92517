import RelayCommands
import Testing
import WebhookReceiver

@Suite struct APICommandTests {
  private static let event = """
    {"id": "e1", "sequence": 1, "source": "github", "origin": "push", "event_id": "p\\u001b[31m",
     "event_type": "push", "idempotency_key": "k", "received_at": "2026-01-02T03:04:05Z",
     "provider_time": null, "remote_address": "192.30.252.1", "flags": ["conflict"],
     "method": "POST", "target": "/in/github", "headers": [["A", "1\\r\\nB: 2"]], "size": 5,
     "sha256": "x"}
    """

  private func world(
    _ outcomes: [HTTPOutcome],
    _ variables: [String: String] = [:],
    files: [String: [UInt8]] = [:]
  ) -> TestWorld {
    TestWorld(files: files, variables: variables, outcomes: outcomes)
  }

  private func reply(_ status: Int, _ body: String) -> HTTPOutcome {
    .reply(HTTPReply(status: status, body: Array(body.utf8)))
  }

  @Test func `status is laid out for people and passed through for programs`() {
    let (text, json) = (world([reply(200, #"{"a":1}"#)]), world([reply(200, #"{"a":1}"#)]))
    #expect(text.run(["status"]) == .success)
    #expect(json.run(["status", "--json"]) == .success)
    #expect(text.output == "{\n  \"a\": 1\n}\n")
    #expect(json.output == "{\"a\":1}\n")
    #expect(text.calls.first?.target == "/v1/status")
    #expect(text.calls.first?.address.endpoint == .host("127.0.0.1", port: 8081))
  }

  @Test func `erase asks for it and prints nothing`() {
    let done = world([reply(204, "")])
    #expect(done.run(["events", "erase", "a/b"]) == .success)
    #expect(done.output.isEmpty && done.error.isEmpty)
    #expect(done.calls.first?.method == "DELETE")
    #expect(done.calls.first?.target == "/v1/events/a%2Fb/body")
    let refused = world([reply(409, #"{"detail": "still to be delivered to app"}"#)])
    #expect(refused.run(["events", "erase", "e1"]) == .refused)
    #expect(refused.error.contains("still to be delivered to app"))
    let none = world([])
    #expect(none.run(["events", "erase", ".."]) == .usage)
    #expect(none.calls.isEmpty)
  }

  @Test func `address and token come from the environment`() {
    let world = world(
      [reply(200, "{}")],
      ["WEBHOOK_SIDECAR_API": "http://[::1]:9/base/", "WEBHOOK_SIDECAR_TOKEN": "hush-hush"]
    )
    #expect(world.run(["status"]) == .success)
    #expect(world.calls.first?.target == "/base/v1/status")
    #expect(world.calls.first?.address.endpoint == .host("::1", port: 9))
    #expect(
      world.calls.first?.headers.contains(HTTPCall.Header("Authorization", "Bearer hush-hush"))
        == true
    )
  }

  @Test(arguments: [
    ["WEBHOOK_SIDECAR_API": "ftp://x"], ["WEBHOOK_SIDECAR_API": "127.0.0.1:8081"],
    ["WEBHOOK_SIDECAR_API": "http://x/?a"], ["WEBHOOK_SIDECAR_TOKEN": "hush-hush\r\nX: y"],
    ["WEBHOOK_SIDECAR_TOKEN": "hush-hush hush"],
  ])
  func `an environment that cannot work is wrong usage`(variables: [String: String]) {
    let world = world([reply(200, "{}")], variables)
    #expect(world.run(["status"]) == .usage)
    #expect(world.calls.isEmpty)
    #expect(!world.error.contains("hush-hush"))
  }

  @Test func `https trusts what is named, or the system`() {
    let roots = Array("-----BEGIN".utf8)
    for (variables, options, trust) in [
      ([:], [], HTTPAddress.Trust.system),
      (["WEBHOOK_SIDECAR_CA": "/ca.pem"], [], .pem(roots)),
      (["WEBHOOK_SIDECAR_CA": "/none"], ["--ca", "/ca.pem"], .pem(roots)),
      (["WEBHOOK_SIDECAR_CA": ""], [], .system),
    ] as [([String: String], [String], HTTPAddress.Trust)] {
      let world = world(
        [reply(200, "{}")],
        variables.merging(["WEBHOOK_SIDECAR_API": "https://api.test"]) { $1 },
        files: ["/ca.pem": roots]
      )
      #expect(world.run(["status"] + options) == .success, "\(world.error)")
      #expect(world.calls.first?.address.trust == trust)
      #expect(world.calls.first?.address.endpoint == .host("api.test", port: 443))
    }
  }

  @Test(arguments: [
    ["WEBHOOK_SIDECAR_API": "http://api.test"], [:], ["WEBHOOK_SIDECAR_API": "unix:/api.sock"],
  ])
  func `an authority without TLS would protect nothing`(variables: [String: String]) {
    let world = world([reply(200, "{}")], variables, files: ["/ca.pem": [1]])
    #expect(world.run(["status", "--ca", "/ca.pem"]) == .usage)
    #expect(world.error.contains("https://"))
    #expect(world.calls.isEmpty)
  }

  @Test(
    arguments: [
      (400, .usage), (401, .usage), (403, .usage), (404, .refused), (409, .refused),
      (410, .refused),
      (429, .tryLater), (500, .software), (503, .tryLater), (302, .software),
    ] as [(Int, ExitCode)]
  )
  func `every status of the API has its exit code and its words`(status: Int, code: ExitCode) {
    let world = world([reply(status, #"{"title": "T", "detail": "the\u001breason"}"#)])
    #expect(world.run(["events", "show", "e1"]) == code)
    #expect(world.output == "")
    #expect(world.error.contains("the\\u{1b}reason"))
  }

  @Test(arguments: [
    (HTTPOutcome.noAnswer(reason: "refused"), ExitCode.tryLater),
    (.malformed(reason: "not HTTP"), .software),
  ])
  func `nobody there is 75, somebody else there is 70`(outcome: HTTPOutcome, code: ExitCode) {
    let world = world([outcome])
    #expect(world.run(["status"]) == code)
    #expect(world.error.contains("WEBHOOK_SIDECAR_API"))
  }

  @Test func `every filter reaches the API, encoded`() {
    let world = world([reply(200, #"{"data": [], "next": "c", "has_more": false}"#)])
    let words = [
      "events", "list", "--source=a b&c", "--type=push", "--origin=push", "--event-id=p/1",
      "--idempotency-key=k", "--from=2026-01-02T03:04:05Z", "--to=1767323046", "--after=c0",
      "--limit=7", "--order=desc",
    ]
    #expect(world.run(words) == .success)
    #expect(
      world.calls.first?.target == "/v1/events?body=none&source=a%20b%26c&type=push&origin=push"
        + "&event_id=p%2F1&idempotency_key=k&after=c0&order=desc&from=2026-01-02T03%3A04%3A05Z"
        + "&to=2026-01-02T03%3A04%3A06Z&limit=7"
    )
  }

  @Test(arguments: [
    ["--order=up"], ["--origin=mail"], ["--limit=0"], ["--limit=1001"], ["--from=now"],
    ["--wait=20"], ["--sorce=x"],
  ])
  func `a filter that means nothing is wrong usage before anything is sent`(more: [String]) {
    let world = world([reply(200, "{}")])
    #expect(world.run(["events", "list"] + more) == .usage)
    #expect(world.calls.isEmpty)
  }

  @Test func `a list shows events, holes and where to go on, and no control character`() {
    let gap = #"{"gap": {"from": 2, "to": 4, "reason": "damaged"}}"#
    let page = #"{"data": [\#(Self.event), \#(gap)], "next": "c9", "has_more": true}"#
    let world = world([reply(200, page)])
    #expect(world.run(["events", "list"]) == .success)
    #expect(
      world.output == """
        2026-01-02T03:04:05Z  github  push  p\\u{1b}[31m  5  e1  [conflict]
        -- gap: 2 to 4, damaged

        """
    )
    #expect(world.error.contains("--after c9"))
  }

  @Test func `show prints the event, and --body its exact bytes`() {
    let shown = world([reply(200, Self.event)])
    #expect(shown.run(["events", "show", "e/1"]) == .success)
    #expect(shown.calls.first?.target == "/v1/events/e%2F1?body=none")
    #expect(shown.output.contains("A: 1\\u{d}\\u{a}B: 2\n"))
    let body = world([.reply(HTTPReply(status: 200, body: [0x00, 0xFF, 0x0A]))])
    #expect(body.run(["events", "show", "e1", "--body"]) == .success)
    #expect(body.outputBytes == [0x00, 0xFF, 0x0A])
    #expect(body.calls.first?.target == "/v1/events/e1/body")
  }

  @Test func `show --request prints what verify reads`() throws {
    let event = """
      {"method": "PUT", "target": "/in/a?x=1", "headers": [["X-A", "1"], ["Content-Length", "99"],
       ["X-B", "two words"]]}
      """
    let world = world([
      reply(200, event), .reply(HTTPReply(status: 200, body: [0x00, 0xFF, 0x0A])),
    ])
    #expect(world.run(["events", "show", "e1", "--request"]) == .success)
    let request = try RequestFile(world.outputBytes).request
    #expect(request.method == "PUT" && request.target == "/in/a?x=1")
    #expect(
      request.headers
        == HeaderFields([("X-A", "1"), ("X-B", "two words"), ("Content-Length", "3")])
    )
    #expect(request.body == [0x00, 0xFF, 0x0A])
    for more in [["--body", "--request"], ["--request", "--json"], ["--json", "--body"]] {
      #expect(world.run(["events", "show", "e1"] + more) == .usage)
    }
  }

  @Test func `an answer that is not JSON is our failure, not a crash`() {
    let world = world([reply(200, "<html>")])
    #expect(world.run(["events", "list"]) == .software)
    #expect(world.output == "")
  }
}
