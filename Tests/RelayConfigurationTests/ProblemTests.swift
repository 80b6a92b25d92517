import RelayConfiguration
import Testing

/// Every kind of mistake: where it is reported, under which key, and with which words.
@Suite struct ProblemTests {
  /// A configuration, `line:column path` of its one problem, words of the message, words of the
  /// suggestion.
  typealias Case = (String, String, String, String)

  static func expect(_ text: String, _ place: String, _ message: String, _ advice: String) {
    let loaded = load(text)
    #expect(places(text) == [place])
    #expect(loaded.problems.first?.message.contains(message) == true, "\(loaded.problems)")
    #expect(loaded.problems.first?.suggestion.contains(advice) == true, "\(loaded.problems)")
    #expect(loaded.configuration == nil)
  }

  static let keys: [Case] = [
    ("[]", "1:1 ", "must be an object", "ingress, api, data"),
    ("{}", "1:1 sources", "missing", "sources: { demo: { path: \"/in/demo\""),
    ("{ sources: {} }", "1:12 sources", "there is none", "demo"),
    ("{ sources: [] }", "1:12 sources", "must be an object", "name: { … }"),
    ("{ sources: null }", "1:12 sources", "null", "remove"),
    (withTop("sourcse: {}"), "2:1 sourcse", "no such key", "did you mean sources?"),
    (withTop("zzz: 1"), "2:1 zzz", "no such key", "known here: ingress, api"),
    (
      withTop("ingress: { limits: { maxBodyBytes: 1 } }"), "2:22 ingress.limits.maxBodyBytes",
      "no such key", "did you mean body_bytes?"
    ),
    (
      withTop("ingress: { limits: { bodyBytes: 1 } }"), "2:22 ingress.limits.bodyBytes",
      "no such key", "did you mean body_bytes?"
    ),
    (withTop("ingress: []"), "2:10 ingress", "must be an object", "listen, tls"),
    (withTop("ingress: { \"a b\": 1 }"), "2:12 ingress[\"a b\"]", "no such key", "known here"),
    (
      withSource("idempotency: { idd: [] }"), "2:16 sources.a.idempotency.idd", "no such key",
      "did you mean id?"
    ),
    (withSource("path: \"/b\""), "2:1 ", "a second time", "remove one"),
    (
      "{ sources: { \"a/b\": { path: \"/a\", "
        + "verify: { profile: \"github\", secrets: [\"env:TEXT\"] } } } }",
      "1:14 sources[\"a/b\"]", "not a name", "letters, digits"
    ),
    (
      "{ sources: { \"..\": { path: \"/a\", "
        + "verify: { profile: \"github\", secrets: [\"env:TEXT\"] } } } }",
      "1:14 sources[\"..\"]", "not a name", "letters"
    ),
    (
      "{ sources: { a: { verify: { profile: \"github\", secrets: [\"env:TEXT\"] } } } }",
      "1:14 sources.a.path", "missing", "path: \"/in/demo\""
    ),
    (
      "{ sources: { a: { path: \"/a\" } } }", "1:14 sources.a.verify", "missing",
      "verify: { profile: \"standard-webhooks\", secrets: [\"env:NAME\"] }"
    ),
  ]

  static let scalars: [Case] = [
    (withTop("data: 1"), "2:7 data", "a text in quotes", "/var/lib"),
    (withTop("data: \"\""), "2:7 data", "not a directory", "1 to"),
    (withTop("data: info"), "2:7 ", "not a value", "quotes"),
    (
      withTop("log: { level: \"warn\" }"), "2:15 log.level", "\"warn\" is not a word", "\"warning\""
    ),
    (withTop("log: { level: 1 }"), "2:15 log.level", "a word in quotes", "\"debug\", \"info\""),
    (withTop("log: { format: \"xml\" }"), "2:16 log.format", "\"xml\"", "\"json\", \"text\""),
    (
      withTop("ingress: { limits: { connections: \"10\" } }"), "2:35 ingress.limits.connections",
      "a whole number", "without quotes"
    ),
    (
      withTop("ingress: { limits: { connections: 0 } }"), "2:35 ingress.limits.connections",
      "0 is not from 1", "write"
    ),
    (
      withTop("ingress: { limits: { connections: 1.5 } }"), "2:35 ingress.limits.connections",
      "a whole number", "1 to"
    ),
    (
      withTop("ingress: { limits: { connections: Infinity } }"), "2:35 ingress.limits.connections",
      "a whole number", "1 to"
    ),
    (
      withTop("ingress: { limits: { body_bytes: \"10MB\" } }"), "2:34 ingress.limits.body_bytes",
      "\"10MB\" is not a size", "MiB"
    ),
    (
      withTop("ingress: { limits: { body_bytes: NaN } }"), "2:34 ingress.limits.body_bytes",
      "must be a size", "64KiB"
    ),
    (
      withTop("ingress: { limits: { body_bytes: 0 } }"), "2:34 ingress.limits.body_bytes",
      "out of bounds", "16MiB"
    ),
    (
      withTop("ingress: { limits: { header_bytes: \"1MiB\" } }"),
      "2:36 ingress.limits.header_bytes",
      "1MiB is out of bounds", "128KiB"
    ),
    (
      withTop("ingress: { limits: { idle_timeout: 75 } }"), "2:36 ingress.limits.idle_timeout",
      "75 has no unit", "\"75s\""
    ),
    (
      withTop("ingress: { limits: { idle_timeout: \"0s\" } }"), "2:36 ingress.limits.idle_timeout",
      "out of bounds", "1ms to 1h"
    ),
    (
      withTop("ingress: { limits: { idle_timeout: \"1 s\" } }"), "2:36 ingress.limits.idle_timeout",
      "not a duration", "\"30s\""
    ),
    (
      withTop("ingress: { limits: { idle_timeout: true } }"), "2:36 ingress.limits.idle_timeout",
      "must be a duration", "from"
    ),
    (
      withTop("journal: { segment_bytes: 8388609 }"), "2:27 journal.segment_bytes",
      "not a multiple of 4KiB", "\"8MiB\""
    ),
    (
      withTop("journal: { segment_bytes: \"2GiB\" }"), "2:27 journal.segment_bytes",
      "out of bounds", "1GiB"
    ),
    (
      withTop("journal: { segment_bytes: 4096 }"), "2:27 journal.segment_bytes", "out of bounds",
      "64KiB"
    ),
    (withTop("journal: { reserve_bytes: -1 }"), "2:27 journal.reserve_bytes", "out of bounds", "0"),
    (
      withTop("journal: { on_damage: \"stop\" }"), "2:23 journal.on_damage", "\"stop\"",
      "\"refuse\""
    ),
    (withSource("allow: \"10.0.0.0/8\""), "2:8 sources.a.allow", "must be a list", "[\"192.0"),
    (
      withSource("allow: [\"10.0.0.0/8\", \"10.0.0.1/8\"]"), "2:23 sources.a.allow[1]",
      "bits behind its prefix", "\"10.0.0.0/8\""
    ),
    (withSource("deny: [\"10.0.0.0/33\"]"), "2:8 sources.a.deny[0]", "0 to 32", "bits"),
    (withSource("deny: [\"everybody\"]"), "2:8 sources.a.deny[0]", "not an address block", "192.0"),
    (withSource("deny: [1]"), "2:8 sources.a.deny[0]", "a text in quotes", "192.0"),
    (withSource("idempotency: { id: [] }"), "2:20 sources.a.idempotency.id", "empty", "header:"),
    (
      withSource("idempotency: { id: [\"X-Id\"] }"), "2:21 sources.a.idempotency.id[0]",
      "names no place", "header:NAME"
    ),
    (
      withSource("idempotency: { id: [\"json:id\"] }"), "2:21 sources.a.idempotency.id[0]",
      "does not start with a slash", "json:/data/id"
    ),
    (
      withSource("idempotency: { window: \"0s\" }"), "2:24 sources.a.idempotency.window",
      "out of bounds", "400d"
    ),
    (
      withSource("idempotency: { replay_guard: \"on\" }"),
      "2:30 sources.a.idempotency.replay_guard",
      "\"on\"", "\""
    ),
    (
      withSource("idempotency: { identity: \"id\" }"), "2:26 sources.a.idempotency.identity",
      "\"id\"", "bound_id"
    ),
    (
      withSource("reply: { status: 410 }"), "2:18 sources.a.reply.status", "410 is not from 200",
      "write"
    ),
    (withSource("reply: { status: 302 }"), "2:18 sources.a.reply.status", "302", "write"),
    (withSource("reply: { status: 199 }"), "2:18 sources.a.reply.status", "199", "write"),
    (
      withSource("reply: { status: 204, body: \"x\" }"), "2:18 sources.a.reply.status", "no body",
      "200"
    ),
    (
      withSource("reply: { content_type: \"text\" }"), "2:24 sources.a.reply.content_type",
      "not a content type", "application/json"
    ),
    (
      withSource("reply: { content_type: \"text/plain\\r\\nX: 1\" }"),
      "2:24 sources.a.reply.content_type", "not a content type", "application/json"
    ),
    (
      withSource("reply: { body: \"\(String(repeating: "x", count: 1025))\" }"),
      "2:16 sources.a.reply.body", "1025 bytes", "shorter"
    ),
    (
      withVerify("profile: \"github\", secrets: [\"env:TEXT\"], tolerance: \"0s\""),
      "2:54 sources.a.verify.tolerance", "out of bounds", "31d"
    ),
    (
      withVerify("profile: \"githab\", secrets: [\"env:TEXT\"]"), "2:10 sources.a.verify.profile",
      "\"githab\"", "did you mean \"github\"?"
    ),
    (
      withVerify("profile: \"quadrat\", secrets: [\"env:TEXT\"]"), "2:10 sources.a.verify.profile",
      "not a profile of this version", "standard-webhooks"
    ),
    (
      withVerify("profile: \"../prof/zed.json\", secrets: [\"env:TEXT\"]"),
      "2:10 sources.a.verify.profile", "not a profile of this version",
      "write \"file:../prof/zed.json\""
    ),
    (
      withVerify("profile: \"zed.json\", secrets: [\"env:TEXT\"]"),
      "2:10 sources.a.verify.profile", "not a profile of this version", "write \"file:zed.json\""
    ),
    (
      withVerify("profile: \"prof/zed\", secrets: [\"env:TEXT\"]"),
      "2:10 sources.a.verify.profile", "not a profile of this version", "write \"file:prof/zed\""
    ),
    (
      withVerify("profile: \"github\", secrets: \"env:TEXT\""), "2:29 sources.a.verify.secrets",
      "must be a list", "[\"env:NAME\"]"
    ),
    (
      withVerify("profile: \"github\", secrets: []"), "2:29 sources.a.verify.secrets", "empty",
      "[\"env:NAME\"]"
    ),
  ]

  @Test(arguments: keys + scalars)
  func `one mistake is one problem`(_ problem: Case) {
    Self.expect(problem.0, problem.1, problem.2, problem.3)
  }

  @Test(arguments: [
    ("in/x", "does not begin with /", "\"/in/x\""), ("", "begin", "/"),
    ("https://h.example/in", "begin", "path of the URL alone"), ("/a?b=1", "query", "\"/a\""),
    ("/a#b", "fragment", "\"/a\""), ("/a b", "blank", "%20"), ("/ü", "ASCII", "%20"),
    ("/a\\u0000", "ASCII", "sends"), ("/a/../b", "resolve", "path"), ("/./b", "resolve", "path"),
    ("/" + String(repeating: "a", count: 2048), "longer", "shorter"),
  ])
  func `a path must be what a request can have`(_ path: String, _ message: String, _ advice: String)
  {
    let source = "verify: { profile: \"github\", secrets: [\"env:TEXT\"] }"
    Self.expect(
      "{ sources: { a: { \(source),\npath: \"\(path)\" } } }",
      "2:7 sources.a.path",
      message,
      advice
    )
    Self.expect(withSource("aliases: [\"\(path)\"]"), "2:11 sources.a.aliases[0]", message, advice)
  }

  @Test func `a profile's file that is not there is named with the path that was tried`() {
    Self.expect(
      withVerify("profile: \"file:prof/zed\", secrets: [\"env:TEXT\"]"),
      "2:10 sources.a.verify.profile",
      "cannot read \"/home/prof/zed\": there is no such file",
      "a relative path begins in the working directory"
    )
  }

  @Test(arguments: ["/", "/in/x", "//", "/a//b/", "/a%20b", "/~!@$&'()*+,;=:|<>", "/a.b/..c/..."])
  func `any other path is taken as it is`(_ path: String) throws {
    let text = withSource("aliases: [\"\(path)\"]")
    #expect(try #require(load(text).configuration).sources[0].aliases == [path])
  }

  @Test(arguments: [
    ("env:NONE", "not set"), ("env:EMPTY", "empty"), ("env:BLANK", "empty"),
    ("file:/none", "cannot read"), ("file:/binary", "not UTF-8"), ("file:/long", "cannot be one"),
    ("literal:", "empty"), ("hunter2", "begins with env:"), ("env:", "name of a variable"),
  ])
  func `a secret that cannot be had is named and never shown`(_ secret: String, _ message: String) {
    let text = withVerify("profile: \"github\",\nsecrets: [\"env:TEXT\", \"\(secret)\"]")
    Self.expect(text, "3:23 sources.a.verify.secrets[1]", message, "")
    #expect(!"\(load(text).problems)".contains("hunter2"))
  }

  @Test func `every secret of the wrong form is named`() {
    let secrets = "\"literal:whsec_!!\", \"env:SECRET\", \"literal:whsec_\", \"literal:whsk_AAAA\""
    let text = withVerify("profile: \"standard-webhooks\",\nsecrets: [\(secrets)]")
    #expect(
      places(text) == [
        "3:11 sources.a.verify.secrets[0]", "3:45 sources.a.verify.secrets[2]",
        "3:63 sources.a.verify.secrets[3]",
      ]
    )
    #expect(!"\(load(text).problems)".contains("AAAA"))
  }

  @Test func `a problem prints as a place to jump to`() {
    let problem = load(withTop("log: { level: \"warn\" }")).problems.first
    #expect(
      problem?.description
        == "c.json5:2:15: error: log.level: \"warn\" is not a word of this key; "
        + "did you mean \"warning\"?"
    )
  }
}
