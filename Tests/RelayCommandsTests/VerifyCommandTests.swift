import RelayCommands
import Testing
import WebhookReceiver

@Suite struct VerifyCommandTests {
  private static let secret = "It's a Secret to Everybody"
  private static let signature =
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
  private static let request = """
    POST /in/github HTTP/1.1\r
    X-Hub-Signature-256: \(signature)\r
    X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r
    X-GitHub-Event: push\r
    \r
    Hello, World!
    """

  private func world(_ request: String = request) -> TestWorld {
    TestWorld(
      files: [
        "r": Array(request.utf8), "secret": Array((Self.secret + "\n").utf8),
        "empty": Array("\n".utf8), "big": [UInt8](repeating: 0x41, count: RequestFile.bytesMax + 1),
      ],
      input: Array(request.utf8),
      variables: ["SECRET": Self.secret, "OTHER": "another secret", "EMPTY": ""]
    )
  }

  private let words = ["verify", "--profile", "github", "--request", "r"]

  @Test(arguments: ["env:SECRET", "file:secret", "literal:\(secret)"])
  func `the published example verifies by every kind of reference`(reference: String) {
    let world = world()
    #expect(world.run(words + ["--secret", reference, "--json"]) == .success)
    let key = #/"idempotency_key":"([A-Za-z0-9_-]{43})"/#
    #expect(world.output.firstMatch(of: key) != nil)
    #expect(
      world.output.hasPrefix(
        #"{"verified":true,"profile":"github","event_id":"72d3162e-cc78-11e3-81ab-4c9367dc0958","#
          + #""event_type":"push","timestamp":null,"idempotency_key":""#
      )
    )
    #expect(world.output.hasSuffix("\",\"secret_index\":0}\n"))
    #expect(world.error == "")
  }

  @Test func `the index is that of the secret that matched`() {
    let world = world()
    let secrets = ["--secret", "env:OTHER", "--secret", "env:SECRET"]
    #expect(world.run(words + secrets + ["--json"]) == .success)
    #expect(world.output.contains(#""secret_index":1"#))
  }

  @Test func `standard input is a request, too`() {
    let world = world()
    let words = ["verify", "--profile=github", "--request=-", "--secret=env:SECRET"]
    #expect(world.run(words) == .success)
    #expect(world.output.hasPrefix("verified\n"))
  }

  @Test func `the idempotency key is the source's`() {
    let (first, second, third) = (world(), world(), world())
    let words = words + ["--secret", "env:SECRET", "--json"]
    #expect(first.run(words) == .success)
    #expect(second.run(words + ["--source", "github"]) == .success)
    #expect(third.run(words + ["--source", "other"]) == .success)
    #expect(first.output == second.output)
    #expect(first.output != third.output)
  }

  @Test(arguments: [
    (request.replacing("Hello", with: "Hellp"), "signature_mismatch"),
    (request.replacing("World!", with: "World!\n"), "signature_mismatch"),
    (request.replacing("X-Hub", with: "Y-Hub"), "missing_header"),
    (request.replacing("sha256=", with: "sha1="), "malformed_header"),
  ])
  func `a refusal has its code, its shape and exit 1`(request: String, failure: String) {
    let world = world(request)
    #expect(world.run(words + ["--secret", "env:SECRET", "--json"]) == .refused)
    let json = #"{"verified":false,"profile":"github","failure":"\#(failure)","explanation":[]}"#
    #expect(world.output == json + "\n")
    #expect(world.error == "")
  }

  @Test func `another secret is refused`() {
    let world = world()
    #expect(world.run(words + ["--secret", "env:OTHER"]) == .refused)
    #expect(world.output.hasPrefix("refused: signature_mismatch\n"))
  }

  @Test(arguments: [
    ["--secret", "env:MISSING"], ["--secret", "env:EMPTY"], ["--secret", "file:missing"],
    ["--secret", "file:empty"], ["--secret", "literal:"], ["--secret", "hush-hush"],
    ["--secret", "hush:hush-hush"], ["--secret", "whsec_hush-hush"],
    ["--secret", "env:SECRET", "--now", "yesterday"], ["--secret", "env:SECRET", "--now", "-5"],
    ["--secret", "env:SECRET", "--tolerance", "5"],
    ["--secret", "env:SECRET", "--tolerance", "5 minutes"],
    ["--secret", "env:SECRET", "--request", "r"],
  ])
  func `failure 61: wrong values are wrong usage, and no secret is repeated`(more: [String]) {
    let world = world()
    #expect(world.run(words + more) == .usage)
    #expect(world.output == "")
    #expect(world.error.hasPrefix("webhook-sidecar: "))
    #expect(world.error.hasSuffix("see webhook-sidecar verify --help\n"))
    #expect(!world.error.contains("hush-hush"))
    #expect(!world.error.contains(Self.secret))
  }

  @Test(arguments: ["missing", "big", "secret"])
  func `a file that holds no request is wrong usage`(file: String) {
    let world = world()
    let words = ["verify", "--profile=github", "--secret=env:SECRET", "--request", file]
    #expect(world.run(words) == .usage)
    #expect(!world.error.contains(Self.secret))
  }

  @Test func `an unknown profile is named with the nearest`() {
    let world = world()
    let words = ["verify", "--profile=githib", "--secret=env:SECRET", "--request=r"]
    #expect(world.run(words) == .usage)
    #expect(world.error.contains("did you mean github?"))
  }

  @Test func `a body that an editor changed is noted beside the refusal`() {
    let changed = Self.request.replacing("\r\n\r\n", with: "\r\nContent-Length: 13\r\n\r\n") + "\n"
    let world = world(changed)
    #expect(world.run(words + ["--secret", "env:SECRET", "--json"]) == .refused)
    #expect(world.error.contains("Content-Length says 13, the file holds 14 bytes"))
  }
}

/// `verify --explain`: the causes by their words, and never a secret.
@Suite struct ExplainOptionTests {
  private static let secret = "It's a Secret to Everybody"
  private static let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

  private func world(_ body: String, secret: String = secret) -> TestWorld {
    let request = "POST / HTTP/1.1\nX-Hub-Signature-256: sha256=\(Self.code)\n\n\(body)"
    return TestWorld(
      files: ["r": Array(request.utf8)],
      variables: ["S": secret, "OLD": Self.secret]
    )
  }

  private let words = ["verify", "--profile", "github", "--secret", "env:S", "--request", "r"]

  @Test func `names the cause in both forms`() {
    let (json, text) = (world("Hello, World!\n"), world("Hello, World!\n"))
    #expect(json.run(words + ["--explain", "--json"]) == .refused)
    #expect(json.output.contains(#""failure":"signature_mismatch""#))
    #expect(json.output.contains(#""explanation":[{"cause":"trailing_newline","detail":""#))
    #expect(text.run(words + ["--explain"]) == .refused)
    #expect(text.output.contains("\ntrailing_newline\n  the body has gained"))
    for output in [json.output, text.output] {
      #expect(!output.contains(Self.secret) && !output.contains(Self.code))
    }
  }

  @Test func `says nothing unless asked, and that nothing explains it`() {
    let (silent, none) = (world("Hello, World!\n"), world("Hello, World!", secret: "another"))
    #expect(silent.run(words + ["--json"]) == .refused)
    #expect(silent.output.contains(#""explanation":[]"#))
    #expect(none.run(words + ["--explain"]) == .refused)
    #expect(none.output.contains("no usual mistake explains it"))
    #expect(none.output.contains("--retired-secret") && none.output.contains("--url"))
  }

  @Test func `a delivery of several events has a key for each`() throws {
    let body = #"{"destination":"U","events":[{"webhookEventId":"a","type":"m"},{"type":"n"}]}"#
    let signer = Signer(
      try #require(Profile.named("line")),
      secrets: [try Secret("channel secret")]
    )
    let event = Signer.Event(body: Array(body.utf8), timestamp: .now)
    let file = RequestFile.bytes(of: try signer.request(event))
    let words = ["verify", "--profile=line", "--secret=env:LINE", "--request=r"]
    func output(_ more: [String]) -> String {
      let world = TestWorld(files: ["r": file], variables: ["LINE": "channel secret"])
      #expect(world.run(words + more) == .success)
      return world.output
    }
    let text = output([])
    #expect(text.contains("items            2, each with a key of its own\n    a  m  "))
    let json = output(["--json"])
    #expect(json.contains(#""items":[{"event_id":"a","event_type":"m","idempotency_key":""#))
    #expect(json.contains(#"{"event_id":null,"event_type":"n","idempotency_key":""#))
  }

  @Test func `tries retired secrets, by their number`() {
    let world = world("Hello, World!", secret: "another")
    let retired = ["--retired-secret", "literal:x", "--retired-secret", "env:OLD"]
    #expect(world.run(words + retired + ["--explain", "--json"]) == .refused)
    #expect(world.output.contains(#""cause":"older_secret""#))
    #expect(world.output.contains("retired secret number 2"))
  }

  @Test func `a retired secret is wrong usage where nothing is explained`() {
    for more in [[], ["--json"]] {
      let world = world("Hello, World!", secret: "another")
      #expect(world.run(words + ["--retired-secret", "env:OLD"] + more) == .usage)
      #expect(world.output == "")
      #expect(world.error.contains("--retired-secret verifies nothing"))
      #expect(world.error.contains("add --explain"))
    }
  }

  @Test func `explains a secret that cannot even be a key`() {
    let request = """
      POST / HTTP/1.1
      webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek
      webhook-timestamp: 1614265330
      webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=

      {"test": 2432232314}
      """
    for (secret, cause) in [
      ("\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"", "secret_whitespace"),
      ("v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secret_prefix"),
    ] {
      let world = TestWorld(files: ["r": Array(request.utf8)], variables: ["S": secret])
      let words = [
        "verify", "--profile", "standard-webhooks", "--secret", "env:S", "--request", "r", "--now",
        "1614265330", "--json",
      ]
      #expect(world.run(words) == .usage)
      #expect(world.run(words + ["--explain"]) == .refused)
      #expect(world.output.contains("\"cause\":\"\(cause)\""), "\(world.output)\(world.error)")
      #expect(!(world.output + world.error).contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    }
  }
}
