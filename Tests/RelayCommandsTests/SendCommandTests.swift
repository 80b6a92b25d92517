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
    let start = #"{"count":3,"sent":3,"statuses":{"200":2,"401":1},"duplicates":1,"no_answer":0,"#
    #expect(world.output.hasPrefix(start))
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
    ["send", "https://x/", "--profile=github", "--secret=literal:hush-hush"],
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

  @Test(arguments: ["stripe", "slack"])
  func `made-up events carry their ids where the provider keeps them`(profile: String) {
    let world = world([Self.reply(200)])
    let words = ["send", "http://x/", "--profile", profile, "--secret=literal:s", "--count=3"]
    #expect(world.run(words) == .success)
    #expect(Set(world.calls.map(\.body)).count == 3)
  }
}
