import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What a verified webhook says about its event.
@Suite struct EventFactsTests {
  private func verified(
    _ profile: Profile,
    body: String,
    headers: [(String, String)] = []
  ) throws -> VerifiedWebhook {
    let secret = try Secret("whsec_AAAA")
    var request = try WebhookSigner(profile, secret: secret).request(body: body)
    for (name, value) in headers { request.headers.append(name, value) }
    return try Verifier(profile: profile, secrets: [secret]).verify(request)
  }

  @Test(
    arguments: [
      (#"{"id":"evt_1","type":"charge.succeeded"}"#, "evt_1", "charge.succeeded"),
      (#"{"id":"evt_\u0031","type":"été"}"#, "evt_1", "été"),
      (#"{"id":12345678901234567890123,"type":1.50}"#, "12345678901234567890123", "1.50"),
      (#"{"id":"a","id":"b","type":"t"}"#, "b", "t"),
      (#"{"data":{"id":"no"},"type":"t"}"#, nil, "t"),
      (#"{"id":null,"type":true}"#, nil, nil),
      (#"{"id":["x"],"type":{}}"#, nil, nil),
      (#"{"id":"","type":"a\u0007b"}"#, nil, nil),
      (#"{"id":"x","type":"y""#, nil, nil),
      ("id=evt_1&type=t", nil, nil),
      ("", nil, nil),
    ] as [(String, String?, String?)]
  )
  func `id and type are read from the body`(body: String, id: String?, type: String?) throws {
    let webhook = try verified(.stripe, body: body)
    #expect(webhook.eventID == id)
    #expect(webhook.eventType == type)
  }

  @Test func `an id in the body that is too long is none`() throws {
    let long = String(repeating: "x", count: 257)
    #expect(try verified(.stripe, body: #"{"id":"\#(long)"}"#).eventID == nil)
    let longest = String(long.dropLast())
    #expect(try verified(.stripe, body: #"{"id":"\#(longest)"}"#).eventID == longest)
  }

  @Test func `Slack's type is the inner one where there is one`() throws {
    let inner = #"{"event_id":"Ev1","type":"event_callback","event":{"type":"message"}}"#
    #expect(try verified(.slack, body: inner).eventType == "message")
    #expect(try verified(.slack, body: inner).eventID == "Ev1")
    let outer = #"{"type":"url_verification","challenge":"x"}"#
    #expect(try verified(.slack, body: outer).eventType == "url_verification")
    #expect(try verified(.slack, body: outer).eventID == nil)
  }

  @Test func `Shopify's id is that of the event, or else that of the delivery`() throws {
    let secret = try Secret("hush")
    let verifier = try Verifier(profile: .shopify, secrets: [secret])
    let signed = try WebhookSigner(.shopify, secret: secret).headers(body: [], id: "event")
    let code = try #require(signed.first("X-Shopify-Hmac-Sha256"))
    func id(_ fields: [(String, String)]) throws -> String? {
      let headers = HeaderFields([("X-Shopify-Hmac-Sha256", code)] + fields)
      return try verifier.verify(WebhookRequest(headers: headers, body: [])).eventID
    }
    #expect(try id([]) == nil)
    #expect(try id([("X-Shopify-Webhook-Id", "w")]) == "w")
    #expect(try id([("X-Shopify-Webhook-Id", "w"), ("X-Shopify-Event-Id", "e")]) == "e")
  }

  @Test(arguments: ["X-GitHub-Delivery", "X-GitHub-Event"])
  func `an unsigned header that is there twice is refused too`(name: String) throws {
    #expect(throws: VerificationError.malformedHeader(name: name)) {
      try verified(.github, body: "{}", headers: [(name, "other")])
    }
  }

  @Test(arguments: ["", "a\u{1}", String(repeating: "x", count: 257)])
  func `an unsigned id that cannot be one is refused`(id: String) throws {
    let secret = try Secret("k")
    let signed = try WebhookSigner(.github, secret: secret).headers(body: [])
    let headers = HeaderFields([
      ("X-Hub-Signature-256", try #require(signed.first("X-Hub-Signature-256"))),
      ("X-GitHub-Delivery", id),
    ])
    let verifier = try Verifier(profile: .github, secrets: [secret])
    let error = verificationError(verifier, .init(headers: headers, body: []), at: .now)
    #expect(error == .malformedHeader(name: "X-GitHub-Delivery"))
  }

  @Test func `a valid signature without an id or a type is enough`() throws {
    let secret = try Secret("k")
    let signed = try WebhookSigner(.github, secret: secret).headers(body: [])
    let code = try #require(signed.first("X-Hub-Signature-256"))
    let request = WebhookRequest(headers: HeaderFields([("X-Hub-Signature-256", code)]), body: [])
    let webhook = try Verifier(profile: .github, secrets: [secret]).verify(request)
    #expect(webhook.eventID == nil && webhook.eventType == nil && webhook.timestamp == nil)
  }
}
