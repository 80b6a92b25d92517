import RelayConfiguration
import Testing
import WebhookReceiver

/// What a reload does where settings belong together.
@Suite struct ReloadPlanTests {
  private static func configuration(_ text: String) throws -> Configuration {
    let loaded = load(text)
    return try #require(loaded.configuration, "\(loaded.problems)")
  }

  /// The plan of a reload in a process that has begun with `before`.
  private static func plan(_ before: String, _ after: String) throws -> ReloadPlan {
    let running = try configuration(before)
    return ReloadPlan(started: running, running: running, loaded: try configuration(after))
  }

  private static func words(_ paths: [SettingPath]) -> [String] { paths.map(\.description) }

  private static func source(_ name: String, _ path: String, _ members: String = "") -> String {
    """
    \(name): { path: "\(path)", verify: { profile: "stripe", secrets: ["env:TEXT"] }, \(members) },
    """
  }

  private static func sources(_ sources: String..., top: String = "") -> String {
    "{ sources: { \(sources.joined()) }, \(top) }"
  }

  private static let polled = "poll: { preset: \"stripe\", auth: { bearer: \"env:TOKEN\" } }"
  private static let app = "destinations: { app: { urls: [\"http://127.0.0.1:9/\"] } }"

  // MARK: Secrets

  /// A configuration whose references stay the same while what they lead to changes.
  private static func read(_ secret: String) throws -> Configuration {
    let environment = Environment(
      variable: { _ in nil },
      readFile: { $0 == "/profile" ? .failure(.missing) : .success(Array(secret.utf8)) },
      permissions: { _ in nil },
      absolutePath: { $0 }
    )
    let text = """
      { sources: { a: { path: "/a", verify: { profile: "meta", secrets: ["file:/s"] },
        handshake: { verify_token: "file:/s" }, destinations: ["app"] },
        b: { path: "/b", verify: { profile: "stripe", secrets: ["literal:the same secret"] },
        poll: { preset: "stripe", auth: { bearer: "file:/s" } } } },
        destinations: { app: { urls: ["http://127.0.0.1:9/"], secrets: ["file:/s"] } },
        api: { tokens: [{ name: "a", token: "file:/s", scopes: ["read"] }] } }
      """
    let loaded = ConfigurationLoader.load(
      Array(text.utf8),
      file: "c.json5",
      environment: environment
    )
    return try #require(loaded.configuration, "\(loaded.problems)")
  }

  private static let one = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let two = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"

  @Test func `failure 56: a secret behind the same reference is another secret`() throws {
    let before = try Self.read(Self.one)
    let plan = ReloadPlan(started: before, running: before, loaded: try Self.read(Self.two))
    #expect(
      Self.words(plan.changed) == [
        "api.tokens", "sources.a.handshake.verify_token", "sources.a.verify.secrets",
      ]
    )
    #expect(Self.words(plan.waiting) == ["destinations.app.secrets", "sources.b.poll.auth"])
    #expect(plan.changesSecrets(of: "a") && !plan.changesSecrets(of: "b"))
    #expect(plan.configuration.fingerprint == before.fingerprint)
    // Asked again, what waits still does, and the rest is in force.
    let again = ReloadPlan(
      started: before,
      running: plan.configuration,
      loaded: try Self.read(Self.two)
    )
    #expect(again.changed.isEmpty && again.waiting == plan.waiting)
  }

  @Test func `failure 56: another certificate in the same file is said to wait`() throws {
    func read(_ text: String) throws -> Configuration {
      let pem = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
      let environment = Environment(
        variable: { World.variables[$0] },
        readFile: { _ in .success(Array(pem.utf8)) },
        permissions: { _ in nil },
        absolutePath: { $0 }
      )
      let text = withDestination("tls: { ca: \"/ca.pem\" }").replacing("http:", with: "https:")
      let loaded = ConfigurationLoader.load(
        Array(text.utf8),
        file: "c.json5",
        environment: environment
      )
      return try #require(loaded.configuration, "\(loaded.problems)")
    }
    let before = try read("MIIB")
    let plan = ReloadPlan(started: before, running: before, loaded: try read("MIIC"))
    #expect(plan.changed.isEmpty && Self.words(plan.waiting) == ["destinations.app.tls"])
    let same = ReloadPlan(started: before, running: before, loaded: try read("MIIB"))
    #expect(same.waiting.isEmpty)
  }

  @Test func `the same secrets are no difference`() throws {
    let before = try Self.read(Self.one)
    #expect(before.differences(from: before).isEmpty)
    let plan = ReloadPlan(started: before, running: before, loaded: try Self.read(Self.one))
    #expect(plan.changed.isEmpty && plan.waiting.isEmpty)
  }

  // MARK: Sources

  @Test func `sources come and go`() throws {
    let plan = try Self.plan(
      Self.sources(Self.source("a", "/a"), Self.source("b", "/b")),
      Self.sources(Self.source("c", "/b"), Self.source("a", "/a"))
    )
    #expect(Self.words(plan.changed) == ["sources.b", "sources.c"] && plan.waiting.isEmpty)
    #expect(plan.configuration.sources.map(\.name) == ["c", "a"])
    #expect(plan.changesSecrets(of: "c"))
  }

  @Test func `a new source that is polled or relayed waits as a whole`() throws {
    let before = Self.sources(Self.source("a", "/a", "destinations: [\"app\"]"), top: Self.app)
    for members in [Self.polled, "destinations: [\"app\"]"] {
      let plan = try Self.plan(
        before,
        Self.sources(
          Self.source("a", "/a", "destinations: [\"app\"]"),
          Self.source("b", "/b", members),
          Self.source("c", "/c"),
          top: Self.app
        )
      )
      #expect(Self.words(plan.waiting) == ["sources.b"])
      #expect(Self.words(plan.changed) == ["sources.c"])
    }
  }

  @Test func `poll and destinations of a source wait, and the rest of it does not`() throws {
    let plan = try Self.plan(
      Self.sources(Self.source("a", "/a", Self.polled), top: Self.app),
      Self.sources(
        Self.source(
          "a",
          "/a",
          "deny: [\"::1\"], destinations: [\"app\"], "
            + Self.polled.replacing("TOKEN", with: "TOKEN2")
        ),
        top: Self.app
      )
    )
    #expect(Self.words(plan.changed) == ["sources.a.deny"])
    #expect(
      Self.words(plan.waiting) == ["sources.a.destinations", "sources.a.poll.auth.bearer"]
        || Self.words(plan.waiting) == [
          "sources.a.destinations", "sources.a.poll.auth", "sources.a.poll.auth.bearer",
        ]
    )
  }

  @Test(arguments: [
    "idempotency: { identity: \"none\" }", "idempotency: { id: [\"json:/other\"] }",
    "idempotency: { window: \"60d\" }", "idempotency: { replay_guard: \"drop\" }",
  ])
  func `a polled source with another identity waits as a whole`(_ members: String) throws {
    let plan = try Self.plan(
      Self.sources(Self.source("a", "/a", Self.polled)),
      Self.sources(Self.source("a", "/a", "deny: [\"::1\"], \(members), \(Self.polled)"))
    )
    #expect(plan.changed.isEmpty)
    #expect(plan.waiting.contains(SettingPath(["sources", "a", "deny"])))
    #expect(plan.waiting.count >= 2)
  }

  @Test func `a polled source that is removed stays until the restart`() throws {
    let plan = try Self.plan(
      Self.sources(Self.source("a", "/a", Self.polled), Self.source("b", "/b")),
      Self.sources(Self.source("c", "/c"))
    )
    #expect(Self.words(plan.waiting) == ["sources.a"])
    #expect(Self.words(plan.changed) == ["sources.b", "sources.c"])
    #expect(plan.configuration.sources.map(\.name) == ["c", "a"])
  }

  @Test func `a source that asks for a client's name waits until clients show one`() throws {
    func text(_ tls: String, _ verify: String) -> String {
      """
      { ingress: { tls: { certificate: "/ca.pem", private_key: "/key.pem", \(tls) } },
      sources: { a: { path: "/a", verify: {
      profile: "github", secrets: ["env:TEXT"], \(verify) } } } }
      """
    }
    let authority = "client_ca: \"/ca.pem\""
    let names = "client_names: [\"one.example\"]"
    let plan = try Self.plan(text("", ""), text(authority, names))
    #expect(plan.changed.isEmpty)
    #expect(Self.words(plan.waiting) == ["ingress.tls.client_ca", "sources.a.verify.client_names"])
    let live = try Self.plan(text(authority, ""), text(authority, names))
    #expect(Self.words(live.changed) == ["sources.a.verify.client_names"])
    #expect(live.waiting.isEmpty)
  }

  @Test func `who wants the path of a source that waits, waits`() throws {
    // `a` stays, so `b` cannot have /a; so `b` stays, and `c` cannot have /b.
    let plan = try Self.plan(
      Self.sources(
        Self.source("a", "/a", Self.polled),
        Self.source("b", "/b"),
        Self.source("c", "/c")
      ),
      Self.sources(
        Self.source("b", "/a"),
        Self.source("c", "/x", "aliases: [\"/b\"]"),
        Self.source("d", "/c")
      )
    )
    #expect(plan.changed.isEmpty, "\(plan.changed)")
    #expect(
      Self.words(plan.waiting) == [
        "sources.a", "sources.b.path", "sources.c.aliases", "sources.c.path", "sources.d",
      ]
    )
    let paths = plan.configuration.sources.flatMap { [$0.path] + $0.aliases }
    #expect(Set(paths).count == paths.count)
  }

  @Test func `a relayed source comes back as the relay knows it, or waits`() throws {
    let started = try Self.configuration(
      Self.sources(
        Self.source("a", "/a", "destinations: [\"app\"]"),
        Self.source("b", "/b"),
        top: Self.app
      )
    )
    let without = try Self.configuration(Self.sources(Self.source("b", "/b"), top: Self.app))
    let gone = ReloadPlan(started: started, running: started, loaded: without)
    #expect(Self.words(gone.changed) == ["sources.a"] && gone.waiting.isEmpty)
    let back = ReloadPlan(started: started, running: gone.configuration, loaded: started)
    #expect(Self.words(back.changed) == ["sources.a"] && back.waiting.isEmpty)
    let unrelayed = try Self.configuration(
      Self.sources(Self.source("a", "/a"), Self.source("b", "/b"), top: Self.app)
    )
    let other = ReloadPlan(started: started, running: gone.configuration, loaded: unrelayed)
    #expect(other.changed.isEmpty && Self.words(other.waiting) == ["sources.a"])
  }

  // MARK: Settings that are right only together

  @Test func `bodies go on fitting the segments that are in use`() throws {
    let plan = try Self.plan(
      withTop("journal: { segment_bytes: \"8MiB\" }, ingress: { limits: { body_bytes: 1024 } }"),
      withTop("ingress: { limits: { body_bytes: \"4MiB\", idle_timeout: \"1s\" } }")
    )
    #expect(Self.words(plan.waiting) == ["ingress.limits.body_bytes", "journal.segment_bytes"])
    #expect(Self.words(plan.changed) == ["ingress.limits.idle_timeout"])
  }

  @Test func `tokens do not go while the API listens to strangers`() throws {
    let tokens = "tokens: [{ name: \"a\", token: \"env:TOKEN\", scopes: [\"read\"] }]"
    let plan = try Self.plan(withTop("api: { listen: [\"0.0.0.0:1\"], \(tokens) }"), withTop(""))
    #expect(plan.changed.isEmpty)
    #expect(Self.words(plan.waiting) == ["api.listen", "api.tokens"])
    #expect(plan.configuration.api.tokens.count == 1)
    let local = try Self.plan(withTop("api: { \(tokens) }"), withTop(""))
    #expect(Self.words(local.changed) == ["api.tokens"] && local.waiting.isEmpty)
  }

  @Test func `who may send a PROXY header changes with whether one must come`() throws {
    let required = "ingress: { proxy_protocol: true, trusted_proxies: [\"::1\"] }"
    for (before, after) in [(required, ""), ("", required)] {
      let plan = try Self.plan(withTop(before), withTop(after))
      #expect(plan.changed.isEmpty)
      #expect(
        Self.words(plan.waiting) == ["ingress.proxy_protocol", "ingress.trusted_proxies"]
      )
    }
    let unix = "ingress: { listen: [\"unix:/a\"], proxy_protocol: true }"
    let plan = try Self.plan(withTop(required), withTop(unix))
    #expect(Self.words(plan.waiting) == ["ingress.listen", "ingress.trusted_proxies"])
  }

  @Test func `the order of a file is that of its fingerprint`() throws {
    let two = "{ a: { urls: [\"http://127.0.0.1:9/\"] }, b: { urls: [\"http://127.0.0.1:9/\"] } }"
    let turned =
      "{ b: { urls: [\"http://127.0.0.1:9/\"] }, a: { urls: [\"http://127.0.0.1:9/\"] } }"
    let after = withTop("destinations: \(turned)")
    let plan = try Self.plan(withTop("destinations: \(two)"), after)
    #expect(plan.changed.isEmpty && plan.waiting.isEmpty)
    #expect(plan.configuration.fingerprint == (try Self.configuration(after)).fingerprint)
  }

  @Test func `what waits is that which a plan for the same file would take after a restart`() throws
  {
    let before = try Self.configuration(withTop(""))
    let after = try Self.configuration(
      withTop("data: \"/d\", log: { level: \"debug\" }, api: { listen: [\"[::1]:9\"] }")
    )
    let plan = ReloadPlan(started: before, running: before, loaded: after)
    #expect(Self.words(plan.waiting) == ["api.listen", "data"])
    #expect(plan.configuration.fingerprint != before.fingerprint)
    #expect(plan.configuration.fingerprint != after.fingerprint)
    let restarted = ReloadPlan(started: after, running: after, loaded: after)
    #expect(restarted.changed.isEmpty && restarted.waiting.isEmpty)
  }
}
