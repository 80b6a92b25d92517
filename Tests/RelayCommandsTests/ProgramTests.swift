import RelayCommands
import Synchronization
import Testing
import WebhookReceiver

@Suite struct ProgramTests {
  @Test(arguments: CommandTable.commands.map(\.path))
  func `every command has its help on standard output`(path: [String]) {
    let world = TestWorld()
    #expect(world.run(path + ["--help"]) == .success)
    #expect(world.output.contains("Usage: webhook-sidecar \(path.joined(separator: " "))"))
    #expect(world.error == "")
  }

  @Test(arguments: [
    [], ["nothing"], ["run", "--nothing"], ["journal"],
  ])
  func `wrong usage goes to standard error with the help to read`(words: [String]) {
    let world = TestWorld()
    #expect(world.run(words) == .usage)
    #expect(world.output == "")
    #expect(world.error.contains("see webhook-sidecar "))
    #expect(world.error.contains("--help\n"))
  }

  @Test func `the version is printed in both forms`() {
    let (text, json) = (TestWorld(), TestWorld())
    #expect(text.run(["version"]) == .success)
    #expect(json.run(["version", "--json"]) == .success)
    #expect(text.output.contains(#/^webhook-sidecar [0-9]+\.[0-9]+\.[0-9]+\n$/#))
    #expect(json.output.contains(#/^{"version":"[0-9]+\.[0-9]+\.[0-9]+"}\n$/#))
  }

  @Test func `profiles lists the catalogue, and prints one as data`() {
    let list = TestWorld()
    #expect(list.run(["profiles"]) == .success)
    for profile in Profile.catalogue { #expect(list.output.contains(profile.id)) }
    let one = TestWorld()
    #expect(one.run(["profiles", "github", "--json"]) == .success)
    #expect(one.output.hasPrefix("{"))
    #expect(one.output.contains(#""github""#))
    let unknown = TestWorld()
    #expect(unknown.run(["profiles", "strpe"]) == .usage)
    #expect(unknown.error.contains("did you mean stripe?"))
    let several = TestWorld()
    #expect(several.run(["profiles", "twilio"]) == .usage)
    #expect(several.error.contains("there are twilio-form, twilio-json"))
  }

  @Test(arguments: [
    ("github", ["github", "github-organization"], "3d"), ("stripe", ["stripe"], "30d"),
    ("gitlab-token", ["gitlab"], "7d"), ("paypal", ["paypal"], "3d"), ("slack", [], ""),
  ])
  func `a profile comes with the presets that fetch its events`(
    _ name: String,
    _ presets: [String],
    _ horizon: String
  ) throws {
    let world = TestWorld()
    #expect(world.run(["profiles", name, "--json"]) == .success)
    let polling = try JSONValue.parse(Array(world.output.utf8))["polling"]?.array ?? []
    #expect(polling.map { $0["preset"]?.string } == presets)
    for preset in polling {
      #expect(preset["guarantee"]?.string?.hasPrefix("polling finds every event") == true)
      #expect(preset["loss_horizon"]?.string == horizon)
      #expect(preset["poll"]?["request"]?["url"]?.string?.hasPrefix("https://") == true)
    }
  }

  @Test func `a preset of no profile has a name of its own`() throws {
    let world = TestWorld()
    #expect(world.run(["profiles", "auth0"]) == .success)
    let preset = try JSONValue.parse(Array(world.output.utf8))
    #expect(preset["preset"]?.string == "auth0" && preset["loss_horizon"]?.isNull == true)
  }

  @Test func `a profile in a file is checked before it is printed`() {
    let start = #"{"id": "acme", "signature": {"in": ["header:S"], "encoding": "hex"}, "message": "#
    for (message, mistake) in [
      (#"["{body}"]}"#, nil), (#"["{timestamp}", "{body}"]}"#, "says nowhere where"),
      (#"["x"]}"#, "holds no part of the body"), (#"["{body}"]"#, "not JSON"),
    ] {
      let world = TestWorld(files: ["./acme.json": Array((start + message).utf8)])
      #expect(world.run(["profiles", "./acme.json"]) == (mistake == nil ? .success : .usage))
      if let mistake { #expect(world.error.contains(mistake)) }
    }
  }

  @Test func `a closed pipe is no failure, and nothing more is written to it`() {
    let world = TestWorld()
    world.state.withLock { $0.outputOutcome = .closed }
    #expect(world.run(["--help"]) == .success)
    #expect(world.error == "")
    #expect(world.state.withLock { $0.writes } == 1)
  }

  @Test func `a full disk under standard output is exit 74`() {
    let world = TestWorld()
    world.state.withLock { $0.outputOutcome = .failed(reason: "No space left on device") }
    #expect(world.run(["version"]) == .disk)
    #expect(world.error.contains("No space left on device"))
  }
}
