import RelayConfiguration
import Testing

/// What works and is probably not meant: said, and nothing is refused for it.
@Suite struct WarningTests {
  private static func secrets(_ profile: String, _ references: String...) -> String {
    let list = references.map { "\"\($0)\"" }.joined(separator: ",\n")
    return withVerify("profile: \"\(profile)\", secrets: [\n\(list)]")
  }

  @Test(arguments: [
    ("/open", "0644"), ("/group", "0640"), ("/written", "0602"), ("relative", "0777"),
  ])
  func `a secret in a file that others may use is warned of`(_ file: String, _ mode: String) throws
  {
    let loaded = load(Self.secrets("github", "env:TEXT", "file:\(file)"))
    #expect(loaded.problems.isEmpty)
    #expect(loaded.configuration != nil)
    let warning = try #require(loaded.warnings.first)
    #expect(loaded.warnings.count == 1)
    let path = file.hasPrefix("/") ? file : "/home/\(file)"
    #expect(
      "\(warning)" == "c.json5:4:1: warning: sources.a.verify.secrets[1]: \"\(path)\" has the mode "
        + "\(mode): its group or others may use it; chmod 0400 \"\(path)\""
    )
  }

  @Test(arguments: ["/secret", "/mine", "/unknown-mode"])
  func `a file of its owner alone, or of no known mode, is not`(_ file: String) {
    #expect(load(Self.secrets("github", "file:\(file)")).warnings.isEmpty)
  }

  @Test func `every secret that a file can hold is looked at`() {
    let text = """
      { api: { tokens: [{ name: "a", token: "file:/open-token", scopes: ["read"] }] },
        sources: { a: { path: "/a", handshake: { verify_token: "file:/open" },
          verify: { profile: "meta", secrets: ["file:/group"] } } } }
      """
    let loaded = load(text)
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    #expect(
      loaded.warnings.map(\.path) == [
        "api.tokens[0].token", "sources.a.handshake.verify_token", "sources.a.verify.secrets[0]",
      ]
    )
  }

  @Test(arguments: [
    ("github", "hunter2"), ("gitlab-token", "1234567"), ("stripe", "zq"), ("github", "ünïc"),
    // Seven bytes of key, whatever their form.
    ("standard-webhooks", "whsec_AQIDBAUGBw=="), ("svix", "AQIDBAUGBw"),
  ])
  func `a short secret is warned of and never shown`(_ profile: String, _ secret: String) throws {
    let loaded = load(Self.secrets(profile, "literal:\(secret)"))
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    #expect(loaded.warnings.map(\.path) == ["sources.a.verify.secrets[0]"])
    let warning = try #require(loaded.warnings.first)
    #expect(warning.severity == .warning)
    #expect(warning.message == "the secret has fewer than 8 bytes and can be guessed")
    #expect(!"\(warning)".contains(secret))
  }

  @Test(arguments: [
    ("github", "hunter22"), ("gitlab-token", "12345678"), ("github", "ünïcö"),
    ("standard-webhooks", "whsec_AQIDBAUGBwg="), ("svix", "AQIDBAUGBwg"),
  ])
  func `a secret of eight bytes is not`(_ profile: String, _ secret: String) {
    let loaded = load(Self.secrets(profile, "literal:\(secret)"))
    #expect(loaded.problems.isEmpty, "\(loaded.problems)")
    #expect(loaded.warnings.isEmpty)
  }

  @Test func `warnings stand beside problems, and are none`() {
    let loaded = load(Self.secrets("github", "literal:hunter2", "env:NONE", "file:/open"))
    #expect(loaded.configuration == nil)
    #expect(loaded.problems.map(\.path) == ["sources.a.verify.secrets[1]"])
    #expect(loaded.problems.map(\.severity) == [.error])
    #expect(
      loaded.warnings.map(\.path) == ["sources.a.verify.secrets[0]", "sources.a.verify.secrets[2]"]
    )
  }
}
