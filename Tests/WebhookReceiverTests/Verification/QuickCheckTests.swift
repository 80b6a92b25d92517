import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// What is checked without the engine is checked as the engine would.
///
/// Requests start genuine and are changed where a scheme looks: both ways must say the same of
/// each, down to the name in an error.
@Suite struct QuickCheckTests {
  private static let rounds = Campaign.rounds(
    100,
    campaign: 30_000,
    of: "a request checked in both ways, per profile"
  )
  private static let time = Timestamp(seconds: 1_700_000_000)
  /// What separates, names, pads and signs.
  private static let alphabet =
    Array(",;=. \t:v012tsaAfF+/-_\u{0}\u{7f}".utf8) + [0x80, 0xc3, 0xff]

  private struct Answer: Equatable {
    var error: VerificationError?
    var timestamp: Timestamp?
    var secretIndex: Int?

    init(_ verify: () throws(VerificationError) -> VerifiedWebhook) {
      do throws(VerificationError) {
        let webhook = try verify()
        timestamp = webhook.timestamp
        secretIndex = webhook.secretIndex
      } catch {
        self.error = error
      }
    }
  }

  private func expectSame(_ verifier: Verifier, _ request: WebhookRequest, at now: Timestamp) {
    let quick = Answer { () throws(VerificationError) in try verifier.verify(request, at: now) }
    let engine = Answer { () throws(VerificationError) in
      try verifier.verifyByEngine(request, at: now)
    }
    let isSame = quick == engine
    #expect(isSame, "\(verifier.profile.id): \(quick), \(engine), \(request.headers)")
  }

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let byte = Self.alphabet[Int(generator.next() % UInt64(Self.alphabet.count))]
    let at = Int.random(in: 0...bytes.count, using: &generator)
    switch Int.random(in: 0..<9, using: &generator) {
    case 0: bytes.insert(byte, at: at)
    case 1 where at < bytes.count: bytes[at] = byte
    case 2 where at < bytes.count: bytes.remove(at: at)
    case 3 where at < bytes.count: bytes[at] ^= 1 << UInt8(generator.next() % 8)
    case 4: bytes.removeSubrange(at...)
    case 5: bytes = Array(String(decoding: bytes, as: UTF8.self).uppercased().utf8)
    case 6: bytes += Array(repeating: byte, count: Int(generator.next() % 200))
    case 7: bytes = bytes + [byte] + bytes
    // An element more, in front of what is right or behind it.
    default: bytes = at % 2 == 0 ? Array("v9=x,v1,AA== ".utf8) + bytes : bytes + Array(",t=1".utf8)
    }
  }

  /// Fields changed, removed, repeated, put in another order and among others.
  private func mutated(
    _ request: WebhookRequest,
    _ generator: inout SeededGenerator
  ) -> WebhookRequest {
    var request = request
    if Int.random(in: 0..<6, using: &generator) == 0 { mutate(&request.body, &generator) }
    var fields = (0..<request.headers.count).map { index in
      (Array(request.headers.name(at: index).utf8), Array(request.headers.value(at: index).utf8))
    }
    for _ in 0..<Int.random(in: 0...2, using: &generator) where !fields.isEmpty {
      let chosen = Int.random(in: fields.indices, using: &generator)
      switch Int.random(in: 0..<12, using: &generator) {
      case 0: fields.append(fields[chosen])
      case 1: fields.remove(at: chosen)
      case 2: fields.shuffle(using: &generator)
      case 3: mutate(&fields[chosen].0, &generator)
      case 4: for index in fields[chosen].0.indices { fields[chosen].0[index] ^= 0x20 }
      case 5: fields.insert((Array("X-Other".utf8), Array("é".utf8)), at: chosen)
      case 6: fields[chosen].1 = []
      default: mutate(&fields[chosen].1, &generator)
      }
    }
    request.headers = HeaderFields()
    for (name, value) in fields { request.headers.append(name: name, value: value) }
    return request
  }

  private func compare(_ sample: Sample, _ profile: Profile, seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let text = profile.key.encoding == .hex ? "0b0b" : "b3RoZXIgc2VjcmV0cw=="
    let other = try Secret((profile.key.strip ?? "") + text)
    let secrets = [sample.secret] + (profile.key.byteCount == nil ? [other] : [])
    var signer = WebhookSigner(profile, secrets: [sample.secret])
    signer.parameters = sample.parameters
    let original = try signer.request(
      body: sample.body,
      id: "in_header",
      type: "t.h",
      timestamp: Self.time,
      url: sample.url
    )
    let verifiers = try [secrets, secrets.reversed(), [sample.secret], secrets.suffix(1)].map {
      try Verifier(profile: profile, secrets: Array($0), parameters: sample.parameters)
    }
    for verifier in verifiers {
      for seconds: Int64 in [0, -301, -300, -299, 299, 300, 301, 100_000] {
        expectSame(verifier, original, at: Timestamp(seconds: Self.time.seconds + seconds))
      }
      expectSame(verifier, original, at: Timestamp(microseconds: .min))
      expectSame(verifier, original, at: Timestamp(microseconds: .max))
    }
    // Without a quick check both are the engine.
    guard verifiers[0].hasQuickCheck else { return }
    for _ in 0..<Self.rounds {
      let request = mutated(original, &generator)
      for verifier in verifiers { expectSame(verifier, request, at: Self.time) }
    }
  }

  @Test(arguments: Sample.all)
  func `both ways give the same answers, for every profile`(sample: Sample) throws {
    try compare(sample, sample.profile, seed: 71)
  }

  @Test(arguments: [Digest.sha1, .sha384, .sha512])
  func `both ways give the same answers, for codes of every length`(digest: Digest) throws {
    for sample in Sample.all where Self.usual.contains(sample.profile.id) {
      try compare(sample, sample.profile.with(digest: digest), seed: 72)
    }
  }

  @Test func `the heads of large servers are left to the engine, and verify`() throws {
    for sample in Sample.all where Self.usual.contains(sample.profile.id) {
      let verifier = try sample.verifier()
      let original = try sample.request(at: Self.time)
      for count in [200, 255, 256, 257, 300] {
        var request = original
        request.headers = HeaderFields((0..<count).map { ("X-Field-\($0)", "value") })
        for index in 0..<original.headers.count {
          let (name, value) = (original.headers.name(at: index), original.headers.value(at: index))
          request.headers.append(name, value)
        }
        expectSame(verifier, request, at: Self.time)
        #expect((try? verifier.verify(request, at: Self.time)) != nil)
      }
    }
  }

  private static let usual = ["github", "slack", "standard-webhooks", "stripe", "shopify", "svix"]

  @Test func `what most providers send is checked without the engine`() throws {
    let quick = try Sample.all.filter { try $0.verifier().hasQuickCheck }.map(\.profile.id)
    for id in ["github", "slack", "standard-webhooks", "stripe"] { #expect(quick.contains(id)) }
    #expect(quick.count >= 30, "\(quick)")
  }

  @Test(arguments: Sample.all)
  func `what is in order never meets the engine where there is a quick check`(
    sample: Sample
  ) throws {
    let verifier = try sample.verifier()
    guard verifier.hasQuickCheck else { return }
    let original = try sample.request(at: Self.time)
    #expect(verifier.needsNoEngine(original, at: Self.time))
    // Nor does what somebody else has signed.
    var forged = original
    forged.body.append(0x20)
    #expect(verifier.needsNoEngine(forged, at: Self.time))
    #expect(verificationError(verifier, forged, at: Self.time) == .signatureMismatch)
  }
}
