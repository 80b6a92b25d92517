import RelayCommands
import Testing
import WebhookReceiver

@Suite struct ConfigurationCommandTests {
  private static let good = """
    {
      api: {
        listen: ["127.0.0.1:8081"],
        tokens: [{ name: "b", token: "literal:hush-hush-token-hush-hush-token", scopes: ["read"] }],
      },
      sources: {
        github: {
          path: "/in/github",
          verify: { profile: "github", secrets: ["env:SECRET", "literal:hush-hush-literal"] },
        },
      },
    }
    """
  private static let bad = """
    {
      ingress: { limits: { body_bytes: "10MB" } },
      sources: {
        a: { path: "in/a", verify: { profile: "githb", secrets: ["env:NOPE"] } },
        b: { path: "/in/b", verify: { profile: "stripe", secrets: ["env:SECRET"] }, alow: [] },
      },
    }
    """

  private func world(_ files: [String: String] = [:]) -> TestWorld {
    TestWorld(
      files: files.mapValues { Array($0.utf8) },
      variables: ["SECRET": "hush-hush-variable"]
    )
  }

  @Test func `a good file is good`() {
    let (text, json) = (world(["c": Self.good]), world(["c": Self.good]))
    #expect(text.run(["check", "--config", "c"]) == .success)
    #expect(
      text.output == """
        github: it does not deliver twice, and nothing is polled: what the provider gives up \
        delivering is lost. Loss horizon: none: at once
        c: good, with github

        """
    )
    #expect(json.run(["check", "--config", "c", "--json"]) == .success)
    let head = #"{"valid":true,"file":"c","problems":[],"warnings":[],"sources":["#
    #expect(json.output.hasPrefix(head + #"{"name":"github","guarantee":"it does not deliver"#))
    #expect(json.output.hasSuffix(#","loss_horizon":"0ms"}]}"# + "\n"))
  }

  @Test func `five mistakes are five problems, each with its place and what to write`() {
    let (text, json) = (world(["c": Self.bad]), world(["c": Self.bad]))
    #expect(text.run(["check", "--config", "c"]) == .refused)
    let lines = text.output.split(separator: "\n")
    #expect(lines.count == 6)
    for line in lines.dropLast() { #expect(line.contains(#/^c:[0-9]+:[0-9]+: error: .+; .+$/#)) }
    #expect(lines.last == "c: 5 problems")
    #expect(text.error == "")
    #expect(json.run(["check", "--config", "c", "--json"]) == .refused)
    #expect(json.output.hasPrefix(#"{"valid":false,"file":"c","problems":[{"file":"c","line":2,"#))
  }

  @Test func `a warning is printed in the form of a problem, and the file is good`() {
    let file = """
      { sources: { github: { path: "/g", verify: { profile: "github",
      secrets: ["file:s", "literal:hush"] } } } }
      """
    let worlds = (0..<2).map { _ in
      TestWorld(
        files: ["c": Array(file.utf8), "s": Array("hush-hush-file".utf8)],
        permissions: ["s": 0o644]
      )
    }
    #expect(worlds[0].run(["check", "--config", "c"]) == .success)
    #expect(
      worlds[0].output == """
        c:2:11: warning: sources.github.verify.secrets[0]: "s" has the mode 0644: its group or \
        others may use it; chmod 0400 "s"
        c:2:21: warning: sources.github.verify.secrets[1]: the secret has fewer than 8 bytes and \
        can be guessed; copy all of it from GitHub, or make one with: openssl rand -hex 32
        github: it does not deliver twice, and nothing is polled: what the provider gives up \
        delivering is lost. Loss horizon: none: at once
        c: good, with github, 2 warnings

        """
    )
    #expect(worlds[1].run(["check", "--config", "c", "--json"]) == .success)
    let json = worlds[1].output
    #expect(
      json.hasPrefix(
        #"{"valid":true,"file":"c","problems":[],"warnings":[{"file":"c","line":2,"column":11,"#
      )
    )
    #expect(!(worlds[0].output + json).contains("hush"))
  }

  @Test func `the help says what is looked at, and what is not`() {
    let world = world()
    #expect(world.run(["check", "--help"]) == .success)
    #expect(world.output.contains("every secret and profile that it names"))
    #expect(world.output.contains("Does not look at what only a start can tell"))
    #expect(!world.output.contains("would start"))
  }

  @Test func `the default file is taken when it is there, else the built-in configuration`() {
    let (there, absent) = (world(["webhook-sidecar.json5": Self.bad]), world())
    #expect(there.run(["check"]) == .refused)
    #expect(absent.run(["check"]) == .success)
    #expect(absent.output.hasSuffix("the built-in configuration: good, with demo\n"))
    #expect(absent.output.hasPrefix("demo: the provider goes on delivering for 4d; nothing is"))
  }

  @Test(arguments: ["check", "show"])
  func `a file that is named and not there is no configuration`(command: String) {
    let world = world()
    let words = command == "show" ? ["config", "show"] : ["check"]
    #expect(world.run(words + ["--config", "c"]) == .refused)
    #expect(world.output == "")
    #expect(world.error.contains("there is no configuration c"))
  }

  @Test func `failure 61: what config show prints holds no secret`() {
    let world = world(["c": Self.good])
    #expect(world.run(["config", "show", "--config", "c"]) == .success)
    #expect(world.output.contains("env:SECRET"))
    #expect(world.output.contains("[redacted]"))
    #expect(!(world.output + world.error).contains("hush"))
  }

  @Test func `an invalid file shows its problems instead of a configuration`() {
    let world = world(["c": Self.bad])
    #expect(world.run(["config", "show", "--config", "c"]) == .refused)
    #expect(world.output == "")
    #expect(world.error.contains("c:2:"))
  }

  @Test func `the schema is one JSON document`() throws {
    let world = world()
    #expect(world.run(["config", "schema"]) == .success)
    let schema = try JSONValue.parse(world.outputBytes)
    #expect(schema["$schema"]?.string == "https://json-schema.org/draft/2020-12/schema")
  }
}
