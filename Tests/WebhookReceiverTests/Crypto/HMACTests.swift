import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// The codes of libcrypto against the published ones, through the one way that the engine has.
@Suite struct HMACTests {
  /// RFC 4231, cases 1 to 4, 6 and 7.
  static let cases: [(key: String, message: String, code: String)] = [
    (
      String(repeating: "0b", count: 20), "4869205468657265",
      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    ),
    (
      "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    ),
    (
      String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
      "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    ),
    (
      "0102030405060708090a0b0c0d0e0f10111213141516171819", String(repeating: "cd", count: 50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
    ),
    (
      String(repeating: "aa", count: 131),
      "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368"
        + "204b6579204669727374",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    ),
  ]

  @Test(arguments: cases.indices)
  func `the reference implementation of these tests gives the published codes`(index: Int) throws {
    let (keyText, messageText, code) = Self.cases[index]
    let key = try #require(Hex.decode(keyText, lowercaseOnly: true))
    let message = try #require(Hex.decode(messageText, lowercaseOnly: true))
    #expect(Hex.encode(ReferenceHMAC.code(key: key, message: message)) == code)
  }

  @Test(arguments: cases.indices)
  func `a signer gives the published codes`(index: Int) throws {
    let (keyText, messageText, code) = Self.cases[index]
    let key = try #require(Hex.decode(keyText, lowercaseOnly: true))
    let message = try #require(Hex.decode(messageText, lowercaseOnly: true))
    // Only Standard Webhooks takes keys that are not text; GitHub signs the body alone.
    let profile = Profile.github.with(key: .init(.base64))
    let signer = WebhookSigner(profile, secret: try Secret(Base64.encode(key)))
    let headers = try signer.headers(body: message)
    #expect(headers.first("X-Hub-Signature-256") == "sha256=\(code)")
  }

  @Test func `codes of every length and digest verify`() throws {
    var generator = SeededGenerator(seed: 4231)
    for digest in Digest.allCases {
      let profile = Profile.github.with(digest: digest)
      for keyBytes in [1, 63, 64, 65, 127, 128, 129, 200] {
        let text = Hex.encode(generator.bytes(keyBytes)).prefix(keyBytes)
        let secret = try Secret(String(text))
        let body = generator.bytes(Int.random(in: 0...300, using: &generator))
        let request = try WebhookSigner(profile, secret: secret).request(body: body)
        let verifier = try Verifier(profile: profile, secrets: [secret])
        #expect(verificationError(verifier, request, at: .now) == nil)
        let other = Profile.github.with(digest: digest == .sha1 ? .sha512 : .sha1)
        let wrong = try Verifier(profile: other, secrets: [secret])
        #expect(verificationError(wrong, request, at: .now) != nil)
      }
    }
  }

  /// Short pieces are handed to libcrypto together, up to a length that ids go beyond.
  @Test(arguments: [0, 1, 40, 127, 128, 129, 300])
  func `ids and bodies of every length are signed as they stand`(bodyBytes: Int) throws {
    let key = Array("0123456789abcdef0123456789abcdef".utf8)
    let secret = try Secret("whsec_" + Base64.encode(key))
    let verifier = try Verifier(profile: .standardWebhooks, secrets: [secret])
    let body = [UInt8](repeating: 0x62, count: bodyBytes)
    for length in 1...200 {
      let id = String(repeating: "i", count: length)
      let code = ReferenceHMAC.code(key: key, message: Array("\(id).1700000000.".utf8) + body)
      let headers = HeaderFields([
        ("webhook-id", id), ("webhook-timestamp", "1700000000"),
        ("webhook-signature", "v1,\(Base64.encode(code))"),
      ])
      let request = WebhookRequest(headers: headers, body: body)
      let time = Timestamp(seconds: 1_700_000_000)
      if let error = verificationError(verifier, request, at: time) {
        Issue.record("\(length): \(error)")
      }
    }
  }

  @Test func `threads that verify at once do not disturb each other`() async throws {
    let secrets = try (0..<3).map { try Secret("secret \($0)") }
    let verifier = try Verifier(profile: .github, secrets: secrets)
    let requests = try (0..<30).map { number in
      try WebhookSigner(.github, secret: secrets[number % 3]).request(body: "body \(number)")
    }
    await withTaskGroup(of: Bool.self) { group in
      // More tasks than the pool has contexts.
      for _ in 0..<24 {
        group.addTask {
          requests.enumerated().allSatisfy { number, request in
            (try? verifier.verify(request))?.secretIndex == number % 3
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
