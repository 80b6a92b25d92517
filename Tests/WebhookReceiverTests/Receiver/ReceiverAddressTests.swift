import Testing
import WebhookReceiver

/// Who is let in, directly and behind proxies.
@Suite struct ReceiverAddressTests {
  /// The status for the example of GitHub's documentation, which is signed rightly.
  private func status(
    from address: IPAddress?,
    allow: [String]? = nil,
    deny: [String]? = nil
  ) async throws -> Int {
    let profile = try #require(Profile.named("github"))
    let receiver = Receiver(
      verifier: try Verifier(profile: profile, secrets: [Secret("It's a Secret to Everybody")]),
      allowList: try allow.map { blocks in try AllowList(blocks) },
      denyList: try deny.map { blocks in try DenyList(blocks) },
      idempotency: InMemoryIdempotencyStore(entriesMax: 10, lifetime: .seconds(100))
    )
    let signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    let request = WebhookRequest(
      headers: HeaderFields([
        ("X-Hub-Signature-256", "sha256=\(signature)"), ("X-GitHub-Delivery", "1"),
      ]),
      body: Array("Hello, World!".utf8),
      remoteAddress: address
    )
    return await receiver.receive(request) { _ in }.response.status
  }

  @Test(
    arguments: [
      ("192.30.252.9", 200), ("192.30.252.66", 403), ("::ffff:192.30.252.66", 403),
      ("192.30.253.1", 403), (nil, 403),
    ] as [(String?, Int)]
  )
  func `a denied address is refused although it is allowed`(text: String?, expected: Int)
    async throws
  {
    let address = try text.map { try #require(IPAddress($0)) }
    let status = try await status(
      from: address,
      allow: ["192.30.252.0/24"],
      deny: ["192.30.252.64/26"]
    )
    #expect(status == expected)
  }

  @Test(
    arguments: [("192.0.2.1", 200), ("198.51.100.1", 403), (nil, 403)] as [(String?, Int)]
  )
  func `a deny-list alone lets everybody else in`(text: String?, expected: Int) async throws {
    let address = try text.map { try #require(IPAddress($0)) }
    #expect(try await status(from: address, deny: ["198.51.100.0/24"]) == expected)
  }

  @Test(
    arguments: [
      // The provider through one proxy and through two.
      ("10.0.0.2", "192.30.252.9", 200), ("10.0.0.2", "192.30.252.9, 10.0.0.3", 200),
      // A stranger through the proxy, who claims to be the provider.
      ("10.0.0.2", "192.30.252.9, 203.0.113.6", 403), ("10.0.0.2", "203.0.113.6", 403),
      // A stranger who does not come through the proxy.
      ("203.0.113.6", "192.30.252.9", 403), ("203.0.113.6", "192.30.252.9, 10.0.0.2", 403),
      // The provider without the proxy, whatever it sends.
      ("192.30.252.9", "203.0.113.6", 200), ("192.30.252.9", "nonsense", 200),
    ]
  )
  func `an allow-list behind a proxy asks for the client`(
    peer: String,
    chain: String,
    expected: Int
  ) async throws {
    let headers: [(TrustedProxies.Header, String, String)] = [
      (.xForwardedFor, "X-Forwarded-For", chain),
      (
        .forwarded, "Forwarded",
        chain.split(separator: ", ").map { "for=\($0)" }.joined(separator: ", ")
      ),
    ]
    for (header, name, value) in headers {
      let proxies = try TrustedProxies(["10.0.0.0/8"], header: header)
      let address = try proxies.clientAddress(
        peer: #require(IPAddress(peer)),
        headers: HeaderFields([(name, value)])
      )
      #expect(try await status(from: address, allow: ["192.30.252.0/22"]) == expected)
    }
  }
}
