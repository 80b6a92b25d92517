import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Secrets: what is one, what key it stands for, and that it stays one.
@Suite struct SecretTests {
  static let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  static let now = Timestamp(seconds: 1_614_265_330)

  private func verifies(_ profile: Profile, signed: [String], with secret: String) throws -> Bool {
    let signer = WebhookSigner(profile, secrets: try signed.map { try Secret($0) })
    let request = try signer.request(body: "{}", timestamp: Self.now)
    let verifier = try Verifier(profile: profile, secrets: [Secret(secret)])
    return verificationError(verifier, request, at: Self.now) == nil
  }

  @Test func `nothing is not a secret`() {
    #expect(throws: SecretError.empty) { try Secret("") }
    for text in [" ", "\n", "\t \r\n"] {
      #expect(throws: SecretError.blank) { try Secret(text) }
    }
    #expect(throws: SecretError.tooLong(bytesMax: 64 << 10)) {
      try Secret(String(repeating: "x", count: (64 << 10) + 1))
    }
    #expect(throws: Never.self) { try Secret(String(repeating: "x", count: 64 << 10)) }
  }

  @Test(arguments: ["whsec_", "whpk_", "whsk_"])
  func `a prefix alone is not a secret of Standard Webhooks`(text: String) throws {
    let secret = try Secret(text)
    #expect(throws: VerifierError.secretEmpty(index: 0)) {
      try Verifier(profile: .standardWebhooks, secrets: [secret])
    }
    // Where the text is the key it is one, if a poor one.
    #expect(throws: Never.self) { try Verifier(profile: .stripe, secrets: [secret]) }
  }

  @Test func `the prefix of Standard Webhooks may be absent, Stripe's is part of the key`() throws {
    let bare = String(Self.text.dropFirst(6))
    #expect(try verifies(.standardWebhooks, signed: [Self.text], with: bare))
    #expect(try verifies(.standardWebhooks, signed: [bare], with: Self.text))
    #expect(try verifies(.svix, signed: [Self.text], with: bare))
    #expect(try !verifies(.stripe, signed: [Self.text], with: bare))
    #expect(try verifies(.stripe, signed: [Self.text], with: Self.text))
  }

  @Test(arguments: [("whsec_YQ==", "whsec_YQ"), ("whsec_YWI=", "YWI"), ("YWJj", "whsec_YWJj")])
  func `the padding of a secret may be absent`(padded: String, bare: String) throws {
    #expect(try verifies(.standardWebhooks, signed: [padded], with: bare))
  }

  @Test(arguments: [
    "whsec_YQ=", "whsec_Y", "whsec_Y!==", "whsec_ YQ==", "whsec_YQ==\n", "whsec_whsec_YQ==",
    "WHSEC_YQ==", "not base64", "whsec_-_-_", "whsec_=", "whsec_YR==",
  ])
  func `what is not base64 is not guessed at`(text: String) throws {
    let secrets = [try Secret(Self.text), try Secret(text)]
    #expect {
      try Verifier(profile: .standardWebhooks, secrets: secrets)
    } throws: { error in
      guard case .secretMalformed(1, _)? = error as? VerifierError else { return false }
      return !"\(error)".contains("YQ")
    }
  }

  @Test func `blanks at the ends of a secret are part of it`() throws {
    #expect(try !verifies(.github, signed: ["secret"], with: "secret\n"))
    #expect(try verifies(.github, signed: [" secret "], with: " secret "))
  }

  @Test func `any secret of a rotation is enough, and says which it was`() throws {
    let secrets = try (0..<4).map { try Secret("whsec_" + Base64.encode([UInt8($0), 1, 2, 3])) }
    let verifier = try Verifier(profile: .standardWebhooks, secrets: secrets)
    for (index, secret) in secrets.enumerated() {
      let request = try WebhookSigner(.standardWebhooks, secret: secret).request(body: "{}")
      #expect(try verifier.verify(request).secretIndex == index)
    }
    let both = WebhookSigner(.standardWebhooks, secrets: [secrets[3], secrets[1]])
    // The order of the receiver's secrets decides, not that of the sender's signatures.
    #expect(try verifier.verify(both.request(body: "{}")).secretIndex == 1)
    let other = try Secret("whsec_" + Base64.encode([9, 9, 9]))
    let request = try WebhookSigner(.standardWebhooks, secret: other).request(body: "{}")
    #expect(verificationError(verifier, request, at: .now) == .signatureMismatch)
    let mixed = WebhookSigner(.standardWebhooks, secrets: [other, secrets[2]])
    #expect(try verifier.verify(mixed.request(body: "{}")).secretIndex == 2)
  }

  @Test func `there is at least one secret, and no more than anybody needs`() throws {
    let secret = try Secret("x")
    #expect(throws: VerifierError.noSecrets) { try Verifier(profile: .github, secrets: []) }
    let many = Array(repeating: secret, count: Verifier.secretsMax)
    #expect(throws: Never.self) { try Verifier(profile: .github, secrets: many) }
    #expect(throws: VerifierError.tooManySecrets(max: Verifier.secretsMax)) {
      try Verifier(profile: .github, secrets: many + [secret])
    }
  }

  @Test func `a secret is never printed`() throws {
    let secret = try Secret(Self.text)
    let verifier = try Verifier(profile: .standardWebhooks, secrets: [secret])
    let signer = WebhookSigner(.standardWebhooks, secret: secret)
    var dumped = ""
    dump(secret, to: &dumped)
    dump(signer, to: &dumped)
    dump(verifier, to: &dumped)
    let printed = [
      "\(secret)", String(reflecting: secret), String(describing: [secret]), "\(verifier)",
      String(reflecting: verifier), "\(signer)", dumped,
    ]
    let bytes = try #require(Base64.decode(String(Self.text.dropFirst(6))))
    for text in printed {
      #expect(!text.contains("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
      #expect(!text.contains("\(bytes[0]), \(bytes[1])"))
      // As dump prints an array, a line a byte.
      let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
      let pairs = zip(lines, lines.dropFirst())
      #expect(!pairs.contains { $0 == "- \(bytes[0])" && $1 == "- \(bytes[1])" })
    }
    #expect("\(secret)" == "[redacted]" && String(reflecting: secret) == "[redacted]")
  }
}
