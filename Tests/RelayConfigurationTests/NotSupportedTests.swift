import RelayConfiguration
import Testing

@Suite struct NotSupportedTests {
  static let keys: [(String, String)] = [
    (withSource("registration: {}"), "2:1 sources.a.registration")
  ]

  @Test(arguments: keys)
  func `a key that is not built says so`(_ text: String, _ place: String) {
    #expect(places(text) == [place])
    #expect(load(text).problems.first?.message == "not supported yet")
    #expect(load(text).configuration == nil)
  }

  @Test func `R18: redelivery is refused, and reading from the list is what there is`() {
    let problems = load(pollText("recover: \"redeliver\"")).problems
    #expect(problems.map(\.path) == ["sources.a.poll.recover"])
    #expect(problems.first?.message == "\"redeliver\" is not supported yet")
    #expect(problems.first?.suggestion == "write \"pull\"")
    #expect(load(pollText("recover: \"pull\"")).problems.isEmpty)
  }

  static let asItIs: [(String, String)] = [
    (
      withVerify("profile: \"github\", secrets: [\"env:TEXT\"], on_failure: \"reject\""),
      "what does not verify is rejected"
    )
  ]

  @Test(arguments: asItIs)
  func `what says how it is anyway is accepted`(_ text: String, _ meaning: String) {
    #expect(load(text).problems.isEmpty, "\(meaning)")
    #expect(load(text).configuration != nil)
  }

  @Test(arguments: [
    ("retention: { age: \"7d\" }", "did you mean journal.retention or sources.NAME.poll.r"),
    ("tls: {}", "did you mean ingress.tls or api.tls or destinations.NAME.tls?"),
    ("registration: {}", "did you mean sources.NAME.registration? It is not supported yet"),
    ("proxy_protocol: true", "did you mean ingress.proxy_protocol?"),
    ("segment_bytes: 1", "did you mean journal.segment_bytes?"),
    ("profile: \"github\"", "did you mean sources.NAME.verify.profile?"),
    ("scopes: []", "did you mean api.tokens[].scopes?"),
    (
      "url: \"\"",
      "did you mean sources.NAME.verify.url or sources.NAME.poll.request.url or "
        + "sources.NAME.poll.detail.url or elsewhere?"
    ),
    ("relay: {}", "known here: ingress, api, data"),
  ])
  func `a key at the wrong place is told where it belongs`(_ member: String, _ advice: String) {
    let problems = load(withTop(member)).problems
    #expect(problems.map(\.message) == ["there is no such key"])
    #expect(problems.first?.suggestion.hasPrefix(advice) == true, "\(problems)")
  }

  @Test func `the example of the contract names everything that is not built, and nothing else`() {
    let text = """
      {
        ingress: {
          listen: ["0.0.0.0:8080"],
          tls: { certificate: "/ca.pem", private_key: "/key.pem", client_ca: "/ca.pem" },
          proxy_protocol: false, trusted_proxies: ["10.0.0.0/8"],
          limits: { connections: 10000, header_bytes: "32KiB", body_bytes: "10MiB",
                    header_timeout: "10s", body_timeout: "30s", idle_timeout: "75s" },
        },
        api: {
          listen: ["127.0.0.1:8081"],
          tokens: [{ name: "billing", token: "env:TOKEN", scopes: ["pull:billing", "read"] }],
        },
        data: "/var/lib/webhook-sidecar",
        journal: { segment_bytes: "64MiB", reserve_bytes: "64MiB", on_damage: "continue",
                   recycle: true, retention: { age: "7d", bytes: "20GiB", undelivered: "keep" } },
        sources: {
          github: {
            path: "/in/github", aliases: [],
            verify: { profile: "github", secrets: ["env:TEXT"], tolerance: "5m",
                      url: "https://hooks.example.com/in/github",
                      on_failure: "reject" },
            allow: ["192.30.252.0/22"], deny: [],
            rate_limit: { requests_per_second: 200, burst: 400, bytes_per_second: "5MiB" },
            idempotency: { id: ["header:X-GitHub-Delivery"], window: "8d", replay_guard: "flag" },
            reply: { status: 200, content_type: "text/plain", body: "ok" },
            destinations: ["app"],
            poll: { preset: "github", auth: { bearer: "env:TOKEN" },
                    parameters: { owner: "o", repo: "r", hook_id: "1" } },
            registration: { url: "x" },
          },
        },
        destinations: { app: { urls: ["http://127.0.0.1:3000/hooks"] } },
        log: { format: "json", level: "info" },
      }
      """
    let problems = load(text).problems
    #expect(problems.allSatisfy { $0.message == "not supported yet" })
    #expect(
      problems.map(\.path) == [
        "sources.github.registration"
      ]
    )
  }
}
