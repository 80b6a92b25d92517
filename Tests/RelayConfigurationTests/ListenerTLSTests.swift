import RelayConfiguration
import Testing

@Suite struct ListenerTLSTests {
  private static let pair = "certificate: \"/ca.pem\", private_key: \"/key.pem\""

  /// What is said of files that can be read.
  private func load(
    _ text: String,
    finding: ListenerTLSFinding? = nil
  ) -> ConfigurationLoader.Loaded {
    let world = World.environment
    let environment = Environment(
      variable: world.variable,
      readFile: world.readFile,
      permissions: world.permissions,
      absolutePath: world.absolutePath,
      examineTLS: { _ in finding.map { [$0] } ?? [] }
    )
    return ConfigurationLoader.load(Array(text.utf8), file: "c.json5", environment: environment)
  }

  private func ingress(_ tls: String) -> String { withTop("ingress: { tls: \(tls) }") }

  @Test func `both listeners take a certificate and its key`() throws {
    let loaded = load(withTop("ingress: { tls: { \(Self.pair) } }, api: { tls: { \(Self.pair) } }"))
    #expect(loaded.problems.isEmpty)
    let configuration = try #require(loaded.configuration)
    let tls = ListenerTLS(
      identities: [.init(certificate: "/ca.pem", privateKey: "/key.pem")],
      clientAuthorities: nil
    )
    #expect(configuration.ingress.tls == tls)
    #expect(configuration.api.tls == tls)
    #expect(
      loaded.warnings.map(\.path) == ["ingress.tls.private_key", "api.tls.private_key"],
      "others may read the key"
    )
    #expect(try #require(load(withTop("")).configuration).ingress.tls == nil)
  }

  @Test func `the list goes on behind the first, or stands alone`() throws {
    let more = "certificates: [{ certificate: \"/secret\", private_key: \"/key.pem\" }]"
    let both = try #require(load(ingress("{ \(Self.pair), \(more) }")).configuration)
    #expect(both.ingress.tls?.identities.map(\.certificate) == ["/ca.pem", "/secret"])
    let alone = try #require(load(ingress("{ \(more) }")).configuration)
    #expect(alone.ingress.tls?.identities.map(\.certificate) == ["/secret"])
  }

  @Test func `show is a configuration, and the same one`() throws {
    let more = "certificates: [{ certificate: \"/secret\", private_key: \"/key.pem\" }]"
    for tls in [
      Self.pair, "\(Self.pair), client_ca: \"/ca.pem\"", "\(Self.pair), \(more)", more,
    ] {
      let first = try #require(load(ingress("{ \(tls) }")).configuration)
      let again = try #require(load(String(decoding: first.show(), as: UTF8.self)).configuration)
      #expect(again.ingress.tls == first.ingress.tls)
      #expect(again.fingerprint == first.fingerprint)
    }
  }

  static let mistakes: [(tls: String, path: String, words: String)] = [
    ("{}", "tls", "no certificate to serve with"),
    ("{ client_ca: \"/ca.pem\" }", "tls", "no certificate to serve with"),
    ("{ certificates: [] }", "tls", "no certificate to serve with"),
    ("false", "tls", "must be an object"),
    ("{ certificate: \"/ca.pem\" }", "tls.certificate", "without its private_key"),
    ("{ private_key: \"/key.pem\" }", "tls.private_key", "without its certificate"),
    ("{ certificate: \"/none\", private_key: \"/key.pem\" }", "tls.certificate", "no such file"),
    ("{ certificate: \"/ca.pem\", private_key: \"/none\" }", "tls.private_key", "no such file"),
    ("{ \(pair), client_ca: \"/none\" }", "tls.client_ca", "no such file"),
    (
      "{ \(pair), certificates: [{ certificate: \"/ca.pem\" }] }",
      "tls.certificates[0].private_key", "missing"
    ),
    (
      "{ certificates: [{ certificate: \"/ca.pem\", private_key: \"/none\" }] }",
      "tls.certificates[0].private_key", "no such file"
    ),
    ("{ \(pair), ca: \"/ca.pem\" }", "tls.ca", "no such key"),
  ]

  @Test(arguments: mistakes)
  func `one mistake is one problem`(tls: String, path: String, words: String) {
    let loaded = load(ingress(tls))
    #expect(loaded.problems.map(\.path) == ["ingress.\(path)"])
    #expect(loaded.problems.first?.message.contains(words) == true, "\(loaded.problems)")
    #expect(loaded.problems.first?.suggestion.isEmpty == false)
    #expect(loaded.configuration == nil)
  }

  @Test(arguments: [
    (ListenerTLSFinding.Part.certificate(0), "ingress.tls.certificate"),
    (.privateKey(0), "ingress.tls.private_key"),
    (.certificate(1), "ingress.tls.certificates[0].certificate"),
    (.privateKey(1), "ingress.tls.certificates[0].private_key"),
    (.clientAuthorities, "ingress.tls.client_ca"),
  ])
  func `what is found in a file is said where it is named`(
    part: ListenerTLSFinding.Part,
    path: String
  ) {
    let text = ingress(
      "{ \(Self.pair), client_ca: \"/secret\", certificates: [{ certificate: \"/mine\", "
        + "private_key: \"/secret\" }] }"
    )
    let error = ListenerTLSFinding(part, isError: true, "it is odd", "mend it")
    let refused = load(text, finding: error)
    #expect(refused.problems.map(\.path) == [path])
    #expect(refused.problems.first?.message.hasSuffix("\": it is odd") == true)
    #expect(refused.problems.first?.suggestion == "mend it")
    let warning = ListenerTLSFinding(part, isError: false, "it is odd", "mend it")
    let loaded = load(text, finding: warning)
    #expect(loaded.configuration != nil)
    #expect(loaded.warnings.contains { $0.path == path && $0.message.hasSuffix("it is odd") })
  }

  @Test func `names of clients need a listener that asks for certificates`() throws {
    func text(_ ingress: String) -> String {
      """
      { ingress: { \(ingress) }, sources: { a: { path: "/a", verify: { profile: "github",
      secrets: ["env:TEXT"], client_names: ["Hooks.example.com"] } } } }
      """
    }
    let asked = try #require(
      load(text("tls: { \(Self.pair), client_ca: \"/ca.pem\" }")).configuration
    )
    #expect(asked.sources[0].clientNames == ["Hooks.example.com"])
    for ingress in ["", "tls: { \(Self.pair) }"] {
      let problems = load(text(ingress)).problems
      #expect(problems.map(\.path) == ["sources.a.verify.client_names"])
      #expect(problems.first?.suggestion.contains("client_ca") == true)
    }
    // A client_ca that is refused is one problem, not two.
    let refused = load(text("tls: { \(Self.pair), client_ca: \"/none\" }")).problems
    #expect(refused.map(\.path) == ["ingress.tls.client_ca"])
  }
}
