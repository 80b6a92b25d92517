import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// `v1a`: Ed25519 under the names of Standard Webhooks.
@Suite struct AsymmetricTests {
  // The pair of the published vector: the seed, and behind it the public key.
  static let privateText =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
  static let publicText = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
  static let published =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
  static let now = Timestamp(seconds: 1_614_265_330)
  static let symmetricText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

  private func verifier(_ texts: String...) throws -> Verifier {
    try Verifier(profile: .standardWebhooks, secrets: try texts.map { try Secret($0) })
  }

  private func request(_ texts: String..., body: String = #"{"test": 2432232314}"#) throws
    -> WebhookRequest
  {
    let secrets = try texts.map { try Secret($0) }
    return try WebhookSigner(.standardWebhooks, secrets: secrets).request(
      body: body,
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
      timestamp: Self.now
    )
  }

  @Test func `the private key makes the published signature`() throws {
    #expect(try request(Self.privateText).headers.first("webhook-signature") == Self.published)
    // The seed alone is the same key.
    let pair = try #require(Base64.decode(String(Self.privateText.dropFirst(5))))
    let seed = "whsk_" + Base64.encode(Array(pair[..<32]))
    #expect(try request(seed).headers.first("webhook-signature") == Self.published)
  }

  @Test func `both kinds of signature stand side by side, and either key is enough`() throws {
    let mixed = try request(Self.symmetricText, Self.privateText)
    for texts in [[Self.symmetricText], [Self.publicText]] {
      let verifier = try Verifier(
        profile: .standardWebhooks,
        secrets: try texts.map { try Secret($0) }
      )
      #expect(verificationError(verifier, mixed, at: Self.now) == nil)
    }
    let both = try verifier(Self.publicText, Self.symmetricText)
    #expect(try both.verify(request(Self.symmetricText), at: Self.now).secretIndex == 1)
    #expect(try both.verify(request(Self.privateText), at: Self.now).secretIndex == 0)
  }

  @Test func `a key of one kind does not accept the other's signature`() throws {
    let symmetric = try request(Self.symmetricText)
    let asymmetric = try request(Self.privateText)
    #expect(
      verificationError(try verifier(Self.publicText), symmetric, at: Self.now)
        == .signatureMismatch
    )
    #expect(
      verificationError(try verifier(Self.symmetricText), asymmetric, at: Self.now)
        == .signatureMismatch
    )
  }

  @Test func `the public key's bytes are no HMAC key`() throws {
    // Whoever knows the public key could sign if its bytes were taken for a shared secret.
    let forged = try request("whsec_" + Self.publicText.dropFirst(5))
    let error = verificationError(try verifier(Self.publicText), forged, at: Self.now)
    #expect(error == .signatureMismatch)
  }

  @Test func `an Ed25519 signature under the name v1 is not one, nor the reverse`() throws {
    for texts in [(Self.privateText, Self.publicText), (Self.symmetricText, Self.symmetricText)] {
      let signed = try request(texts.0)
      let value = try #require(signed.headers.first("webhook-signature"))
      let renamed =
        value.hasPrefix("v1a,") ? "v1," + value.dropFirst(4) : "v1a," + value.dropFirst(3)
      let fields = HeaderFields([
        ("webhook-id", try #require(signed.headers.first("webhook-id"))),
        ("webhook-timestamp", try #require(signed.headers.first("webhook-timestamp"))),
        ("webhook-signature", renamed),
      ])
      let forged = WebhookRequest(headers: fields, body: signed.body)
      #expect(verificationError(try verifier(texts.1), forged, at: Self.now) != nil)
    }
  }

  @Test func `a receiver does not take the private key, nor a signer the public one`() throws {
    #expect {
      try verifier(Self.privateText)
    } throws: { error in
      guard case .wrongKeyHalf(0, _)? = error as? VerifierError else { return false }
      return true
    }
    #expect {
      try request(Self.publicText)
    } throws: { error in
      guard case .keyUnusable(.wrongKeyHalf(0, _))? = error as? SigningError else { return false }
      return true
    }
  }

  @Test(arguments: [
    "whpk_AAAA", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOirAA", "whpk_!!!!",
    "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=AA",
  ])
  func `a public key has 32 bytes`(text: String) throws {
    #expect(throws: VerifierError.self) { try verifier(text) }
  }

  @Test func `the halves of two pairs are no key`() throws {
    var pair = try #require(Base64.decode(String(Self.privateText.dropFirst(5))))
    pair[0] ^= 1
    let text = "whsk_" + Base64.encode(pair)
    #expect(throws: SigningError.self) { try request(text) }
    #expect(throws: SigningError.self) { try request("whsk_AAAA") }
  }
}
