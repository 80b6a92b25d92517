import RelayConfiguration
import Testing

/// `systemd:NAME` in `listen`, and `ingress.reuse_port`.
@Suite struct ListenSettingTests {
  private static let tokens = "tokens: [{ name: \"a\", token: \"env:TOKEN\", scopes: [\"read\"] }]"

  private static func listening(
    _ ingress: String,
    _ api: String = "",
    sharing: String = "false"
  ) -> String {
    withTop("ingress: { listen: [\(ingress)], reuse_port: \(sharing) }, api: { \(api) }")
  }

  @Test func `what is written is what is in force, and what is shown`() throws {
    let text = Self.listening(
      "\"systemd:web\", \"0.0.0.0:80\"",
      "listen: [\"systemd:webhook-sidecar.socket\"], \(Self.tokens)",
      sharing: "true"
    )
    let loaded = load(text)
    #expect(loaded.problems.isEmpty && loaded.warnings.isEmpty, "\(loaded)")
    let configuration = try #require(loaded.configuration)
    #expect(configuration.ingress.listen == ["systemd:web", "0.0.0.0:80"])
    #expect(configuration.ingress.sharesPorts)
    #expect(configuration.api.listen.map(PassedName.of) == ["webhook-sidecar.socket"])
    let shown = String(decoding: configuration.show(), as: UTF8.self)
    #expect(
      shown.contains("\"listen\":[\"systemd:web\",\"0.0.0.0:80\"],\"reuse_port\":true")
    )
  }

  @Test func `without the key no port is shared`() throws {
    #expect(try #require(load(withTop("")).configuration).ingress.sharesPorts == false)
  }

  @Test func `a number is a name as well, and a port needs an address`() throws {
    let configuration = try #require(load(Self.listening("\"systemd:80\"")).configuration)
    #expect(configuration.ingress.listen.map(PassedName.of) == ["80"])
    #expect(PassedName.of("127.0.0.1:80") == nil && PassedName.of("unix:/systemd:a") == nil)
  }

  @Test func `a socket that is passed may be one of a proxy over unix`() {
    let text = withTop("ingress: { listen: [\"systemd:web\"], trusted_proxies: [\"unix\"] }")
    #expect(load(text).problems.isEmpty && load(text).warnings.isEmpty)
    let header = withTop("ingress: { listen: [\"systemd:web\"], proxy_protocol: true }")
    #expect(load(header).problems.isEmpty)
  }

  static let mistakes: [ProblemTests.Case] = [
    (listening("\"systemd:\""), "2:21 ingress.listen[0]", "names no sockets", "FileDescriptorName"),
    (listening("\"systemd:a:b\""), "2:21 ingress.listen[0]", "names no sockets", "without a colon"),
    (
      listening("\"systemd:\(String(repeating: "a", count: 256))\""), "2:21 ingress.listen[0]",
      "names no sockets", "1 to 255"
    ),
    (
      listening("\"systemd:web\", \"systemd:web\""), "2:36 ingress.listen[1]",
      "overlaps ingress.listen[0]", "another"
    ),
    (
      listening("\"systemd:web\"", "listen: [\"systemd:api\"]"), "2:74 api.listen[0]",
      "without tokens", "api.tokens"
    ),
    (
      listening("\"unix:/run/in.sock\", \"systemd:web\"", sharing: "true"),
      "2:70 ingress.reuse_port", "no port that could be shared", "remove it"
    ),
    (withTop("api: { reuse_port: true }"), "2:8 api.reuse_port", "", ""),
  ]

  @Test(arguments: mistakes)
  func `a mistake is named at its place`(_ mistake: ProblemTests.Case) {
    ProblemTests.expect(mistake.0, mistake.1, mistake.2, mistake.3)
  }
}
