import Testing
import WebhookReceiver

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

  @Test func `Zoom's and X's answers are as published`() throws {
    let zoom = try Primitives.value("zoom-url-validation-derived")
    let token = try #require(zoom.plainToken)
    let code = ReferenceHMAC.code(key: Array("secret".utf8), message: Array(token.utf8))
    #expect(Hex.encode(code) == zoom.expected)
    let crc = try Primitives.value("x-crc-derived")
    let profile = try #require(Profile.named("x-twitter"))
    let secret = try Secret(try #require(crc.secret))
    let responder = HandshakeResponder(
      verifier: try Verifier(profile: profile, secrets: [secret])
    )
    let challenge = try #require(crc.crc_token)
    let request = WebhookRequest(
      method: "GET",
      target: "/in?crc_token=\(challenge)",
      headers: HeaderFields(),
      body: []
    )
    guard case .answer(let answer) = responder.respond(to: request) else {
      Issue.record("no answer")
      return
    }
    #expect(try JSONValue.parse(answer.body)["response_token"]?.string == crc.expected)
  }

  @Test func `Box's body with escapes, and Twilio's digest, are as published`() throws {
    let box = try #require(Vector.all.first { $0.profile.id == "box" && $0.name == "escaped-ja" })
    let primary = box.headers.first { $0.name.lowercased() == "box-signature-primary" }?.value
    #expect(try primary == Primitives.value("box-escaped-ja").expected)
    let twilio = try Primitives.value("twilio-bodySHA256")
    let body = Array(try #require(twilio.body).utf8)
    #expect(Hex.encode(SHA256.digest(body)) == twilio.expected)
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
