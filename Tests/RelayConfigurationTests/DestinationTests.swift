import RelayConfiguration
import RelayCore
import Testing
import WebhookReceiver

/// A configuration whose source names one destination with these members.
func withDestination(_ members: String) -> String {
  """
  { sources: { a: { path: "/a", verify: { profile: "github", secrets: ["env:TEXT"] },
  destinations: ["app"] } }, destinations: { app: { urls: ["http://127.0.0.1:3000/hooks"],
  \(members) } } }
  """
}

/// The same with these URLs.
private func withURLs(_ urls: String) -> String {
  withDestination("").replacing("\"http://127.0.0.1:3000/hooks\"", with: urls)
}

@Suite struct DestinationTests {
  private static func plan(_ text: String) throws -> DestinationPlan {
    let loaded = load(text)
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    return try #require(loaded.configuration?.destinations.first).plan
  }

  @Test func `what is absent is as the contract has it`() throws {
    let plan = try Self.plan(withDestination(""))
    let url = try #require(OutboundURL("http://127.0.0.1:3000/hooks"))
    #expect(plan == DestinationPlan(name: "app", urls: [url]))
    #expect(plan.timeout == .seconds(15) && plan.concurrency == 16 && plan.ordering == .none)
    #expect(plan.retry.delays == RetrySchedule.defaultDelays && plan.retry.jitter == 0.2)
    #expect(plan.retry.horizon == .seconds(3 * 86_400))
    #expect(plan.breaker == CircuitBreaker.Settings())
    #expect(plan.format == .original && plan.onRemove == .retire && plan.health == nil)
  }

  static let full = """
    timeout: "5s", concurrency: 3, ordering: "key:/customer/id",
    retry: { schedule: ["10ms", "1m"], jitter: 0, horizon: "1h" },
    breaker: { failures: 2, window: "1m", cooldown: "1s" },
    secrets: ["env:SECRET"], headers: { "X-Team": "billing", "x-other": "" },
    filter: { types: ["push"] }, format: "envelope", on_remove: "dead-letter",
    health: { path: "/health?full=1", interval: "5s" }
    """

  @Test func `every value arrives`() throws {
    let text = withDestination(Self.full)
    let plan = try Self.plan(text)
    #expect(plan.timeout == .seconds(5) && plan.concurrency == 3)
    #expect(plan.ordering == .key(.pointer(try JSONPointer("/customer/id"))))
    #expect(plan.retry.delays == [.milliseconds(10), .seconds(60)])
    #expect(plan.retry.jitter == 0 && plan.retry.horizon == .seconds(3600))
    #expect(plan.breaker.failures == 2 && plan.breaker.window == .seconds(60))
    #expect(plan.breaker.cooldown == .seconds(1))
    #expect(plan.secretReferences == ["env:SECRET"])
    #expect(plan.headers == [RelayHeader("X-Team", "billing"), RelayHeader("x-other", "")])
    #expect(plan.filter.types == ["push"] && plan.format == .envelope)
    #expect(plan.onRemove == .deadLetter && plan.health?.target == "/health?full=1")
    #expect(plan.health?.interval == .seconds(5))
    let configuration = try #require(load(text).configuration)
    #expect(configuration.destinations[0].secrets.count == 1)
    #expect(configuration.sources[0].destinations == ["app"])
  }

  @Test(arguments: [
    ("none", DeliveryOrdering.none), ("source", .source),
    ("key:X-Tenant", .key(.header("x-tenant"))),
    ("key:header:X-Tenant", .key(.header("x-tenant"))),
  ])
  func `an order is a word or a place`(_ text: String, _ ordering: DeliveryOrdering) throws {
    #expect(try Self.plan(withDestination("ordering: \"\(text)\"")).ordering == ordering)
  }

  @Test func `URLs are http, https and sockets`() throws {
    let urls = "\"https://a.example/x?y=1\", \"unix:/run/app.sock\", \"http://[::1]:8080\""
    let plan = try Self.plan(withURLs(urls))
    #expect(
      plan.urls.map(\.description)
        == ["https://a.example/x?y=1", "unix:/run/app.sock", "http://[::1]:8080"]
    )
  }

  static let mistakes: [ProblemTests.Case] = [
    (withTop("destinations: []"), "2:15 destinations", "must be an object", "name"),
    (withURLs(""), "2:57 destinations.app.urls", "empty", "http://127.0.0.1:3000/hooks"),
    (
      withURLs("\"http://u:hush@a/\""), "2:58 destinations.app.urls[0]", "no password",
      "without"
    ),
    (withURLs("\"http://a/#x\""), "2:58 destinations.app.urls[0]", "fragment", "#"),
    (withURLs("\"127.0.0.1:3000\""), "2:58 destinations.app.urls[0]", "no scheme", "http://"),
    (withURLs("\"/run/a.sock\""), "2:58 destinations.app.urls[0]", "no scheme", "unix:/run"),
    (withURLs("\"ftp://a/\""), "2:58 destinations.app.urls[0]", "not a URL", "https://"),
    (withURLs("\"http://127.1/\""), "2:58 destinations.app.urls[0]", "not a URL", "http://"),
    (
      withURLs("\"http://a/\", \"http://A:80\""), "2:71 destinations.app.urls[1]",
      "there already", "remove"
    ),
    (withDestination("timeout: \"11m\""), "3:10 destinations.app.timeout", "out of bounds", "10m"),
    (withDestination("timeout: 5"), "3:10 destinations.app.timeout", "no unit", "\"5s\""),
    (
      withDestination("concurrency: 1025"), "3:14 destinations.app.concurrency", "1 to 1024",
      "write"
    ),
    (withDestination("ordering: \"sauce\""), "3:11 destinations.app.ordering", "order", "source"),
    (
      withDestination("ordering: \"key:a b\""), "3:11 destinations.app.ordering", "order",
      "key:/customer/id"
    ),
    (withDestination("ordering: \"key:\""), "3:11 destinations.app.ordering", "order", "key:"),
    (
      withDestination("retry: { schedule: [] }"), "3:20 destinations.app.retry.schedule", "empty",
      "30s"
    ),
    (
      withDestination("retry: { schedule: [\"1s\", \"0s\"] }"),
      "3:27 destinations.app.retry.schedule[1]", "out of bounds", "10ms"
    ),
    (
      withDestination("retry: { jitter: 0.6 }"), "3:18 destinations.app.retry.jitter",
      "part of a whole", "0 to 0.5"
    ),
    (
      withDestination("retry: { jitter: \"20%\" }"), "3:18 destinations.app.retry.jitter",
      "part of a whole", "0.2"
    ),
    (
      withDestination("retry: { horizont: \"1d\" }"), "3:10 destinations.app.retry.horizont",
      "no such key", "horizon"
    ),
    (
      withDestination("breaker: { failures: 0 }"), "3:22 destinations.app.breaker.failures",
      "1 to 1000", "write"
    ),
    (withDestination("secrets: [\"env:NONE\"]"), "3:11 destinations.app.secrets[0]", "not set", ""),
    (
      withDestination("secrets: [\"env:TEXT\"]"), "3:11 destinations.app.secrets[0]",
      "cannot sign as Standard Webhooks", "openssl rand -base64 32"
    ),
    (
      withDestination("headers: { \"a b\": \"x\" }"), "3:19 destinations.app.headers[\"a b\"]",
      "not the name of a header", "X-Team"
    ),
    (
      withDestination("headers: { X: \"a\\nb\" }"), "3:15 destinations.app.headers.X",
      "cannot be the value", "ASCII"
    ),
    (
      withDestination("headers: { X: \"1\", x: \"2\" }"), "3:23 destinations.app.headers.x",
      "there already", "remove"
    ),
    (withDestination("format: \"xml\""), "3:9 destinations.app.format", "\"xml\"", "envelope"),
    (
      withDestination("on_remove: \"drop\""), "3:12 destinations.app.on_remove", "\"drop\"",
      "dead-letter"
    ),
    (
      withDestination("health: { path: \"health\" }"), "3:17 destinations.app.health.path",
      "not a path", "/health"
    ),
    (withDestination("health: {}"), "3:1 destinations.app.health.path", "missing", "/health"),
    (
      withDestination("tls: { ca: \"/ca.pem\" }"), "3:1 destinations.app.tls",
      "none of the URLs is https", "https"
    ),
    (
      withSource("destinations: [\"app\"]"), "2:16 sources.a.destinations[0]",
      "no destination \"app\"", "destinations: { app:"
    ),
    (
      withSource("destinations: {}"), "2:15 sources.a.destinations", "must be a list", "billing"
    ),
  ]

  @Test(arguments: mistakes)
  func `one mistake is one problem`(_ problem: ProblemTests.Case) {
    ProblemTests.expect(problem.0, problem.1, problem.2, problem.3)
    #expect(!"\(load(problem.0).problems)".contains("hush"))
  }

  @Test(arguments: [
    "Host", "content-length", "Connection", "Transfer-Encoding", "TE", "Upgrade", "webhook-id",
    "Webhook-Signature", "webhook-timestamp", "Idempotency-Key", "Webhook-Receiver-Source",
    "webhook-receiver-anything", "X-Forwarded-For", "x-forwarded-host", "Content-Type", "ce-id",
    "Expect", "Keep-Alive",
  ])
  func `a header of the connection, or of the sidecar's own, is refused`(_ name: String) {
    #expect(
      load(withDestination("headers: { \"\(name)\": \"x\" }")).problems.map(\.path)
        == ["destinations.app.headers.\(name)"]
    )
  }

  @Test func `a source names what exists, and once`() throws {
    let text = withDestination("").replacing("[\"app\"]", with: "[\"app\", \"apq\", \"app\"]")
    let problems = load(text).problems
    #expect(problems.map(\.path) == ["sources.a.destinations[1]", "sources.a.destinations[2]"])
    #expect(problems.first?.suggestion == "did you mean \"app\"?")
  }

  @Test func `a destination that no source names is warned of`() {
    let loaded = load(withTop("destinations: { app: { urls: [\"http://127.0.0.1:3000\"] } }"))
    #expect(loaded.problems.isEmpty)
    #expect(loaded.warnings.map(\.path) == ["destinations.app"])
  }

  @Test func `what is dropped with its age is not tried for longer`() throws {
    func text(_ undelivered: String, _ horizon: String) -> String {
      withDestination("retry: { horizon: \"\(horizon)\" }").replacing(
        "{ sources",
        with: "{ journal: { retention: { age: \"2d\", undelivered: \"\(undelivered)\" } }, sources"
      )
    }
    let problems = load(text("drop", "49h")).problems
    #expect(problems.map(\.path) == ["destinations.app.retry.horizon"])
    #expect(problems.first?.suggestion.contains("at most \"2d\"") == true)
    #expect(load(text("drop", "2d")).problems.isEmpty)
    #expect(load(text("keep", "49h")).problems.isEmpty)
    let configuration = try #require(load(text("drop", "2d")).configuration)
    #expect(configuration.journal.retention.undelivered == .drop)
    let usual = withDestination("").replacing(
      "{ sources",
      with: "{ journal: { retention: { age: \"1d\", undelivered: \"drop\" } }, sources"
    )
    #expect(load(usual).problems.map(\.path) == ["destinations.app.retry.horizon"])
  }

  @Test(arguments: [
    "http://169.254.169.254/latest", "http://169.254.170.2", "http://[fd00:ec2::254]/",
    "http://[fe80::1]", "http://metadata.google.internal/computeMetadata", "http://METADATA/",
    "http://metadata.google.internal./", "http://[::ffff:169.254.169.254]/",
    "http://168.63.129.16/", "http://100.100.100.200/", "http://192.0.0.192/",
    "http://[fd20:ce::254]/", "http://instance-data/", "https://metadata.goog/",
  ])
  func `a metadata address is warned of`(_ url: String) throws {
    let loaded = load(withURLs("\"\(url)\""))
    #expect(loaded.problems.isEmpty && loaded.configuration != nil)
    #expect(loaded.warnings.map(\.path) == ["destinations.app.urls[0]"])
    #expect(try #require(loaded.warnings.first).suggestion.contains("credentials"))
  }

  @Test(arguments: [
    "http://169.253.1.1", "http://127.0.0.1", "http://10.0.0.1", "http://[fd00::1]",
    "http://metadata.example", "unix:/metadata", "http://app:3000",
  ])
  func `any other is not`(_ url: String) {
    #expect(load(withURLs("\"\(url)\"")).warnings.isEmpty)
  }

  @Test func `TLS names files that can be read and are PEM`() throws {
    func text(_ tls: String) -> String {
      withURLs("\"https://app.internal/\"")
        .replacing(
          "\"https://app.internal/\"],",
          with: "\"https://app.internal/\"], tls: {\(tls)},"
        )
    }
    let good = "ca: \"/ca.pem\", certificate: \"/ca.pem\", private_key: \"/key.pem\""
    let plan = try Self.plan(text(good))
    #expect(plan.tls.authorities == "/ca.pem" && plan.tls.certificate == "/ca.pem")
    #expect(plan.tls.privateKey == "/key.pem")
    #expect(load(text(good)).warnings.map(\.path) == ["destinations.app.tls.private_key"])
    for (tls, path, words) in [
      ("ca: \"/none.pem\"", "ca", "no such file"), ("ca: \"/key.pem\"", "ca", "BEGIN CERTIFICATE"),
      ("certificate: \"/ca.pem\"", "certificate", "without its private_key"),
      ("private_key: \"/key.pem\"", "private_key", "without its certificate"),
      ("certificate: \"/key.pem\", private_key: \"/key.pem\"", "certificate", "BEGIN CERTIFICATE"),
      ("ca: \"\"", "ca", "not the path"),
    ] {
      let problems = load(text(tls)).problems
      #expect(problems.map(\.path) == ["destinations.app.tls.\(path)"], "\(tls)")
      #expect(problems.first?.message.contains(words) == true, "\(problems)")
    }
  }

  @Test func `show is a configuration, and the same one`() throws {
    for members in ["", Self.full] {
      let first = try #require(load(withDestination(members)).configuration)
      let shown = String(decoding: first.show(), as: UTF8.self)
      let again = try #require(load(shown).configuration, "\(load(shown).problems)")
      #expect(again.destinations[0].plan == first.destinations[0].plan)
      #expect(again.show() == first.show() && again.fingerprint == first.fingerprint)
    }
    #expect(
      load(withDestination("")).configuration?.fingerprint
        != load(withDestination("timeout: \"1s\"")).configuration?.fingerprint
    )
  }
}
