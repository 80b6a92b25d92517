import Testing
import WebhookReceiver

/// Signatures of public keys and web tokens, with the keys given as secrets.
@Suite struct PublicKeyTests {
  private static let made = KeyFixtures.made

  private func verifier(_ id: String, _ key: String, _ parameters: [String: String] = [:]) throws
    -> Verifier
  {
    let profile = try #require(Profile.named(id))
    return try Verifier(profile: profile, secrets: [Secret(key)], parameters: parameters)
  }

  private func json(_ body: String) -> WebhookRequest {
    WebhookRequest(headers: HeaderFields(), body: Array(body.utf8))
  }

  private func refusal(_ verifier: Verifier, _ request: WebhookRequest, at time: Timestamp? = nil)
    -> String?
  {
    verificationError(verifier, request, at: time ?? Self.made.time)?.reason
  }

  // MARK: ECDSA

  private static let sendGridKey =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
    + "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="

  /// The example of SendGrid's own libraries.
  private func sendGrid() throws -> (request: WebhookRequest, time: Timestamp) {
    let example = try Primitives.value("sendgrid")
    let headers = HeaderFields([
      ("X-Twilio-Email-Event-Webhook-Signature", try #require(example.signature)),
      ("X-Twilio-Email-Event-Webhook-Timestamp", try #require(example.ts)),
    ])
    let body = Array(try #require(example.body).utf8)
    return (WebhookRequest(headers: headers, body: body), Timestamp(seconds: 1_600_112_502))
  }

  @Test func `SendGrid's example verifies, and no bit of it differs`() throws {
    let (request, time) = try sendGrid()
    let verifier = try verifier("sendgrid", Self.sendGridKey)
    let webhook = try verifier.verify(request, at: time)
    #expect(webhook.items.first?.id == "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA")
    for index in stride(from: 0, to: request.body.count, by: 7) {
      var other = request
      other.body[index] ^= 1
      #expect(refusal(verifier, other, at: time) == "signature_mismatch")
    }
    let another = try self.verifier("sendgrid", Self.made.ec_spki)
    #expect(refusal(another, request, at: time) == "signature_mismatch")
    #expect(throws: VerifierError.self) { try self.verifier("sendgrid", Self.made.rsa_pem) }
  }

  @Test func `both forms of an ECDSA signature verify where they belong`() throws {
    let example = Self.made.raw_ecdsa
    for (name, good, bad) in [
      ("ecdsa-p256-sha256", example.der, example.raw),
      ("ecdsa-p256-sha256-raw", example.raw, example.der),
    ] {
      let profile = try Profile(
        json: """
          {"id":"mine","title":"Mine","key":{"kind":"ecdsa-p256","encoding":"base64"},
           "signature":{"in":["header:X-S"],"encoding":"base64","algorithm":"\(name)"},
           "message":["{body}"]}
          """
      )
      let verifier = try Verifier(profile: profile, secrets: [Secret(Self.made.ec_spki)])
      func request(_ signature: String) -> WebhookRequest {
        WebhookRequest(headers: HeaderFields([("X-S", signature)]), body: Array("hello".utf8))
      }
      #expect(refusal(verifier, request(good)) == nil)
      #expect(refusal(verifier, request(bad)) == "signature_mismatch")
    }
  }

  // MARK: RSA and certificates

  @Test func `both versions of an SNS message verify under its certificate`() throws {
    let verifier = try verifier("aws-sns", Self.made.sns_chain)
    for body in [Self.made.sns_1, Self.made.sns_2] {
      let webhook = try verifier.verify(json(body), at: Self.made.time)
      #expect(webhook.eventID == "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324")
      #expect(webhook.eventType == "Notification")
      for (part, other) in [
        ("world!", "World!"), ("First", "Last"), ("MyTopic", "YourTopic"), ("05.123Z", "05.124Z"),
        ("22b80b92", "22b80b93"), (#""Type": "N"#, #""Type": "n"#),
      ] {
        let forged = body.replacing(part, with: other)
        #expect(forged != body || part.hasPrefix("\"Type"))
        if forged != body { #expect(refusal(verifier, json(forged)) != nil, "\(part)") }
      }
    }
    // The version says which hash counts: another one is another signature.
    let swapped = Self.made.sns_1.replacing(
      #""SignatureVersion": "1""#,
      with: #""SignatureVersion": "2""#
    )
    #expect(refusal(verifier, json(swapped)) == "signature_mismatch")
    let unknown = Self.made.sns_1.replacing(
      #""SignatureVersion": "1""#,
      with: #""SignatureVersion": "3""#
    )
    #expect(refusal(verifier, json(unknown)) != nil)
  }

  /// One value was signed; a parser that takes the other one of two would believe a stranger.
  @Test(arguments: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"])
  func `a signed field that occurs twice is refused`(name: String) throws {
    let verifier = try verifier("aws-sns", Self.made.sns_chain)
    let code = Hex.encode([try #require(name.utf8.first)])
    for start in [#"{"\#(name)":"evil","#, #"{"\u00\#(code)\#(name.dropFirst())":"evil","#] {
      let body = start + Self.made.sns_2.dropFirst()
      #expect(refusal(verifier, json(body)) == "malformed_header")
    }
    let last = Self.made.sns_2.dropLast() + #","\#(name)":"evil"}"#
    #expect(refusal(verifier, json(String(last))) != nil)
  }

  @Test func `an SNS confirmation names a page to visit on the provider's hosts alone`() throws {
    let responder = HandshakeResponder(verifier: try verifier("aws-sns", Self.made.sns_chain))
    let good = responder.respond(to: json(Self.made.sns_confirmation), at: Self.made.time)
    guard case .confirmation(let url, let answer) = good else {
      Issue.record("\(good)")
      return
    }
    #expect(url.hasPrefix("https://sns.us-west-2.amazonaws.com/?") && answer.status == 200)
    let bad = responder.respond(to: json(Self.made.sns_confirmation_elsewhere), at: Self.made.time)
    guard case .refused(.requirementNotMet) = bad else {
      Issue.record("\(bad)")
      return
    }
    let forged = Self.made.sns_confirmation.replacing("ConfirmSub", with: "ConfirmNub")
    guard
      case .refused(.signatureMismatch) = responder.respond(to: json(forged), at: Self.made.time)
    else {
      Issue.record("a forged confirmation is not refused")
      return
    }
  }

  private func payPal(_ change: (inout [(String, String)]) -> Void = { _ in }) -> WebhookRequest {
    var headers = [
      ("PAYPAL-TRANSMISSION-ID", Self.made.paypal.id),
      ("PAYPAL-TRANSMISSION-TIME", Self.made.paypal.time),
      ("PAYPAL-TRANSMISSION-SIG", Self.made.paypal.signature),
      ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
      ("PAYPAL-CERT-URL", "https://api.paypal.com/v1/notifications/certs/CERT-1"),
    ]
    change(&headers)
    return WebhookRequest(
      headers: HeaderFields(headers),
      body: Array(Self.made.paypal.body.utf8)
    )
  }

  @Test func `PayPal signs the checksum of the body with the webhook's id`() throws {
    let id = ["webhook_id": "1JE4291016473214C"]
    let verifier = try verifier("paypal", Self.made.paypal_chain, id)
    #expect(try verifier.verify(payPal(), at: Self.made.time).eventID == "WH-1")
    var other = payPal()
    other.body[8] ^= 1
    #expect(refusal(verifier, other) == "signature_mismatch")
    let another = try self.verifier("paypal", Self.made.paypal_chain, ["webhook_id": "other"])
    #expect(refusal(another, payPal()) == "signature_mismatch")
    #expect(refusal(verifier, payPal { $0[3].1 = "SHA1withRSA" }) == "requirement_not_met")
    #expect(throws: VerifierError.parameterMissing(name: "webhook_id")) {
      try self.verifier("paypal", Self.made.paypal_chain)
    }
  }

  @Test func `the published string of PayPal is what is signed`() throws {
    let example = try Primitives.value("paypal-signed-string")
    let body = Array(try #require(example.body).utf8)
    #expect("\(CRC32.checksum(body.span))" == example.crc32)
  }

  @Test func `a chain leads to a root, is in time, and is for a name`() throws {
    let made = Self.made
    let (root, now) = (Array(made.root.utf8), Timestamp.now)
    func verify(
      _ text: String,
      roots: [UInt8]? = nil,
      at time: Timestamp = now,
      _ subjects: [String] = ["sns.amazonaws.com"]
    ) -> CertificateError? {
      do throws(CertificateError) {
        try CertificateChain(pem: Array(text.utf8)).verify(
          at: time,
          roots: roots ?? root,
          subjects: subjects
        )
        return nil
      } catch {
        return error
      }
    }
    #expect(verify(made.sns_chain) == nil)
    #expect(verify(made.sns_chain, []) == nil)
    #expect(verify(made.sns_chain, ["*.amazonaws.com"]) == nil)
    for name in [
      "amazonaws.com", "sns.amazonaws.com.evil.example", "*.aws.com", "s.sns.amazonaws.com",
    ] {
      #expect(verify(made.sns_chain, [name]) == .wrongSubject, "\(name)")
    }
    #expect(verify(made.evil_chain) == .wrongSubject)
    #expect(verify(made.sns_leaf_alone) == .untrusted)
    #expect(verify(made.sns_chain, roots: Array(made.other_root.utf8)) == .untrusted)
    let past = Timestamp(seconds: 1_000_000_000)
    #expect(verify(made.sns_chain, at: past) == .notYetValid)
    let future = Timestamp(seconds: now.seconds + 101 * 365 * 86400)
    #expect(verify(made.sns_chain, at: future) == .expired)
    let below = verify(made.below_leaf_chain)
    #expect(below == .broken || below == .untrusted)
    #expect(verify("no certificate") == .unreadable)
    #expect(verify(made.sns_chain + "-----BEGIN PRIVATE KEY-----") == .holdsPrivateKey)
  }

  // MARK: Tokens

  @Test func `Plaid's token is of the body, and no older than five minutes`() throws {
    let verifier = try verifier("plaid", Self.made.jwks)
    func request(_ token: String, _ body: String = Self.made.plaid_body) -> WebhookRequest {
      WebhookRequest(headers: HeaderFields([("Plaid-Verification", token)]), body: Array(body.utf8))
    }
    #expect(
      try verifier.verify(request(Self.made.plaid), at: Self.made.time).eventType
        == "DEFAULT_UPDATE"
    )
    #expect(refusal(verifier, request(Self.made.plaid, "{}")) == "body_digest_mismatch")
    #expect(refusal(verifier, request(Self.made.plaid_old)) == "timestamp_too_old")
    #expect(refusal(verifier, request(Self.made.plaid_unknown_key)) == "signature_mismatch")
    #expect(refusal(verifier, request(Self.made.pubsub)) == "requirement_not_met")
    var forged = Array(Self.made.plaid.utf8)
    forged[forged.count / 2] = forged[forged.count / 2] == 0x41 ? 0x42 : 0x41
    let text = String(decoding: forged, as: UTF8.self)
    #expect(refusal(verifier, request(text)) != nil)
    let none = "eyJhbGciOiJub25lIn0.e30."
    for token in ["", "a.b", "a.b.c", none, none + "AA", String(repeating: "a", count: 20000)] {
      #expect(refusal(verifier, request(token)) == "malformed_header", "\(token.prefix(30))")
    }
  }

  /// A token and why it is refused; nil: it is not.
  static let tokens: [(String, String?)] = [
    (made.pubsub, nil), (made.pubsub_expired, "timestamp_too_old"),
    (made.pubsub_audience, "requirement_not_met"), (made.pubsub_issuer, "requirement_not_met"),
    (made.pubsub_unverified, "requirement_not_met"), (made.pubsub_email, "requirement_not_met"),
    (made.pubsub_early, "timestamp_in_future"), (made.pubsub_crit, "malformed_header"),
  ]

  @Test(arguments: tokens.indices)
  func `Pub/Sub's token is from Google, for us, and in time`(index: Int) throws {
    let (token, reason) = Self.tokens[index]
    let settings = [
      "audience": "https://example.com/push",
      "service_account": "push@example.iam.gserviceaccount.com",
    ]
    let verifier = try verifier("google-pubsub", Self.made.jwks, settings)
    let request = WebhookRequest(
      headers: HeaderFields([("authorization", "bearer \(token)")]),
      body: Array(#"{"message":{"messageId":"136969346945"}}"#.utf8)
    )
    #expect(refusal(verifier, request) == reason)
    if reason == nil {
      #expect(try verifier.verify(request, at: Self.made.time).eventID == "136969346945")
    }
  }

  @Test func `a public key is no secret: a token that says HS256 is refused`() throws {
    let settings = [
      "audience": "https://example.com/push",
      "service_account": "push@example.iam.gserviceaccount.com",
    ]
    let verifier = try verifier("google-pubsub", Self.made.rsa_pem, settings)
    let head = Base64.encode(Array(#"{"alg":"HS256"}"#.utf8), alphabet: .url, padding: .none)
    let claims = Base64.encode(
      Array(#"{"iss":"accounts.google.com","aud":"https://example.com/push"}"#.utf8),
      alphabet: .url,
      padding: .none
    )
    let code = ReferenceHMAC.code(
      key: Array(Self.made.rsa_pem.utf8),
      message: Array("\(head).\(claims)".utf8)
    )
    let token = "\(head).\(claims)." + Base64.encode(code, alphabet: .url, padding: .none)
    let headers = HeaderFields([("Authorization", "Bearer \(token)")])
    #expect(refusal(verifier, WebhookRequest(headers: headers, body: [])) == "requirement_not_met")
  }
}
