import RelayConfiguration
import Testing
import WebhookReceiver

/// `ingress.trusted_proxies`, `proxy_protocol` and `forwarded_header`.
@Suite struct ProxySettingTests {
  private static func withIngress(_ members: String) -> String {
    withTop("ingress: { \(members) }")
  }

  @Test func `without the keys every peer is the client`() throws {
    let proxies = try #require(load(withTop("")).configuration).ingress.proxies
    #expect(proxies.isOff && proxies.header == .xForwardedFor)
  }

  @Test func `what is written is what is in force, and what is shown`() throws {
    let text = Self.withIngress(
      "listen: [\"0.0.0.0:80\", \"unix:/run/in.sock\"], proxy_protocol: true, "
        + "trusted_proxies: [\"10.0.0.0/8\", \"::1\", \"unix\"], forwarded_header: \"forwarded\""
    )
    let loaded = load(text)
    #expect(loaded.problems.isEmpty && loaded.warnings.isEmpty, "\(loaded)")
    let configuration = try #require(loaded.configuration)
    let proxies = configuration.ingress.proxies
    #expect(proxies.wantsHeader && proxies.trustsUnix && proxies.header == .forwarded)
    #expect(proxies.blocks.map(\.description) == ["10.0.0.0/8", "::1/128"])
    let shown = String(decoding: configuration.show(), as: UTF8.self)
    #expect(
      shown.contains(
        "\"proxy_protocol\":true,\"trusted_proxies\":[\"10.0.0.0/8\",\"::1/128\",\"unix\"],"
          + "\"forwarded_header\":\"forwarded\""
      )
    )
  }

  @Test func `failure 56: each of the keys makes another configuration`() throws {
    let plain = try #require(load(withTop("")).configuration).fingerprint
    let changes = [
      "trusted_proxies: [\"10.0.0.0/8\"]", "trusted_proxies: [\"unix\"]",
      "trusted_proxies: [\"10.0.0.0/8\"], forwarded_header: \"forwarded\"",
      "trusted_proxies: [\"10.0.0.0/8\"], proxy_protocol: true",
    ]
    let prints = changes.compactMap { load(Self.withIngress($0)).configuration?.fingerprint }
    #expect(Set(prints + [plain]).count == changes.count + 1)
  }

  static let mistakes: [ProblemTests.Case] = [
    (
      withIngress("trusted_proxies: [\"10.0.0.1/8\"]"), "2:30 ingress.trusted_proxies[0]",
      "bits behind", "10.0.0.0/8"
    ),
    (
      withIngress("trusted_proxies: [\"10.0.0.0/33\"]"), "2:30 ingress.trusted_proxies[0]",
      "0 to 32", "leading bits"
    ),
    (
      withIngress("trusted_proxies: [\"::1\", \"proxy.local\"]"),
      "2:37 ingress.trusted_proxies[1]", "not an address block", "or \"unix\""
    ),
    (
      withIngress("trusted_proxies: [\"unix:/run/a.sock\"]"), "2:30 ingress.trusted_proxies[0]",
      "not a proxy", "\"unix\""
    ),
    (
      withIngress("trusted_proxies: \"10.0.0.0/8\""), "2:29 ingress.trusted_proxies",
      "must be a list", "[\"10.0.0.0/8\"]"
    ),
    (
      withIngress("proxy_protocol: \"v2\""), "2:28 ingress.proxy_protocol", "true or false",
      "without quotes"
    ),
    (
      withIngress("forwarded_header: \"x-real-ip\""), "2:30 ingress.forwarded_header",
      "not a word", "\"x-forwarded-for\", \"forwarded\""
    ),
    (
      withIngress("proxy_protocol: true"), "2:28 ingress.proxy_protocol",
      "nobody is trusted to send a PROXY header to 127.0.0.1:8080", "ingress.trusted_proxies"
    ),
    (
      withIngress("listen: [\"unix:/a\", \"[::]:80\"], proxy_protocol: true"),
      "2:60 ingress.proxy_protocol",
      "nobody is trusted to send a PROXY header to [::]:80", "unix sockets alone"
    ),
    // One mistake is one problem.
    (
      withIngress("proxy_protocol: true, trusted_proxies: [\"10/8\"]"),
      "2:52 ingress.trusted_proxies[0]", "not an address block", "192.0.2.0/24"
    ),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named at its place`(_ mistake: ProblemTests.Case) {
    ProblemTests.expect(mistake.0, mistake.1, mistake.2, mistake.3)
  }

  @Test func `on unix sockets alone a PROXY header needs no list`() {
    let loaded = load(Self.withIngress("listen: [\"unix:/run/in.sock\"], proxy_protocol: true"))
    #expect(loaded.problems.isEmpty && loaded.warnings.isEmpty, "\(loaded)")
  }

  @Test(arguments: [
    ("trusted_proxies: [\"0.0.0.0/0\"]", "ingress.trusted_proxies[0]", "holds strangers"),
    ("trusted_proxies: [\"::1\", \"::/0\"]", "ingress.trusted_proxies[1]", "holds strangers"),
    ("trusted_proxies: [\"128.0.0.0/7\"]", "ingress.trusted_proxies[0]", "holds strangers"),
    ("trusted_proxies: [\"8000::/6\"]", "ingress.trusted_proxies[0]", "holds strangers"),
    ("trusted_proxies: [\"unix\"]", "ingress.trusted_proxies[0]", "no unix socket"),
    ("forwarded_header: \"forwarded\"", "ingress.forwarded_header", "ignored"),
  ])
  func `what works and is probably not meant is warned of`(
    _ members: String,
    _ path: String,
    _ message: String
  ) throws {
    let loaded = load(Self.withIngress(members))
    #expect(loaded.configuration != nil && loaded.problems.isEmpty)
    #expect(loaded.warnings.map(\.path) == [path])
    #expect(try #require(loaded.warnings.first).message.contains(message))
  }

  @Test(arguments: ["10.0.0.0/8", "fc00::/7", "127.0.0.1", "172.16.0.0/12"])
  func `a network of one owner is not`(block: String) {
    #expect(load(Self.withIngress("trusted_proxies: [\"\(block)\"]")).warnings.isEmpty)
  }
}
