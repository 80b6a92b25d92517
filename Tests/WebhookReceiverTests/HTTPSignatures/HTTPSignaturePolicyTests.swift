import Testing
import WebhookReceiver

@Suite struct HTTPSignaturePolicyTests {
  private static let now = Timestamp(seconds: 1_000_000)

  private static func policy(
    _ change: (inout HTTPSignaturePolicy) -> Void = { _ in }
  ) -> HTTPSignaturePolicy {
    var policy = HTTPSignaturePolicy(
      requiredComponents: [.init("@method"), .init("content-digest")],
      algorithms: [.ed25519, .hmacSHA256],
      past: .seconds(300),
      future: .seconds(60)
    )
    change(&policy)
    return policy
  }

  private static func signature(
    _ components: String = "\"@method\" \"content-digest\"",
    _ parameters: String = ";created=1000000"
  ) throws -> HTTPSignature {
    let request = SignedRequest.make([
      ("Signature-Input", "sig=(\(components))\(parameters)"), ("Signature", "sig=:AAAA:"),
    ])
    return try HTTPSignature.all(in: request, max: 1)[0]
  }

  private static func error(
    _ policy: HTTPSignaturePolicy,
    _ signature: HTTPSignature,
    at now: Timestamp = now
  ) -> VerificationError? {
    SignedRequest.error { () throws(VerificationError) in
      try policy.check(signature, at: now)
    }
  }

  @Test(arguments: [
    "\"@method\" \"content-digest\"", "\"content-digest\" \"date\" \"@method\"",
    "\"@method\" \"content-digest\";sf", "\"@method\" \"content-digest\";bs",
  ])
  func `a signature of all that is required is accepted`(components: String) throws {
    let algorithms = try Self.policy().check(Self.signature(components), at: Self.now)
    #expect(algorithms == [.ed25519, .hmacSHA256])
  }

  @Test(arguments: [
    "", "\"@method\"", "\"content-digest\"", "\"@path\" \"date\"",
    "\"@method\" \"content-digest\";key=\"sha-512\"",
    "\"@method\" \"content-digest\";sf;key=\"sha-512\"",
  ])
  func `a signature of less is refused`(components: String) throws {
    let error = Self.error(Self.policy(), try Self.signature(components))
    #expect(error?.reason == "requirement_not_met")
  }

  @Test func `a signature of nothing is refused even where nothing is required`() throws {
    let policy = Self.policy { $0.requiredComponents = [] }
    #expect(Self.error(policy, try Self.signature("\"date\"")) == nil)
    #expect(Self.error(policy, try Self.signature(""))?.reason == "requirement_not_met")
  }

  @Test func `parameters of a required component have to be the same`() throws {
    let policy = Self.policy {
      $0.requiredComponents = [
        .init("@query-param", [.init("name", .string("Pet"))]),
        .init("content-digest", [.init("key", .string("sha-512"))]),
      ]
    }
    let pet = "\"@query-param\";name=\"Pet\""
    let digest = "\"content-digest\";key=\"sha-512\""
    #expect(Self.error(policy, try Self.signature("\(digest) \(pet)")) == nil)
    for components in [digest, pet, "\(digest) \"@query-param\";name=\"param\"", "\(pet) \"date\""]
    {
      let error = Self.error(policy, try Self.signature(components))
      #expect(error?.reason == "requirement_not_met")
    }
  }

  @Test(arguments: [
    (-300, nil), (-299, nil), (0, nil), (60, nil),
    (-301, VerificationError.timestampTooOld(by: .seconds(1))),
    (-86400, .timestampTooOld(by: .seconds(86100))),
    (61, .timestampInFuture(by: .seconds(1))),
    (900, .timestampInFuture(by: .seconds(840))),
  ])
  func `the time of creation lies in the window`(offset: Int, expected: VerificationError?) throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=\(1_000_000 + offset)"
    )
    #expect(Self.error(Self.policy(), signature) == expected)
  }

  @Test(arguments: [-999_999_999_999_999, 999_999_999_999_999])
  func `times far off are refused and not computed with`(created: Int) throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=\(created);expires=\(created)"
    )
    let error = Self.error(Self.policy(), signature)
    #expect(error?.reason == (created < 0 ? "timestamp_too_old" : "timestamp_in_future"))
  }

  @Test(arguments: [
    ("", "requirement_not_met"), (";expires=1000001", "requirement_not_met"),
    (";created=1000000;expires=1000000", nil), (";created=999990;expires=1000001", nil),
    (";created=999990;expires=999999", "timestamp_too_old"),
    (";created=1000050;expires=1000040", "malformed_header"),
    (";created=0;expires=2000000", "timestamp_too_old"),
  ])
  func `a signature says when it was made, and has not expired`(
    parameters: String,
    reason: String?
  ) throws {
    let signature = try Self.signature("\"@method\" \"content-digest\"", parameters)
    #expect(Self.error(Self.policy(), signature)?.reason == reason)
  }

  @Test func `a fraction of a second after the expiry is after it`() throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=1000000;expires=1000000"
    )
    let error = Self.error(Self.policy(), signature, at: Self.now + .milliseconds(1))
    #expect(error == .timestampTooOld(by: .milliseconds(1)))
  }

  @Test func `label and tag are as configured`() throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=1000000;tag=\"app\""
    )
    #expect(Self.error(Self.policy { $0.label = "sig" }, signature) == nil)
    #expect(Self.error(Self.policy { $0.tag = "app" }, signature) == nil)
    let label = Self.error(Self.policy { $0.label = "sig1" }, signature)
    #expect(label?.reason == "requirement_not_met")
    let tag = Self.error(Self.policy { $0.tag = "App" }, signature)
    #expect(tag?.reason == "requirement_not_met")
    let none = Self.error(Self.policy { $0.tag = "app" }, try Self.signature())
    #expect(none?.reason == "requirement_not_met")
  }

  @Test(arguments: HTTPSignatureAlgorithm.allCases)
  func `the request chooses among the allowed algorithms alone`(
    algorithm: HTTPSignatureAlgorithm
  ) throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=1000000;alg=\"\(algorithm.rawValue)\""
    )
    let policy = Self.policy()
    if policy.algorithms.contains(algorithm) {
      #expect(try policy.check(signature, at: Self.now) == [algorithm])
    } else {
      #expect(Self.error(policy, signature)?.reason == "requirement_not_met")
    }
  }

  @Test(arguments: ["", "none", "ED25519", "hmac-sha1", "hs2019"])
  func `an algorithm that nobody registered is refused`(name: String) throws {
    let signature = try Self.signature(
      "\"@method\" \"content-digest\"",
      ";created=1000000;alg=\"\(name)\""
    )
    #expect(Self.error(Self.policy(), signature)?.reason == "requirement_not_met")
  }
}
