import RelayConfiguration
import RelayCore
import Testing
import WebhookReceiver

/// Every preset: read, shown, read again, and overridden.
@Suite struct PresetTests {
  static let names = PollPreset.catalogue.map(\.name)

  /// A source of the preset's own profile, with all that it asks for and these members besides.
  static func text(_ preset: PollPreset, _ members: String = "", auth: Bool = true) -> String {
    let parameters = preset.parameters.filter { $0.fallback == nil }
    let given = parameters.map { "\"\($0.name)\": \"x-\($0.name)\"" }.joined(separator: ", ")
    let asked = given.isEmpty ? "" : ", parameters: { \(given) }"
    let proof =
      auth ? ", auth: \(preset.authExample.replacing(/env:[A-Z0-9_]+/, with: "env:TEXT"))" : ""
    let id = preset.pushID.map { ", idempotency: { id: [\"\($0)\"] }" } ?? ""
    // PayPal's keys are certificates; what fetches its events does not care.
    let profile = preset.name == "paypal" ? "bearer-token" : preset.profiles[0]
    let more = profile == "square" ? ", url: \"https://example.com/a\"" : ""
    return """
      { sources: { a: { path: "/a",
      verify: { profile: "\(profile)", secrets: ["env:SECRET"]\(more) }\(id),
      poll: { preset: "\(preset.name)"\(asked)\(proof)\(members) } } } }
      """
  }

  private static func poll(_ text: String) throws -> Source.Poll {
    let loaded = load(text)
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    return try #require(loaded.configuration?.sources[0].poll)
  }

  @Test func `are those of the contract`() {
    #expect(
      Set(Self.names) == [
        "stripe", "github", "github-organization", "gitlab", "svix", "square", "paypal", "okta",
        "auth0", "paddle", "mailgun",
      ]
    )
    #expect(Set(Self.names).count == Self.names.count)
  }

  @Test func `name profiles that there are`() {
    for preset in PollPreset.catalogue {
      #expect(!preset.profiles.isEmpty && !preset.title.isEmpty)
      for id in preset.profiles { #expect(Profile.named(id) != nil, "\(preset.name): \(id)") }
      for parameter in preset.parameters { #expect(!parameter.summary.isEmpty) }
    }
  }

  @Test(arguments: names)
  func `is a poll section like any other`(_ name: String) throws {
    let preset = try #require(PollPreset.named(name))
    let poll = try Self.poll(Self.text(preset))
    #expect(poll.plan.preset == name && poll.plan.mistakes.isEmpty)
    #expect(poll.plan.request.auth != .none && !poll.secrets.isEmpty)
    #expect(poll.secrets.count == poll.plan.request.auth.secretNames.count)
    #expect(poll.plan.request.url.origin.isTLS)
    #expect(!"\(poll.plan)".contains("{host}") && !"\(poll.plan)".contains("{domain}"))
  }

  @Test func `C8: Square's says what to call before anything is listed`() throws {
    let preset = try #require(PollPreset.named("square"))
    let plan = try Self.poll(Self.text(preset)).plan
    #expect(plan.advice?.contains("PUT /v2/events/enable") == true)
    #expect(preset.notes.contains { $0.contains("PUT /v2/events/enable") })
  }

  @Test(arguments: names)
  func `is shown whole, and read again as the same`(_ name: String) throws {
    let preset = try #require(PollPreset.named(name))
    let first = try #require(load(Self.text(preset)).configuration)
    let shown = String(decoding: first.show(), as: UTF8.self)
    let loaded = load(shown)
    let again = try #require(loaded.configuration, "\(loaded.problems)")
    #expect(again.show() == first.show() && again.fingerprint == first.fingerprint)
  }

  @Test(arguments: names)
  func `gives way to what is written beside it`(_ name: String) throws {
    let preset = try #require(PollPreset.named(name))
    let usual = try Self.poll(Self.text(preset)).plan
    let plan = try Self.poll(
      Self.text(
        preset,
        """
        , silence: "1m", sweep: "10m", type: "/kind", limits: { pages: 7 },
        request: { headers: { "X-Own": "1" } }, filter: [{ pointer: "/kind", in: ["a"] }]
        """
      )
    ).plan
    #expect(plan.cadence.silence == .seconds(60) && plan.cadence.sweep == .seconds(600))
    #expect(plan.type?.text == "/kind" && plan.limits.pages == 7)
    #expect(plan.limits.items == usual.limits.items)
    #expect(plan.request.url == usual.request.url && plan.paging == usual.paging)
    #expect(plan.request.headers.contains(.init(name: "X-Own", value: "1")))
    #expect(plan.request.headers.count == usual.request.headers.count + 1)
    #expect(plan.filters.map(\.values) == [["a"]] && plan.id == usual.id)
  }

  @Test func `an object that is one thought is replaced whole`() throws {
    let github = try #require(PollPreset.named("github"))
    let plan = try Self.poll(
      Self.text(
        github,
        ", paging: { kind: \"none\" }, detail: null, time: { pointer: \"/t\", format: \"unix_s\" }"
      )
    ).plan
    #expect(plan.paging == .none(.newestFirst) && plan.detail == nil)
    #expect(plan.time?.pointer.text == "/t" && plan.time?.format == .unixSeconds)
    #expect(plan.emit.headersFrom?.text == "/request/headers")
  }

  @Test func `another way of auth takes the place of the preset's`() throws {
    let gitlab = try #require(PollPreset.named("gitlab"))
    let usual = try Self.poll(Self.text(gitlab)).plan.request.auth
    #expect(usual == .header(name: "PRIVATE-TOKEN", prefix: "", .init("env:TEXT")))
    let bearer = try Self.poll(Self.text(gitlab, ", auth: { bearer: \"env:TOKEN\" }", auth: false))
    #expect(bearer.plan.request.auth == .bearer(.init("env:TOKEN")))
    let inside = try Self.poll(
      Self.text(gitlab, ", request: { auth: { bearer: \"env:TOKEN\" } }", auth: false)
    )
    #expect(inside.plan.request.auth == .bearer(.init("env:TOKEN")))
  }

  @Test func `parameters stand where the URL asks for them, encoded`() throws {
    let text = Self.text(try #require(PollPreset.named("gitlab"))).replacing(
      "x-project",
      with: "group/a b?c"
    )
    let url = try Self.poll(text).plan.request.url
    #expect(
      url.description == "https://gitlab.com/api/v4/projects/group%2Fa%20b%3Fc/hooks/x-hook_id"
        + "/events?per_page=100"
    )
    let github = try Self.poll(Self.text(try #require(PollPreset.named("github")))).plan
    #expect(github.detail?.url.text.hasSuffix("/x-repo/hooks/x-hook_id/deliveries/{/id}") == true)
  }

  @Test(arguments: [
    (
      "preset: \"strype\", auth: { bearer: \"env:TEXT\" }", "poll.preset",
      "did you mean \"stripe\"?"
    ),
    ("preset: \"zzz\"", "poll.preset", "auth0"),
    ("preset: \"stripe\"", "poll.auth", "auth: { bearer: \"env:STRIPE_KEY\" }"),
    (
      "preset: \"github\", auth: { bearer: \"env:TEXT\" }", "poll.parameters",
      "owner: \"…\", repo: \"…\", hook_id: \"…\""
    ),
    (
      "preset: \"stripe\", parameters: { hosst: \"a\" }, auth: { bearer: \"env:TEXT\" }",
      "poll.parameters.hosst", "did you mean host?"
    ),
    (
      "preset: \"stripe\", parameters: { host: \"..\" }, auth: { bearer: \"env:TEXT\" }",
      "poll.parameters.host", "what the provider shows"
    ),
    (
      "preset: \"stripe\", auth: { bearer: \"env:TEXT\", basic: { user: \"env:TEXT\" } }",
      "poll.auth", "write one of bearer, basic"
    ),
    ("preset: \"stripe\", auth: {}", "poll.auth", "write one of bearer"),
    ("preset: \"stripe\", auth: { bearer: \"env:NONE\" }", "poll.auth.bearer", "set \"NONE\""),
  ])
  func `what is wrong with one is one problem`(_ poll: String, _ path: String, _ advice: String) {
    let text = withVerify("profile: \"stripe\", secrets: [\"env:TEXT\"]")
      .replacing("} } } }", with: "}, poll: { \(poll) } } } }")
    let problems = load(text).problems
    #expect(problems.map(\.path) == ["sources.a.\(path)"], "\(problems)")
    #expect(problems.first?.suggestion.contains(advice) == true, "\(problems)")
  }

  @Test func `an id that deliveries have elsewhere is refused, since all would come twice`() throws
  {
    let mailgun = try #require(PollPreset.named("mailgun"))
    let text = Self.text(mailgun).replacing(
      ", idempotency: { id: [\"json:/event-data/id\"] }",
      with: ""
    )
    let problem = try #require(load(text).problems.first)
    #expect(problem.path == "sources.a.poll.preset")
    #expect(problem.suggestion.contains("idempotency: { id: [\"json:/event-data/id\"] }"))
  }

  @Test func `a preset of another provider is warned of`() throws {
    let stripe = Self.text(try #require(PollPreset.named("stripe")))
    let loaded = load(stripe.replacing("profile: \"stripe\"", with: "profile: \"paddle\""))
    #expect(loaded.warnings.map(\.path) == ["sources.a.poll.preset"])
  }

  @Test(arguments: [
    ("stripe", 31), ("github", 8), ("gitlab", 8), ("square", 30), ("paddle", 92), ("okta", 92),
  ])
  func `R9 keys outlive what a walk can bring again`(_ name: String, _ days: Int) throws {
    let preset = try #require(PollPreset.named(name))
    let source = try #require(load(Self.text(preset)).configuration?.sources[0])
    #expect(source.window >= .seconds(days * 86_400))
    let plan = try #require(source.poll).plan
    #expect(source.window >= (plan.cadence.retention ?? .zero) + plan.cadence.overlap)
  }
}
