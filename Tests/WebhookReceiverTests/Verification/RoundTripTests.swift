import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What the signers of the test support send, the verifier accepts: for every scheme.
@Suite struct RoundTripTests {
  static let profiles = Profile.catalogue
  static let secretText = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="

  @Test(arguments: profiles.map(\.id))
  func `what is signed verifies, with its id, type and time`(name: String) throws {
    let profile = try #require(Profile.named(name))
    let secret = try Secret(Self.secretText)
    let verifier = try Verifier(profile: profile, secrets: [secret])
    let clock = ManualClock()
    let body =
      #"{"id":"in_body","event_id":"in_body","type":"t.body","eventType":"t.body","#
      + #""event":{"type":"t.body"}}"#
    let request = try WebhookSigner(profile, secret: secret).request(
      body: body,
      id: "in_header",
      type: "t.header",
      timestamp: clock.now
    )
    clock.advance(by: .seconds(20))
    let webhook = try verifier.verify(request, at: clock.now)
    let idInBody = ["stripe", "slack"].contains(name)
    let typeInHeader = ["github", "shopify"].contains(name)
    #expect(webhook.eventID == (idInBody ? "in_body" : "in_header"))
    #expect(webhook.eventType == (typeInHeader ? "t.header" : "t.body"))
    #expect((webhook.timestamp == nil) == typeInHeader)
    if let timestamp = webhook.timestamp {
      #expect(timestamp.distance(to: clock.now) == .seconds(20))
    }
    #expect(webhook.headers == request.headers && webhook.body == Array(body.utf8))
  }

  @Test(arguments: profiles.map(\.id))
  func `any bytes can be a body`(name: String) throws {
    let profile = try #require(Profile.named(name))
    let secret = try Secret(Self.secretText)
    let verifier = try Verifier(profile: profile, secrets: [secret])
    var generator = SeededGenerator(seed: 2)
    var bodies: [[UInt8]] = [[], [0], [0xff, 0xfe], Array("{".utf8), Array("null\r\n".utf8)]
    bodies += (0..<20).map { _ in generator.bytes(Int.random(in: 1...5000, using: &generator)) }
    bodies.append(generator.bytes(1 << 20))
    for body in bodies {
      let request = try WebhookSigner(profile, secret: secret).request(body: body)
      #expect(try verifier.verify(request).body == body)
      var other = request
      other.body.append(0)
      #expect(verificationError(verifier, other, at: .now) == .signatureMismatch)
    }
  }

  @Test(arguments: profiles.map(\.id))
  func `a random id is a new one each time`(name: String) throws {
    let profile = try #require(Profile.named(name))
    let signer = WebhookSigner(profile, secret: try Secret(Self.secretText))
    let verifier = try Verifier(profile: profile, secrets: signer.secrets)
    let first = try verifier.verify(signer.request(body: "{}"))
    let second = try verifier.verify(signer.request(body: "{}"))
    #expect((first.eventID == nil) == ["stripe", "slack"].contains(name))
    #expect(first.eventID == nil || first.eventID != second.eventID)
  }

  @Test(arguments: profiles.map(\.id))
  func `a request of one provider is not another's`(name: String) throws {
    let profile = try #require(Profile.named(name))
    let secret = try Secret(Self.secretText)
    let request = try WebhookSigner(profile, secret: secret).request(body: "{}")
    for other in Self.profiles where other.id != name {
      // Svix may send under the names of the specification.
      if name == "standard-webhooks" && other.id == "svix" { continue }
      let verifier = try Verifier(profile: other, secrets: [secret])
      let error = verificationError(verifier, request, at: .now)
      guard case .missingHeader = error else {
        Issue.record("\(other.id): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func `Svix is verified under both sets of names, its own first`() throws {
    let secret = try Secret(Self.secretText)
    let verifier = try Verifier(profile: .svix, secrets: [secret])
    let standard = try WebhookSigner(.standardWebhooks, secret: secret).request(
      body: "{}",
      id: "msg_2"
    )
    #expect(try verifier.verify(standard).eventID == "msg_2")
    var both = try WebhookSigner(.svix, secret: secret).headers(body: [], id: "msg_1")
    both.append("webhook-id", "msg_3")
    // What is reported is what is signed.
    #expect(try verifier.verify(WebhookRequest(headers: both, body: [])).eventID == "msg_1")
  }

  @Test func `Shopify is verified under both names of its header, the usual one first`() throws {
    let secret = try Secret("hush")
    let verifier = try Verifier(profile: .shopify, secrets: [secret])
    let usual = try WebhookSigner(.shopify, secret: secret).headers(body: [1])
    let code = try #require(usual.first("x-shopify-hmac-sha256"))
    let newer = HeaderFields([("Shopify-Hmac-Sha256", code)])
    #expect(verificationError(verifier, .init(headers: newer, body: [1]), at: .now) == nil)
    var both = usual
    both.append("Shopify-Hmac-Sha256", Base64.encode(SHA256.digest([])))
    #expect(verificationError(verifier, .init(headers: both, body: [1]), at: .now) == nil)
  }

  @Test func `a signer refuses what a receiver would`() throws {
    let secret = try Secret(Self.secretText)
    let standard = WebhookSigner(.standardWebhooks, secret: secret)
    for id in ["", "a.b", "a\nb", String(repeating: "x", count: 257)] {
      #expect(throws: SigningError.unsendable(.malformedHeader(name: "webhook-id")), "\(id)") {
        try standard.request(body: "{}", id: id)
      }
    }
    let github = WebhookSigner(.github, secrets: [secret, secret])
    #expect(throws: SigningError.oneSignatureOnly(profile: "github")) {
      try github.request(body: "{}")
    }
    #expect(throws: SigningError.keyUnusable(.noSecrets)) {
      try WebhookSigner(.stripe, secrets: []).request(body: "{}")
    }
    let notBase64 = WebhookSigner(.svix, secret: try Secret("not base64"))
    #expect(throws: SigningError.self) { try notBase64.request(body: "{}") }
  }

  @Test func `GitHub's headers are named as GitHub names them`() throws {
    let headers = try Signer.sign(
      profile: .github,
      secret: Secret("It's a Secret to Everybody"),
      body: Array("Hello, World!".utf8),
      id: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      timestamp: .now
    )
    #expect(headers.map(\.name) == ["X-GitHub-Delivery", "X-GitHub-Event", "X-Hub-Signature-256"])
    #expect(headers[1].value == "ping")
    let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    #expect(headers[2].value == "sha256=\(code)")
  }
}
