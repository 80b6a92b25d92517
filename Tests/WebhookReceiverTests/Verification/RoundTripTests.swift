import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What the signers of the test support send, the verifier accepts: for every scheme.
@Suite struct RoundTripTests {
  static let secretText = Sample.secretText

  @Test func `everything with a shared secret can be signed`() {
    let signable = Set(Sample.all.map(\.profile.id))
    let unsignable = Set(Profile.catalogue.map(\.id)).subtracting(signable)
    #expect(
      unsignable == [
        "aws-sns", "discord", "event-grid-entra", "fal", "google-pubsub",
        "http-message-signatures", "paypal", "plaid", "sendgrid",
      ]
    )
  }

  @Test(arguments: Sample.all)
  func `what is signed verifies, with its time`(sample: Sample) throws {
    let clock = ManualClock()
    let request = try sample.request(at: clock.now)
    clock.advance(by: .seconds(20))
    let webhook = try sample.verifier().verify(request, at: clock.now)
    #expect(webhook.profile == sample.profile.id && webhook.secretIndex == 0)
    #expect(webhook.headers == request.headers && webhook.body == request.body)
    guard let scheme = sample.profile.signatureScheme else { return }
    #expect((webhook.timestamp == nil) == (scheme.timestamp == nil))
    if let timestamp = webhook.timestamp {
      #expect(timestamp.distance(to: clock.now) == .seconds(20))
    }
    if case .header? = sample.profile.idPlaces.first {
      #expect(webhook.eventID == "in_header")
    }
    if case .header? = sample.profile.typePlaces.first { #expect(webhook.eventType == "t.h") }
  }

  @Test(arguments: Sample.all)
  func `another secret is refused`(sample: Sample) throws {
    let request = try sample.request()
    let verifier = try sample.verifier(secret: sample.otherSecret())
    #expect(verificationError(verifier, request, at: .now) == .signatureMismatch)
  }

  @Test(arguments: Sample.all)
  func `another body is refused where the body is signed`(sample: Sample) throws {
    var request = try sample.request()
    let verifier = try sample.verifier()
    guard let scheme = sample.profile.signatureScheme,
      scheme.message.contains(.body) || scheme.bodyDigest != nil
    else { return }
    request.body.append(0x20)
    #expect(verificationError(verifier, request, at: .now) != nil)
  }

  @Test(
    arguments: Sample.all.filter(\.takesAnyBody)
  )
  func `any bytes can be a body`(sample: Sample) throws {
    let verifier = try sample.verifier()
    var generator = SeededGenerator(seed: 2)
    var bodies: [[UInt8]] = [[], [0], [0xff, 0xfe], Array("{".utf8), Array("null\r\n".utf8)]
    bodies += (0..<20).map { _ in generator.bytes(Int.random(in: 1...5000, using: &generator)) }
    bodies.append(generator.bytes(1 << 20))
    for body in bodies {
      let request = try sample.signer().request(body: body, url: sample.url)
      #expect(try verifier.verify(request).body == body)
      var other = request
      other.body.append(0)
      #expect(verificationError(verifier, other, at: .now) == .signatureMismatch)
    }
  }

  @Test(arguments: Sample.all)
  func `a profile of one's own that says the same verifies the same`(sample: Sample) throws {
    let copy = try Profile(json: sample.profile.json)
    let verifier = try Verifier(
      profile: copy,
      secrets: [sample.secret],
      parameters: sample.parameters
    )
    #expect(try verifier.verify(sample.request()).profile == sample.profile.id)
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
    var event = Signer.Event(body: Array("Hello, World!".utf8), timestamp: .now)
    event.id = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    let secret = try Secret("It's a Secret to Everybody")
    let headers = try Signer(.github, secrets: [secret]).headers(event)
    #expect(headers.map(\.name) == ["X-GitHub-Delivery", "X-GitHub-Event", "X-Hub-Signature-256"])
    #expect(headers[1].value == "ping")
    let code = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    #expect(headers[2].value == "sha256=\(code)")
  }
}
