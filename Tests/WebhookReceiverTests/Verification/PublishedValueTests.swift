import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Values that providers and RFCs publish, reproduced by the engine.
///
/// Those of the signature bases of RFC 9421 and the digests of RFC 9530 are under HTTPSignatures,
/// SendGrid's and PayPal's under Keys.
@Suite struct PublishedValueTests {
  @Test func `Adyen's item is signed as published`() throws {
    let example = try Primitives.value("adyen-item")
    let parts = try #require(example.signed).split(separator: ":", omittingEmptySubsequences: false)
      .map(String.init)
    let body = """
      {"notificationItems":[{"NotificationRequestItem":{"pspReference":"\(parts[0])",\
      "originalReference":"\(parts[1])","merchantAccountCode":"\(parts[2])",\
      "merchantReference":"\(parts[3])","amount":{"value":\(parts[4]),"currency":"\(parts[5])"},\
      "eventCode":"\(parts[6])","success":"\(parts[7])",\
      "additionalData":{"hmacSignature":"\(try #require(example.expected))"}}}]}
      """
    let profile = try #require(Profile.named("adyen-item"))
    let secret = try Secret(try #require(example.secret_hex))
    let verifier = try Verifier(profile: profile, secrets: [secret])
    let request = WebhookRequest(headers: HeaderFields(), body: Array(body.utf8))
    let webhook = try verifier.verify(request)
    #expect(webhook.items.map(\.id) == ["\(parts[0]):\(parts[6]):\(parts[7])"])
    let twice = body.replacing(
      #"{"NotificationRequestItem":"#,
      with: #"{"NotificationRequestItem":{"pspReference":"evil"},"NotificationRequestItem":"#
    )
    var doubled = request
    doubled.body = Array(twice.utf8)
    #expect(verificationError(verifier, doubled, at: .now) != nil)
    for (part, other) in [("1130", "1131"), ("EUR", "USD"), ("\"true\"", "\"false\"")] {
      var forged = request
      forged.body = Array(body.replacing(part, with: other).utf8)
      #expect(verificationError(verifier, forged, at: .now) == .signatureMismatch, "\(part)")
    }
  }

  private func answer(_ id: String, secret: String?, _ request: WebhookRequest) throws -> JSONValue
  {
    let profile = try #require(Profile.named(id))
    let secret = try Secret(try #require(secret))
    let responder = HandshakeResponder(verifier: try Verifier(profile: profile, secrets: [secret]))
    guard case .answer(let answer) = responder.respond(to: request) else {
      Issue.record("no answer")
      return .null
    }
    return try JSONValue.parse(answer.body)
  }

  @Test func `Zoom's answer is as published`() throws {
    let example = try Primitives.value("zoom-url-validation-derived")
    let token = try #require(example.plainToken)
    let request = try WebhookSigner(.zoom, secret: Secret(try #require(example.secret))).request(
      body: #"{"event":"endpoint.url_validation","payload":{"plainToken":"\#(token)"}}"#
    )
    let answer = try answer("zoom", secret: example.secret, request)
    #expect(answer["plainToken"]?.string == token)
    #expect(answer["encryptedToken"]?.string == example.expected)
  }

  @Test func `X's answer is as published`() throws {
    let example = try Primitives.value("x-crc-derived")
    let token = try #require(example.crc_token)
    let request = WebhookRequest(
      method: "GET",
      target: "/in?crc_token=\(token)",
      headers: HeaderFields(),
      body: []
    )
    let answer = try answer("x-twitter", secret: example.secret, request)
    #expect(answer["response_token"]?.string == example.expected)
  }

  /// Box signs the body with its characters beyond ASCII escaped, and sends it without escapes.
  @Test func `Box's signature over escapes verifies what has none`() throws {
    let box = try #require(Vector.all.first { $0.profile.id == "box" && $0.name == "escaped-ja" })
    let signature = try #require(Primitives.value("box-escaped-ja").expected)
    let headers = box.headers.filter { $0.name != "box-signature-primary" }
    let request = box.request(
      headers: headers + [("box-signature-primary", signature)],
      body: box.body
    )
    #expect(request.body.contains { $0 >= 0x80 })
    #expect(try box.verifier().verify(request, at: box.now).secretIndex == 0)
    var scheme = try #require(box.profile.signatureScheme)
    scheme.bodyVariants = [.raw]
    var strict = box.profile
    strict.scheme = .signature(scheme)
    let verifier = try Verifier(profile: strict, secrets: box.secrets)
    #expect(verificationError(verifier, request, at: box.now) == .signatureMismatch)
  }

  @Test func `Twilio's digest in the URL is that of the published body, and of no other`() throws {
    let twilio = try #require(Vector.all.first { $0.profile.id == "twilio-json" })
    let example = try Primitives.value("twilio-bodySHA256")
    let digest = try #require(example.expected)
    var request = twilio.request
    request.body = Array(try #require(example.body).utf8)
    request.url = "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=\(digest)"
    request.target = "/myapp.php?foo=1&bar=2&bodySHA256=\(digest)"
    let verifier = try twilio.verifier()
    #expect(try verifier.verify(request, at: twilio.now).secretIndex == 0)
    request.body[0] ^= 1
    #expect(verificationError(verifier, request, at: twilio.now) == .bodyDigestMismatch)
  }

  // MARK: RFC 9421, through the engine

  private func request(_ headers: [(String, String)]) -> WebhookRequest {
    WebhookRequest(
      method: "POST",
      target: "/foo?param=Value&Pet=dog",
      headers: HeaderFields(
        [
          ("Host", "example.com"), ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"),
          ("Content-Type", "application/json"), ("Content-Length", "18"),
        ] + headers
      ),
      body: Array(#"{"hello": "world"}"#.utf8),
      url: "https://example.com/foo"
    )
  }

  private func profile(_ algorithm: String, _ components: String, _ key: String) throws -> Profile {
    try Profile(
      json: """
        {"id":"rfc","title":"RFC 9421","key":\(key),
         "http_signature":{"algorithms":["\(algorithm)"],"components":[\(components)]}}
        """
    )
  }

  private static let now = Timestamp(seconds: 1_618_884_473)

  @Test func `the example of appendix B.2.6 verifies under its Ed25519 key`() throws {
    let input =
      #"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")"#
      + #";created=1618884473;keyid="test-key-ed25519""#
    let signature =
      "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPp"
      + "BKRCw==:"
    let profile = try profile(
      "ed25519",
      #""@method", "@path", "date""#,
      #"{"kind":"ed25519","encoding":"pem"}"#
    )
    let key = """
      -----BEGIN PUBLIC KEY-----
      MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
      -----END PUBLIC KEY-----
      """
    let verifier = try Verifier(profile: profile, secrets: [Secret(key)])
    let good = request([("Signature-Input", input), ("Signature", signature)])
    #expect(try verifier.verify(good, at: Self.now).timestamp == Self.now)
    var other = good
    other.method = "PUT"
    #expect(verificationError(verifier, other, at: Self.now) == .signatureMismatch)
    let late = Timestamp(seconds: 1_618_884_473 + 301)
    #expect(verificationError(verifier, good, at: late) == .timestampTooOld(by: .seconds(1)))
    let ahead = Timestamp(seconds: 1_618_884_473 - 302)
    #expect(verificationError(verifier, good, at: ahead) == .timestampInFuture(by: .seconds(2)))
    // The body is not under this signature: a profile that asks for its digest refuses.
    let strict = try self.profile(
      "ed25519",
      #""content-digest""#,
      #"{"kind":"ed25519","encoding":"pem"}"#
    )
    let strictVerifier = try Verifier(profile: strict, secrets: [Secret(key)])
    #expect(verificationError(strictVerifier, good, at: Self.now)?.reason == "requirement_not_met")
  }

  @Test func `the example of appendix B.2.5 verifies under its shared secret`() throws {
    let example = try Primitives.value("rfc9421-b25-hmac")
    let input =
      #"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#
    let profile = try profile(
      "hmac-sha256",
      #""date", "@authority""#,
      #"{"encoding":"base64"}"#
    )
    let key =
      "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=="
    let verifier = try Verifier(profile: profile, secrets: [Secret(key)])
    let expected = try #require(example.expected)
    let good = request([("Signature-Input", input), ("Signature", "sig-b25=:\(expected):")])
    #expect(try verifier.verify(good, at: Self.now).secretIndex == 0)
    // Another's signature beside it does not matter.
    let beside = request([
      ("Signature-Input", #"proxy=("date");created=1, "# + input),
      ("Signature", "proxy=:AAAA:, sig-b25=:\(expected):"),
    ])
    #expect(try verifier.verify(beside, at: Self.now).secretIndex == 0)
    let none = request([("Signature-Input", input)])
    #expect(verificationError(verifier, none, at: Self.now) == .missingHeader(name: "Signature"))
  }

  @Test func `a profile cannot mix shared secrets and public keys`() throws {
    let profile = try profile(
      #"hmac-sha256","ed25519"#,
      #""@method""#,
      #"{"kind":"public","encoding":"pem"}"#
    )
    #expect(throws: VerifierError.self) {
      try Verifier(profile: profile, secrets: [Secret(KeyFixtures.made.rsa_pem)])
    }
  }
}
