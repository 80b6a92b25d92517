import RelayConfiguration
import Testing

/// What does not hold between values that are right alone.
@Suite struct CrossCheckTests {
  @Test func `five mistakes are five problems, each at its place`() {
    let text = """
      {
        // five different mistakes
        ingress: { lisen: ["0.0.0.0:8080"], limits: { body_bytes: "10MB" } },
        api: { listen: ["0.0.0.0:8081"] },
        sources: {
          github: {
            path: "in/github",
            verify: { profile: "github", secrets: ["env:NOT_SET"] },
          },
        },
      }
      """
    let problems = load(text).problems
    #expect(
      places(text) == [
        "3:14 ingress.lisen", "3:61 ingress.limits.body_bytes", "4:19 api.listen[0]",
        "7:13 sources.github.path", "8:46 sources.github.verify.secrets[0]",
      ]
    )
    #expect(problems.allSatisfy { !$0.suggestion.isEmpty && $0.file == "c.json5" })
    #expect(load(text).configuration == nil)
  }

  @Test func `mistakes of grammar and of meaning are reported together`() {
    let text = "{ data: info\n sources: { a: { path: \"/a\"\n verify: {} } } }"
    #expect(
      places(text) == [
        "1:9 ", "2:28 ", "3:2 sources.a.verify.profile", "3:2 sources.a.verify.secrets",
      ]
    )
  }

  @Test func `what a mistake of grammar hides is not called missing`() {
    #expect(places("{ sources: ? }") == ["1:12 "])
    #expect(places("{ sources: { a: ? } }") == ["1:17 "])
    #expect(places(withTop("journal: ?, ingress: { limits: ? }")) == ["2:10 ", "2:32 "])
  }

  @Test(arguments: [
    ("0.0.0.0:80", "127.0.0.1:80"), ("127.0.0.1:80", "0.0.0.0:80"), ("[::]:80", "10.0.0.1:80"),
    ("10.0.0.1:80", "[::]:80"), ("[::]:80", "0.0.0.0:80"), ("[::]:80", "[::1]:80"),
    ("127.0.0.1:80", "127.0.0.1:80"), ("localhost:80", "127.0.0.1:80"),
    ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"), ("[::1]:80", "[0:0:0:0:0:0:0:1]:80"),
    ("unix:/a", "unix:/a"),
  ])
  func `listeners that overlap are refused, once`(_ first: String, _ second: String) {
    let within = withTop("ingress: { listen: [\"\(first)\",\n\"\(second)\"] }")
    #expect(places(within) == ["3:1 ingress.listen[1]"])
    let tokens = "tokens: [{ name: \"t\", token: \"env:TOKEN\", scopes: [\"read\"] }]"
    let across = withTop(
      "api: { listen: [\"\(second)\"], \(tokens) },\ningress: { listen: [\"\(first)\"] }"
    )
    #expect(places(across) == ["2:17 api.listen[0]"])
    #expect(load(across).problems.first?.message.contains("ingress.listen[0]") == true)
  }

  @Test(arguments: [
    ("0.0.0.0:80", "0.0.0.0:81"), ("127.0.0.1:80", "127.0.0.2:80"), ("0.0.0.0:80", "[::1]:80"),
    ("127.0.0.1:0", "127.0.0.1:0"), ("unix:/a", "unix:/b"), ("[::1]:80", "127.0.0.1:80"),
  ])
  func `listeners that do not overlap are accepted`(_ first: String, _ second: String) {
    #expect(places(withTop("ingress: { listen: [\"\(first)\", \"\(second)\"] }")).isEmpty)
  }

  @Test func `a listener that overlaps a default is reported where it is written`() {
    let text = withTop("ingress: { listen: [\"0.0.0.0:8081\"] }")
    #expect(places(text) == ["2:21 ingress.listen[0]"])
    #expect(load(text).problems.first?.message.contains("by default") == true)
  }

  @Test(arguments: [
    ("8080", "127.0.0.1:8080"), (":8080", "0.0.0.0:8080"), ("*:8080", "0.0.0.0:8080"),
    ("example.com:80", "127.0.0.1"), ("::1:80", "[::1]"), ("127.0.0.1", "host:port"),
    ("127.0.0.1:", "host:port"), ("127.0.0.1:65536", "host:port"), ("127.0.0.1:080", "host:port"),
    ("127.0.0.1:-1", "host:port"), ("127.1:80", "127.0.0.1"), ("[::1]", "host:port"),
    ("[127.0.0.1]:80", "127.0.0.1"), ("[fe80::1%eth0]:80", "127.0.0.1"),
    ("unix:relative", "unix:/run"), ("unix:", "unix:/run"),
    ("unix:/" + String(repeating: "a", count: 107), "shorter"), ("", "host:port"),
    ("http://127.0.0.1:80", "127.0.0.1"),
  ])
  func `what is no address says how to write one`(_ address: String, _ advice: String) {
    let text = withTop("ingress: { listen: [\"\(address)\"] }")
    #expect(places(text) == ["2:21 ingress.listen[0]"])
    #expect(load(text).problems.first?.suggestion.contains(advice) == true)
  }

  @Test func `no listener at all is refused`() {
    #expect(places(withTop("ingress: { listen: [] }")) == ["2:20 ingress.listen"])
    #expect(places(withTop("api: { listen: [] }")) == ["2:16 api.listen"])
  }

  @Test(arguments: ["0.0.0.0:81", "[::]:81", "10.0.0.1:81", "[2001:db8::1]:81"])
  func `failure 60: an open API needs tokens`(_ address: String) {
    let text = withTop("api: { listen: [\"127.0.0.1:82\", \"\(address)\"] }")
    #expect(places(text) == ["2:33 api.listen[1]"])
    let tokens = "tokens: [{ name: \"t\", token: \"env:TOKEN\", scopes: [\"read\"] }]"
    #expect(places(withTop("api: { listen: [\"\(address)\"], \(tokens) }")).isEmpty)
  }

  @Test(arguments: ["127.0.0.1:81", "127.9.9.9:81", "[::1]:81", "localhost:81", "unix:/run/a.sock"])
  func `a local API needs no tokens`(_ address: String) {
    #expect(places(withTop("api: { listen: [\"\(address)\"] }")).isEmpty)
  }

  @Test func `a refused token is not reported a second time as an open API`() {
    let text = withTop(
      "api: { listen: [\"0.0.0.0:81\"],\n"
        + "tokens: [{ name: \"t\", token: \"env:NONE\", scopes: [\"read\"] }] }"
    )
    #expect(places(text) == ["3:30 api.tokens[0].token"])
  }

  @Test(arguments: [
    ("env:SHORT", "fewer than 16"), ("env:BLANK_TOKEN", "blank"), ("env:EMPTY", "empty"),
    ("literal:ünïcödé-and-long-enough", "ASCII"), ("plain", "begins with env:"),
  ])
  func `a token must be hard to guess`(_ reference: String, _ message: String) {
    let text = withTop(
      "api: { tokens: [{ name: \"t\", scopes: [\"read\"],\ntoken: \"\(reference)\" }] }"
    )
    #expect(places(text) == ["3:8 api.tokens[0].token"])
    #expect(load(text).problems.first?.message.contains(message) == true)
  }

  @Test func `tokens are told apart by name and by value`() {
    let text = withTop(
      """
      api: { tokens: [
        { name: "a", token: "env:TOKEN", scopes: ["read"] },
        { name: "a", token: "env:TOKEN2", scopes: ["read"] },
        { name: "b", token: "literal:\(World.token)", scopes: ["read"] },
      ] }
      """
    )
    #expect(places(text) == ["4:11 api.tokens[1].name", "5:23 api.tokens[2].token"])
    #expect(!"\(load(text).problems)".contains(World.token))
  }

  @Test(arguments: [
    ("pull", "pull:NAME"), ("pull:", "pull:NAME"), ("pull:a/b", "pull:NAME"),
    ("reed", "\"read\""), ("admin", "\"operate\""), ("Read", "\"read\""), ("", "\"read\""),
  ])
  func `unknown scopes are refused`(_ scope: String, _ advice: String) {
    let text = withTop(
      "api: { tokens: [{ name: \"t\", token: \"env:TOKEN\",\nscopes: [\"read\", \"\(scope)\"] }] }"
    )
    #expect(places(text) == ["3:18 api.tokens[0].scopes[1]"])
    #expect(load(text).problems.first?.suggestion.contains(advice) == true)
  }

  @Test func `one path has one source`() {
    let text = """
      { sources: {
        a: { path: "/x", aliases: ["/y", "/y"],
             verify: { profile: "github", secrets: ["env:TEXT"] } },
        b: { path: "/y", aliases: ["/x", "/X"],
             verify: { profile: "github", secrets: ["env:TEXT"] } },
      } }
      """
    #expect(
      places(text) == [
        "2:36 sources.a.aliases[1]", "4:14 sources.b.path", "4:30 sources.b.aliases[0]",
      ]
    )
    #expect(load(text).problems.first?.message.contains("line 2, column 30") == true)
  }

  @Test(arguments: [
    ("body_bytes: \"16MiB\"", "64MiB", "3:34 ingress.limits.body_bytes"),
    ("body_bytes: \"4MiB\"", "16MiB", "3:34 ingress.limits.body_bytes"),
    ("connections: 1", "32MiB", "2:27 journal.segment_bytes"),
    ("connections: 1", "64KiB", "2:27 journal.segment_bytes"),
    ("body_bytes: 1", "64KiB", "3:34 ingress.limits.body_bytes"),
  ])
  func `a body must fit a record`(_ limit: String, _ segment: String, _ place: String) {
    let text = withTop(
      "journal: { segment_bytes: \"\(segment)\" },\ningress: { limits: { \(limit) } }"
    )
    #expect(places(text) == [place])
  }

  @Test(arguments: [("15MiB", "64MiB"), ("3MiB", "16MiB"), ("7KiB", "160KiB")])
  func `a body that fits is accepted`(_ body: String, _ segment: String) {
    let limits = "body_bytes: \"\(body)\", header_bytes: \"8KiB\""
    let text = withTop(
      "journal: { segment_bytes: \"\(segment)\" }, ingress: { limits: { \(limits) } }"
    )
    #expect(places(text).isEmpty)
  }

  @Test func `what is advised for a body that does not fit is accepted`() {
    for (limit, segment) in [("3KiB", "8MiB"), ("15MiB", "64MiB"), ("10MiB", "40MiB")] {
      let text = withTop(
        "journal: { segment_bytes: \"\(segment)\" }, "
          + "ingress: { limits: { body_bytes: \"\(limit)\" } }"
      )
      for problem in load(text).problems {
        let advised = problem.suggestion.split(separator: "\"").filter { $0.hasSuffix("iB") }
        #expect(!advised.isEmpty)
      }
    }
    let text = withTop("journal: { segment_bytes: \"40MiB\" }")
    #expect(
      load(text).problems.first?.suggestion
        == "write ingress.limits.body_bytes: \"9MiB\" or less, "
        + "or journal.segment_bytes: \"41MiB\" or more"
    )
    #expect(places(withTop("journal: { segment_bytes: \"41MiB\" }")).isEmpty)
    let smaller =
      "journal: { segment_bytes: \"40MiB\" }, ingress: { limits: { body_bytes: \"9MiB\" } }"
    #expect(places(withTop(smaller)).isEmpty)
  }

  @Test func `the file has a bound`() {
    let loaded = load(String(repeating: " ", count: ConfigurationLoader.fileBytesMax + 1))
    #expect(loaded.problems.map(\.message) == ["the file is larger than 1MiB"])
    let padded = withTop("") + String(repeating: " ", count: ConfigurationLoader.fileBytesMax / 2)
    #expect(load(padded).problems.isEmpty)
  }

  @Test func `so many problems that nobody reads them are counted`() {
    let many = (0..<600).map { "k\($0): 1" }.joined(separator: ",\n")
    let problems = load(withTop(many)).problems
    #expect(problems.count == 501)
    #expect(problems.last?.message == "there are 100 more problems from here on")
  }

  @Test func `a file that is not UTF-8 is reported at its place, and read on`() {
    var text = Array(withTop("data: \"x").utf8)
    text += [0xFF] + Array("\", zzz: 1 }".utf8)
    let loaded = ConfigurationLoader.load(text, file: "c", environment: World.environment)
    #expect(loaded.problems.map { "\($0.line):\($0.column)" }.prefix(2) == ["2:11", "2:15"])
    #expect(loaded.problems.first?.message == "this is not UTF-8")
  }

  @Test func `keys of hostile files cannot write to the terminal`() {
    let problems = load(withTop("\"\\u001b[2J\(String(repeating: "a", count: 500))\": 1")).problems
    #expect(problems.count == 1)
    #expect(!"\(problems)".unicodeScalars.contains("\u{1B}"))
    #expect(problems.allSatisfy { $0.description.utf8.count < 300 })
  }
}
