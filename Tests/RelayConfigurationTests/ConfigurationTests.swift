import RelayConfiguration
import Testing
import WebhookReceiver

@Suite struct ConfigurationTests {
  private static let full = """
    {
      ingress: { listen: ["0.0.0.0:80", "[::1]:81", "unix:/run/in.sock", "localhost:82"],
        limits: { connections: 5, header_bytes: 1024, body_bytes: "1MiB", header_timeout: "1s",
                  body_timeout: "2s", idle_timeout: "250ms" } },
      api: { listen: ["[::]:90"], tokens: [
        { name: "billing", token: "env:TOKEN",
          scopes: ["pull:billing", "read", "operate", "metrics"] },
        { name: "ops", token: "literal:0123456789abcdef", scopes: ["read"] } ] },
      data: "/d",
      journal: { segment_bytes: "16MiB", reserve_bytes: 0, on_damage: "refuse" },
      sources: {
        zeta: { path: "/z", aliases: ["/y"], allow: ["10.0.0.0/8"], deny: ["10.1.0.0/16"],
          verify: { profile: "stripe", secrets: ["literal:whsec_1", "file:/secret"],
                    tolerance: "1h", on_failure: "reject" },
          idempotency: { id: ["header:X-Id", "json:/id"], window: "2d", replay_guard: "drop",
                         identity: "digest" },
          reply: { status: 202, content_type: "application/json", body: "{}" } },
        alpha: { path: "/a", verify: { profile: "github", secrets: ["env:TEXT"] } },
      },
      log: { format: "text", level: "debug" },
    }
    """

  @Test func `every value arrives`() throws {
    let loaded = load(Self.full)
    #expect(loaded.problems.isEmpty)
    let configuration = try #require(loaded.configuration)
    #expect(
      configuration.ingress.listen
        == ["0.0.0.0:80", "[::1]:81", "unix:/run/in.sock", "127.0.0.1:82"]
    )
    let limits = configuration.ingress.limits
    #expect(limits.connections == 5 && limits.headerBytes == 1024 && limits.bodyBytes == 1 << 20)
    #expect(limits.headerTimeout == .seconds(1) && limits.bodyTimeout == .seconds(2))
    #expect(limits.idleTimeout == .milliseconds(250))
    #expect(configuration.api.listen == ["[::]:90"])
    #expect(configuration.data == "/d")
    #expect(configuration.journal.segmentBytes == 16 << 20)
    #expect(configuration.journal.reserveBytes == 0)
    #expect(configuration.journal.onDamage == .refuse)
    #expect(configuration.log.format == .text && configuration.log.level == .debug)
  }

  @Test func `tokens are kept as digests`() throws {
    let tokens = try #require(load(Self.full).configuration).api.tokens
    #expect(tokens.map(\.name) == ["billing", "ops"])
    #expect(tokens[0].digest == SHA256.digest(Array(World.token.utf8)))
    #expect(tokens[0].scopes == [.pull("billing"), .read, .operate, .metrics])
    #expect(!"\(tokens)".contains(World.token) && !"\(tokens)".contains("0123456789abcdef"))
  }

  @Test func `sources keep the order of the file`() throws {
    let sources = try #require(load(Self.full).configuration).sources
    #expect(sources.map(\.name) == ["zeta", "alpha"])
    let zeta = sources[0]
    #expect(zeta.path == "/z" && zeta.aliases == ["/y"] && zeta.profile.id == "stripe")
    #expect(zeta.secrets.count == 2 && zeta.tolerance == .seconds(3600))
    let inside = try #require(IPAddress("10.1.2.3"))
    let outside = try #require(IPAddress("192.0.2.1"))
    #expect(zeta.allow?.contains(inside) == true && zeta.allow?.contains(outside) == false)
    #expect(zeta.deny?.contains(inside) == true)
    #expect(zeta.identity == .digest && zeta.window == .seconds(172_800))
    #expect(zeta.replayGuard == .drop)
    #expect(zeta.profile.idPlaces.map(\.description) == ["header:X-Id", "json:/id"])
    #expect(zeta.reply.status == 202 && zeta.reply.contentType == "application/json")
    #expect(zeta.reply.body == Array("{}".utf8))
  }

  @Test func `what is absent has the defaults of the contract`() throws {
    let configuration = try #require(load(withTop("")).configuration)
    #expect(configuration.ingress.listen == ["127.0.0.1:8080"])
    #expect(configuration.api.listen == ["127.0.0.1:8081"])
    #expect(configuration.api.tokens.isEmpty)
    #expect(configuration.data == "./webhook-sidecar-data")
    let limits = configuration.ingress.limits
    #expect(limits.connections == 10_000 && limits.headerBytes == 32 << 10)
    #expect(limits.bodyBytes == 10 << 20 && limits.headerTimeout == .seconds(10))
    #expect(limits.bodyTimeout == .seconds(30) && limits.idleTimeout == .seconds(75))
    #expect(configuration.journal.segmentBytes == 64 << 20)
    #expect(configuration.journal.reserveBytes == 64 << 20)
    #expect(configuration.journal.onDamage == .continue)
    #expect(configuration.log.format == .json && configuration.log.level == .info)
  }

  /// Keys of other forms have tests of their own.
  static let withTextKeys = Profile.catalogue.filter { profile in
    ["", "whsec_"].contains(profile.key.strip ?? "") && profile.key.kind == .symmetric
      && profile.key.encoding != .hex && profile.key.byteCount == nil
      && profile.id != "http-message-signatures-hmac"
  }.map(\.id)

  @Test(arguments: withTextKeys)
  func `what is absent in a source is its profile's`(_ id: String) throws {
    let profile = try #require(Profile.named(id))
    let url = profile.signsURL ? ", url: \"https://example.com/a\"" : ""
    let text = withVerify("profile: \"\(id)\", secrets: [\"env:SECRET\"]\(url)")
    let source = try #require(load(text).configuration).sources[0]
    #expect(source.identity == profile.identity)
    #expect(source.window == profile.deduplicationWindow)
    #expect(source.replayGuard == .flag)
    #expect(source.allow == nil && source.deny == nil && source.aliases.isEmpty)
    #expect(source.reply.status == profile.reply.status)
    #expect(source.reply.body == Array(profile.reply.body.utf8))
    #expect(source.profile.idPlaces == profile.idPlaces)
  }

  @Test func `an id in a header that is not signed is not bound, whatever somebody says`() throws {
    let verify = "verify: { profile: \"stripe\", secrets: [\"env:TEXT\"] }, path: \"/a\""
    for (idempotency, identity) in [
      ("", Profile.Identity.boundID), ("id: [\"header:X-Id\"]", .unboundID),
      ("id: [\"json:/request/id\"]", .boundID),
      ("id: [\"json:/request/id\"], identity: \"bound_id\"", .boundID),
    ] {
      let text = "{ sources: { a: { \(verify), idempotency: { \(idempotency) } } } }"
      #expect(try #require(load(text).configuration).sources[0].identity == identity)
    }
    for id in ["", "id: [\"header:X-GitHub-Delivery\"], "] {
      let verify = verify.replacing("stripe", with: "github")
      let text = "{ sources: { a: { \(verify), idempotency: { \(id)identity: \"bound_id\" } } } }"
      let problem = try #require(load(text).problems.first)
      #expect("\(problem)".contains("does not cover the id of github"))
    }
  }

  @Test func `retention is a week and 20 GiB, or what is written`() throws {
    let usual = try #require(load(withTop("")).configuration).journal
    #expect(usual.retention.age == .seconds(7 * 86_400) && usual.retention.bytes == 20 << 30)
    #expect(usual.recycles)
    let text = withTop(
      "journal: { recycle: false, "
        + "retention: { age: \"90m\", bytes: \"1GiB\", undelivered: \"keep\" } }"
    )
    let own = try #require(load(text).configuration).journal
    #expect(own.retention.age == .seconds(5400) && own.retention.bytes == 1 << 30 && !own.recycles)
    let small = load(withTop("journal: { retention: { bytes: \"200MiB\" } }")).problems
    #expect("\(try #require(small.first))".contains("less than 4 segments of 64MiB"))
    #expect("\(try #require(small.first))".contains("256MiB"))
  }

  @Test func `a key is remembered for as long as its request verifies`() throws {
    let verify = "profile: \"stripe\", secrets: [\"env:TEXT\"]"
    func text(_ tolerance: String, _ window: String) -> String {
      "{ sources: { a: { path: \"/a\", verify: { \(verify), tolerance: \"\(tolerance)\" }, "
        + "idempotency: { \(window) } } } }"
    }
    let short = try #require(load(text("1h", "window: \"119m\"")).problems.first)
    #expect("\(short)".contains("a request verifies for 2h"))
    #expect(load(text("1h", "window: \"2h\"")).problems.isEmpty)
    let source = try #require(load(text("30d", "")).configuration).sources[0]
    #expect(source.window == .seconds(60 * 86_400))
  }

  @Test func `what show prints is a configuration, and the same one`() throws {
    for text in [Self.full, withTop("")] {
      let configuration = try #require(load(text).configuration)
      let shown = String(decoding: configuration.show(), as: UTF8.self)
      for secret in ["whsec_1", "0123456789abcdef", World.token, "It's a Secret"] {
        #expect(!shown.contains(secret))
      }
      // A redacted literal is too short for a token, and too obvious.
      let again = load(shown.replacing("literal:[redacted]", with: "literal:whsec_0123456789"))
      #expect(again.problems.isEmpty)
      #expect(try #require(again.configuration).fingerprint == configuration.fingerprint)
      #expect(try #require(again.configuration).show() == configuration.show())
    }
  }

  @Test func `the fingerprint follows every setting and no secret`() throws {
    let first = try #require(load(withTop("")).configuration)
    #expect(first.fingerprint.utf8.count == 16)
    #expect(first.fingerprint == load("// other text\n" + withTop("")).configuration?.fingerprint)
    for change in [
      "data: \"/x\"", "log: { level: \"debug\" }", "journal: { reserve_bytes: 1 }",
      "ingress: { limits: { idle_timeout: \"1s\" } }", "api: { listen: [\"[::1]:9\"] }",
    ] {
      #expect(load(withTop(change)).configuration?.fingerprint != first.fingerprint)
    }
    var moved = first
    moved.data = "/elsewhere"
    #expect(moved.fingerprint != first.fingerprint)
  }

  @Test func `no secret is in the value's text`() throws {
    let configuration = try #require(load(Self.full).configuration)
    var dumped = ""
    dump(configuration, to: &dumped)
    for secret in ["whsec_1", "0123456789abcdef", World.token, "It's a Secret", "file secret"] {
      #expect(!dumped.contains(secret))
      #expect(!"\(configuration)".contains(secret))
    }
  }

  @Test(arguments: ["/d", "a \"quoted\" \\ dir", "ü"])
  func `the built-in configuration stands for any directory`(_ directory: String) throws {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    let configuration = ConfigurationLoader.embeddedDefault(
      demoSecret: secret,
      dataDirectory: directory
    )
    #expect(configuration.ingress.listen == ["127.0.0.1:8080"])
    #expect(configuration.api.listen == ["127.0.0.1:8081"])
    #expect(configuration.data == directory)
    #expect(configuration.sources.map(\.name) == ["demo"])
    #expect(configuration.sources[0].path == "/in/demo")
    #expect(configuration.sources[0].profile.id == "standard-webhooks")
    #expect(!String(decoding: configuration.show(), as: UTF8.self).contains(secret))
  }

  @Test func `the built-in configuration says what is wrong with its secret`() {
    let loaded = ConfigurationLoader.loadEmbeddedDefault(demoSecret: "", dataDirectory: "/d")
    #expect(loaded.configuration == nil)
    #expect(loaded.problems.map(\.path) == ["sources.demo.verify.secrets[0]"])
  }
}
