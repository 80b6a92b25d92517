import RelayCommands
import Testing
import WebhookReceiver

@Suite struct SignCommandTests {
  private static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let text = "a shared secret of some length"

  private func world() -> TestWorld {
    TestWorld(
      files: ["body": Array(#"{"id":"evt_1","type":"charge.succeeded"}"#.utf8)],
      variables: ["KEY": Self.key, "TEXT": Self.text]
    )
  }

  private static func reference(for profile: String) -> String {
    Profile.named(profile)?.key.encoding == .base64 ? "env:KEY" : "env:TEXT"
  }

  /// Those whose key is any text, or base64 behind `whsec_`; items are not in this body.
  static let signable = Profile.catalogue.filter { profile in
    profile.key.encoding == .text && profile.key.byteCount == nil && profile.key.kind == .symmetric
      || profile.key.strip == "whsec_"
  }.map(\.id).filter { !["microsoft-graph", "gitea-form"].contains($0) }

  /// Those whose signature is in the body or in the URL.
  static let whole = ["linear", "mailgun", "toss-deposit", "twilio-json"]

  @Test(arguments: signable.filter { !whole.contains($0) })
  func `what sign prints is what verify takes`(profile: String) {
    let signer = world()
    let reference = Self.reference(for: profile)
    let url = ["--url", "https://example.com/in"]
    let words = ["sign", "--profile", profile, "--secret", reference, "--body", "body"]
    #expect(signer.run(words + url) == .success)
    #expect(signer.error == "")
    let body = #"{"id":"evt_1","type":"charge.succeeded"}"#
    let request = "POST /in HTTP/1.1\n\(signer.output)\n\(body)"
    let verifier = TestWorld(
      files: ["r": Array(request.utf8)],
      variables: ["KEY": Self.key, "TEXT": Self.text]
    )
    let verify = ["verify", "--profile", profile, "--secret", reference, "--request", "r"] + url
    #expect(verifier.run(verify) == .success, "\(request)\n\(verifier.error)\(verifier.output)")
  }

  @Test(arguments: signable)
  func `the whole request that sign prints is what verify takes`(profile: String) {
    let signer = world()
    let reference = Self.reference(for: profile)
    let url = ["--url", "https://example.com/in"]
    let words = ["sign", "--whole", "--profile", profile, "--secret", reference, "--body", "body"]
    #expect(signer.run(words + url) == .success)
    let verifier = TestWorld(
      files: ["r": Array(signer.output.utf8)],
      variables: ["KEY": Self.key, "TEXT": Self.text]
    )
    let verify = ["verify", "--profile", profile, "--secret", reference, "--request", "r"] + url
    #expect(verifier.run(verify) == .success, "\(signer.output)\n\(verifier.output)")
  }

  @Test(arguments: whole)
  func `headers alone are refused where they would not verify`(profile: String) {
    let signer = world()
    let words = [
      "sign", "--profile", profile, "--secret", "env:TEXT", "--body", "body", "--url",
      "https://example.com/in",
    ]
    #expect(signer.run(words) == .usage)
    #expect(signer.error.contains("--whole") && signer.output == "")
  }

  @Test(arguments: ["contentful", "square", "hubspot-v3"])
  func `without the address that is signed nothing is`(profile: String) {
    let signer = world()
    let words = ["sign", "--profile", profile, "--secret", "env:TEXT", "--body", "body"]
    #expect(signer.run(words) == .usage)
    #expect(signer.error.contains("--url https://") && signer.output == "")
  }

  @Test(arguments: [("stripe", 2), ("github", 0), ("slack", 2), ("shopify", 0), ("mailgun", 1)])
  func `what an option cannot change is said`(profile: String, notes: Int) {
    let signer = world()
    let words = ["sign", "--whole", "--profile", profile, "--secret", "env:TEXT", "--body", "body"]
    #expect(signer.run(words + ["--id", "x", "--type", "y"]) == .success)
    #expect(signer.error.split(separator: "\n").count { $0.contains("is not used") } == notes)
  }

  /// Those that send no token: with a token the secret itself is the header.
  static let withoutTokens = signable.filter { id in
    if case .token? = Profile.named(id)?.scheme { false } else { !whole.contains(id) }
  }

  @Test(arguments: withoutTokens)
  func `failure 61: no form of the output holds the secret`(profile: String) {
    for form in [[], ["--json"]] {
      let world = world()
      let reference = Self.reference(for: profile)
      let words =
        ["sign", "--profile", profile, "--secret", reference, "--body", "body"] + form
        + ["--url", "https://example.com/in"]
      #expect(world.run(words) == .success)
      for secret in [Self.key, String(Self.key.dropFirst(6)), Self.text] {
        #expect(!(world.output + world.error).contains(secret))
      }
    }
  }

  @Test func `each line is a header that curl reads, and --json the same pairs`() {
    let (lines, json) = (world(), world())
    let words = [
      "sign", "--profile=standard-webhooks", "--secret=env:KEY", "--body=body", "--id=msg_1",
      "--timestamp=1614265330",
    ]
    #expect(lines.run(words) == .success)
    #expect(json.run(words + ["--json"]) == .success)
    #expect(lines.output.contains("webhook-id: msg_1\n"))
    #expect(lines.output.contains("webhook-timestamp: 1614265330\n"))
    #expect(json.output.contains(#"["webhook-id","msg_1"]"#))
    for line in lines.output.split(separator: "\n") {
      #expect(line.contains(#/^[A-Za-z0-9-]+: [\x21-\x7E][\x20-\x7E]*$/#), "\(line)")
    }
  }

  @Test func `a time can be written in two ways`() {
    let (first, second) = (world(), world())
    let words = [
      "sign", "--profile=standard-webhooks", "--secret=env:KEY", "--body=body", "--id=msg_1",
    ]
    #expect(first.run(words + ["--timestamp=1614265330"]) == .success)
    #expect(second.run(words + ["--timestamp=2021-02-25T15:02:10Z"]) == .success)
    #expect(first.output == second.output)
  }

  @Test(arguments: [
    "a\r\nX-Injected: 1", "a\nb", " a", "a ", "\u{0}", "ü", String(repeating: "x", count: 257),
  ])
  func `an id that would break a header is refused`(id: String) {
    let world = world()
    let words = ["sign", "--profile=github", "--secret=env:TEXT", "--body=body", "--id", id]
    #expect(world.run(words) == .usage)
    #expect(world.output == "")
  }
}
