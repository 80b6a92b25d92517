import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// How far a timestamp may be from the receiver's clock.
@Suite struct ToleranceTests {
  static let now = Timestamp(seconds: 1_767_323_045)

  private func refusal(
    _ profile: Profile,
    age: Duration,
    tolerance: Duration? = nil
  ) throws -> VerificationError? {
    let secret = try Secret("whsec_AAAA")
    // The sender writes whole seconds, so it is the receiver's clock that moves.
    let request = try WebhookSigner(profile, secret: secret).request(
      body: "{}",
      timestamp: Self.now
    )
    let verifier = try Verifier(profile: profile, secrets: [secret], tolerance: tolerance)
    return verificationError(verifier, request, at: Self.now + age)
  }

  @Test(arguments: ["standard-webhooks", "svix", "stripe", "slack"])
  func `exactly 300 seconds pass and more do not, either way`(name: String) throws {
    let profile = try #require(Profile.named(name))
    for age in [Duration.zero, .seconds(299), .seconds(300), .seconds(-299), .seconds(-300)] {
      #expect(try refusal(profile, age: age) == nil, "\(age)")
    }
    #expect(try refusal(profile, age: .seconds(301)) == .timestampTooOld(by: .seconds(1)))
    #expect(try refusal(profile, age: .seconds(-301)) == .timestampInFuture(by: .seconds(1)))
    let moment = Duration.microseconds(1)
    #expect(try refusal(profile, age: .seconds(300) + moment) == .timestampTooOld(by: moment))
    #expect(try refusal(profile, age: .seconds(-300) - moment) == .timestampInFuture(by: moment))
    #expect(try refusal(profile, age: .seconds(86400)) == .timestampTooOld(by: .seconds(86100)))
  }

  @Test func `Toss's last retry passes with the first one's time, its future does not`() throws {
    let minutes: [Int64] = [1, 4, 16, 64, 256, 1024, 4096]
    let lastRetry = Duration.seconds(minutes.reduce(0, +) * 60)
    #expect(try refusal(.toss, age: lastRetry) == nil)
    #expect(try refusal(.toss, age: .seconds(4 * 86400)) == nil)
    #expect(
      try refusal(.toss, age: .seconds(4 * 86400 + 1)) == .timestampTooOld(by: .seconds(1))
    )
    #expect(try refusal(.toss, age: .seconds(-300)) == nil)
    #expect(try refusal(.toss, age: .seconds(-301)) == .timestampInFuture(by: .seconds(1)))
  }

  @Test(arguments: [0, 1, 60, 86400] as [Int64])
  func `a tolerance of one's own holds either way, zero included`(seconds: Int64) throws {
    let tolerance = Duration.seconds(seconds)
    for profile in [Profile.stripe, .toss] {
      #expect(try refusal(profile, age: tolerance, tolerance: tolerance) == nil)
      #expect(try refusal(profile, age: .zero - tolerance, tolerance: tolerance) == nil)
      let beyond = tolerance + .seconds(2)
      #expect(
        try refusal(profile, age: beyond, tolerance: tolerance) == .timestampTooOld(by: .seconds(2))
      )
      #expect(
        try refusal(profile, age: .zero - beyond, tolerance: tolerance)
          == .timestampInFuture(by: .seconds(2))
      )
    }
  }

  @Test(arguments: ["github", "shopify"])
  func `where no time is signed, none is looked at`(name: String) throws {
    let profile = try #require(Profile.named(name))
    #expect(try refusal(profile, age: .seconds(1 << 40), tolerance: .zero) == nil)
    let verifier = try Verifier(profile: profile, secrets: [Secret("x")])
    #expect(verifier.toleratedPast == nil && verifier.toleratedFuture == nil)
  }

  @Test func `the ends of time have an answer`() throws {
    let secret = try Secret("x")
    let request = try WebhookSigner(.stripe, secret: secret).request(
      body: "{}",
      timestamp: Self.now
    )
    let verifier = try Verifier(profile: .stripe, secrets: [secret])
    let late = verificationError(verifier, request, at: Timestamp(microseconds: .max))
    let early = verificationError(verifier, request, at: Timestamp(microseconds: .min))
    guard case .timestampTooOld = late, case .timestampInFuture = early else {
      Issue.record("\(String(describing: late)), \(String(describing: early))")
      return
    }
  }

  @Test func `the timestamp is looked at before the signature`() throws {
    let request = StrictnessTests.request(signature: "v1,\(Base64.encode(SHA256.digest([])))")
    let verifier = try Verifier(
      profile: .standardWebhooks,
      secrets: [Secret(StrictnessTests.secretText)]
    )
    let now = Timestamp(seconds: StrictnessTests.time + 301)
    #expect(verificationError(verifier, request, at: now) == .timestampTooOld(by: .seconds(1)))
  }

  @Test func `a timestamp in another zone is the same moment`() throws {
    let secret = try Secret("secret")
    let body = Array("{}".utf8)
    let text = "2024-09-05T12:19:21+09:00"
    let content = body + Array(":\(text)".utf8)
    let code = Base64.encode(ReferenceHMAC.code(key: Array("secret".utf8), message: content))
    let request = WebhookRequest(
      headers: HeaderFields([
        ("tosspayments-webhook-signature", "v1:\(code)"),
        ("tosspayments-webhook-transmission-time", text),
      ]),
      body: body
    )
    let verifier = try Verifier(profile: .toss, secrets: [secret])
    let webhook = try verifier.verify(request, at: Timestamp(seconds: 1_725_506_361))
    #expect(webhook.timestamp?.rfc3339 == "2024-09-05T03:19:21Z")
  }

  @Test(arguments: ["2024-09-05 12:19:21+09:00", "2024-09-05T12:19:21", "1725506361", "yesterday"])
  func `Toss's time in another form is refused`(text: String) throws {
    let body = Array("{}".utf8)
    let content = body + Array(":\(text)".utf8)
    let code = Base64.encode(ReferenceHMAC.code(key: Array("secret".utf8), message: content))
    let request = WebhookRequest(
      headers: HeaderFields([
        ("tosspayments-webhook-signature", "v1:\(code)"),
        ("tosspayments-webhook-transmission-time", text),
      ]),
      body: body
    )
    let verifier = try Verifier(profile: .toss, secrets: [Secret("secret")])
    let error = verificationError(verifier, request, at: Timestamp(seconds: 1_725_506_361))
    #expect(error == .malformedHeader(name: "tosspayments-webhook-transmission-time"))
  }

  @Test func `a negative tolerance is no tolerance`() throws {
    let secret = try Secret("x")
    #expect(throws: VerifierError.toleranceNegative) {
      try Verifier(profile: .stripe, secrets: [secret], tolerance: .seconds(-1))
    }
  }
}
