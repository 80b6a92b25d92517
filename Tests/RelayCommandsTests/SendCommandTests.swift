import RelayCommands
import Testing
import WebhookReceiver

@Suite struct SendCommandTests {
  private let words = [
    "send", "http://127.0.0.1:8080/in/demo", "--profile=standard-webhooks", "--secret=env:KEY",
  ]

  private func world(_ outcomes: [HTTPOutcome], body: String = "{}") -> TestWorld {
    TestWorld(
      files: ["body": Array(body.utf8)],
      variables: ["KEY": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
      outcomes: outcomes
    )
  }

  private static func reply(_ status: Int, duplicate: Bool = false) -> HTTPOutcome {
    var headers = [HTTPCall.Header("webhook-receiver-event", "e1")]
    if duplicate { headers.append(HTTPCall.Header("Webhook-Receiver-Duplicate", "true")) }
    return .reply(HTTPReply(status: status, headers: headers))
  }

  private func ids(of world: TestWorld) -> [String] {
    world.calls.flatMap { call in call.headers.filter { $0.name == "webhook-id" }.map(\.value) }
  }

  @Test func `one event is sent with the exact body and its event id is printed`() {
    let world = world([Self.reply(200)], body: "{\"a\" : 1}\n")
    #expect(world.run(words + ["--body", "body"]) == .success)
    #expect(world.output == "200 event e1\n")
    #expect(world.calls.count == 1)
    #expect(world.calls.first?.method == "POST")
    #expect(world.calls.first?.target == "/in/demo")
    #expect(world.calls.first?.body == Array("{\"a\" : 1}\n".utf8))
  }

  @Test(
    arguments: [
      ([], 5), (["--concurrency=3"], 5), (["--concurrency=50"], 5), (["--id=x"], 5),
    ] as [([String], Int)]
  )
  func `every event has an id of its own`(more: [String], count: Int) {
    let world = world([Self.reply(200)])
    #expect(world.run(words + more + ["--count", "\(count)"]) == .success)
    #expect(Set(ids(of: world)).count == count)
    #expect(world.calls.count == count)
    #expect(world.output.contains("sent \(count) of \(count)"))
  }

  @Test func `a given id is used as it is for one and numbered for several`() {
    let one = world([Self.reply(200)])
    #expect(one.run(words + ["--id=x"]) == .success)
    #expect(ids(of: one) == ["x"])
    let two = world([Self.reply(200)])
    #expect(two.run(words + ["--id=x", "--count=2"]) == .success)
    #expect(ids(of: two).sorted() == ["x-1", "x-2"])
  }

  @Test func `statuses and duplicates are counted`() {
    let outcomes = [Self.reply(200), Self.reply(200, duplicate: true), Self.reply(401)]
    let world = world(outcomes)
    #expect(world.run(words + ["--count=3", "--json"]) == .refused)
    let start = #"{"count":3,"sent":3,"statuses":{"200":2,"401":1},"duplicates":1,"refusal":null,"#
    #expect(world.output.hasPrefix(start))
  }

  @Test func `what a refusal says is printed, and nothing else of a page`() {
    func refusal(_ body: String) -> HTTPOutcome {
      .reply(HTTPReply(status: 401, body: Array(body.utf8)))
    }
    let problem = #"{"title": "T", "detail": "mend\u001b it", "reason": "missing_header"}"#
    let one = world([refusal(problem)])
    #expect(one.run(words) == .refused)
    #expect(one.output == "401  missing_header: mend\\u{1b} it\n")
    let many = world([refusal(problem)])
    #expect(many.run(words + ["--count=2"]) == .refused)
    #expect(many.output.contains("  refused: missing_header: mend"))
    let long = #"{"reason": "\#(String(repeating: "x", count: 5000))"}"#
    for body in ["<html>", "[]", "{}", "", long] {
      let world = world([refusal(body)])
      #expect(world.run(words) == .refused)
      #expect(world.output == "401\n")
    }
  }

  @Test(
    arguments: [
      ([.noAnswer(reason: "refused")], .tryLater),
      ([.malformed(reason: "not HTTP")], .tryLater),
      ([reply(200), .noAnswer(reason: "reset")], .refused),
      ([reply(204)], .success), ([reply(503)], .refused), ([reply(302)], .refused),
      ([reply(200, duplicate: true)], .success),
    ] as [([HTTPOutcome], ExitCode)]
  )
  func `the exit code tells what came back`(outcomes: [HTTPOutcome], code: ExitCode) {
    let world = world(outcomes)
    #expect(world.run(words + ["--count=2"]) == code)
    #expect(
      world.error.isEmpty == !(outcomes.contains { if case .reply = $0 { false } else { true } })
    )
  }

  @Test func `when nothing answers it does not go on for ever`() {
    let world = world([])
    #expect(world.run(words + ["--count=1000000"]) == .tryLater)
    #expect(world.calls.count < 100)
  }

  @Test(arguments: [
    ["send", "ftp://x/", "--profile=github", "--secret=literal:hush-hush"],
    ["send", "ftp://x/", "--profile=github", "--secret=literal:hush-hush"],
    ["send", "http://x/", "--profile=github", "--secret=literal:hush-hush", "--count=0"],
    ["send", "http://x/", "--profile=github", "--secret=literal:hush-hush", "--concurrency=1001"],
    ["send", "http://x/", "--profile=nobody", "--secret=literal:hush-hush"],
    ["send", "http://x/", "--profile=github", "--secret=literal:hush-hush", "--body=missing"],
    ["send", "http://x/", "--profile=standard-webhooks", "--secret=literal:hush-hush"],
  ])
  func `nothing is sent when something is wrong, and the secret is not repeated`(words: [String]) {
    let world = world([Self.reply(200)])
    #expect(world.run(words) == .usage)
    #expect(world.calls.isEmpty)
    #expect(!(world.error + world.output).contains("hush-hush"))
  }

  @Test(arguments: ["stripe", "slack", "razorpay", "intercom", "paddle", "dropbox"])
  func `made-up events carry their ids where the provider keeps them`(profile: String) throws {
    let world = world([Self.reply(200)])
    let words = ["send", "http://x/", "--profile", profile, "--secret=literal:s", "--count=3"]
    #expect(world.run(words) == .success)
    let verifier = try Verifier(
      profile: #require(Profile.named(profile)),
      secrets: [Secret("s")]
    )
    let events = try world.calls.map { call in
      let fields = HeaderFields(call.headers.map { ($0.name, $0.value) })
      return try verifier.verify(WebhookRequest(headers: fields, body: call.body), at: world.now)
    }
    #expect(Set(events.map(\.body)).count == 3)
    if !verifier.profile.idPlaces.isEmpty {
      #expect(Set(events.compactMap(\.eventID)).count == 3)
    }
  }
}
