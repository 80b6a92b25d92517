import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Any bytes anywhere in a request: an answer, and never a trap.
///
/// What is mutated starts as a genuine request, so that the mutations reach every step of the
/// check; a request that still verifies must be one that says the same.
@Suite struct VerifyMutationTests {
  /// Bytes that mean something to one of the parsers.
  private static let alphabet =
    Array("\"\\{}[]:,;=.|+/-_% \t\r\n0159afAFtvVz~\u{0}".utf8) + [0x7f, 0x80, 0xc2, 0xff]

  private static let rounds = Campaign.rounds(
    100,
    campaign: 10_000,
    of: "a mutated request, per profile"
  )

  private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let byte = Self.alphabet[Int(generator.next() % UInt64(Self.alphabet.count))]
      let at = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: bytes.insert(byte, at: at)
      case 1 where at < bytes.count: bytes[at] = byte
      case 2 where at < bytes.count: bytes.remove(at: at)
      case 3 where at < bytes.count: bytes[at] ^= 1 << UInt8(generator.next() % 8)
      case 4: bytes.removeSubrange(at...)
      default: bytes += bytes.prefix(64)
      }
    }
  }

  private func mutated(
    _ request: WebhookRequest,
    _ generator: inout SeededGenerator
  ) -> WebhookRequest {
    var request = request
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: mutate(&request.body, &generator)
    case 1:
      var target = Array(request.target.utf8)
      mutate(&target, &generator)
      request.target = String(decoding: target, as: UTF8.self)
    case 2:
      var url = Array((request.url ?? "").utf8)
      mutate(&url, &generator)
      request.url = String(decoding: url, as: UTF8.self)
    default:
      var headers = HeaderFields()
      let chosen = Int.random(in: 0..<max(1, request.headers.count), using: &generator)
      for index in 0..<request.headers.count {
        var value = Array(request.headers.value(at: index).utf8)
        if index == chosen { mutate(&value, &generator) }
        headers.append(name: Array(request.headers.name(at: index).utf8), value: value)
        if index == chosen, Bool.random(using: &generator) {
          headers.append(name: Array(request.headers.name(at: index).utf8), value: value)
        }
      }
      request.headers = headers
    }
    return request
  }

  @Test(arguments: Sample.all)
  func `a mutated request of each profile is answered`(sample: Sample) throws {
    var generator = SeededGenerator(seed: 31)
    let verifier = try sample.verifier()
    let now = Timestamp.now
    let original = try sample.request(at: now)
    let genuine = try verifier.verify(original, at: now)
    for _ in 0..<Self.rounds {
      let request = mutated(original, &generator)
      guard let webhook = try? verifier.verify(request, at: now) else { continue }
      // What is bound cannot have changed.
      if sample.profile.identity == .boundID, genuine.eventID != nil, webhook.eventID != nil {
        #expect(webhook.eventID == genuine.eventID)
      }
      if let scheme = sample.profile.signatureScheme, scheme.message.contains(.body) {
        #expect(webhook.body == original.body)
      }
      _ = webhook.idempotencyKeys(source: "s")
      _ = webhook.items
    }
  }

  @Test func `a mutated profile reads or says what is wrong, and never traps`() throws {
    var generator = SeededGenerator(seed: 32)
    let rounds = Campaign.rounds(40, campaign: 4000, of: "a mutated profile, per profile")
    let request = WebhookRequest(
      headers: HeaderFields([("X-Signature", "a"), ("Authorization", "Basic YTpi")]),
      body: Array(#"{"id":1,"events":[{}]}"#.utf8)
    )
    for profile in Profile.catalogue {
      for _ in 0..<rounds {
        var json = profile.json
        mutate(&json, &generator)
        guard let other = try? Profile(json: json) else { continue }
        guard let verifier = try? Verifier(profile: other, secrets: [Secret("whsec_c2VjcmV0")])
        else { continue }
        _ = try? verifier.verify(request)
        _ = try? WebhookSigner(other, secret: Secret("whsec_c2VjcmV0")).request(body: "{}")
      }
    }
  }

  /// Work that grows with the square of the input would show as minutes here.
  @Test(arguments: Sample.all)
  func `long inputs of every kind are answered in one pass`(sample: Sample) throws {
    let verifier = try sample.verifier()
    let original = try sample.request()
    for unit in ["a", ",", "=", " ", "{", "[", "\"", "\\u0061", "&", "%2", "v1=", "[[", "{\"a\":"] {
      var request = original
      let size = Campaign.isOn ? 4 << 20 : 128 << 10
      request.body = Array(String(repeating: unit, count: size / unit.utf8.count).utf8)
      _ = try? verifier.verify(request)
      request = original
      let long = String(repeating: unit, count: (32 << 10) / unit.utf8.count)
      request.target = "/in?" + long
      for index in 0..<min(3, original.headers.count) {
        var headers = HeaderFields()
        for other in 0..<original.headers.count {
          let name = original.headers.name(at: other)
          headers.append(name, other == index ? long : original.headers.value(at: other))
        }
        request.headers = headers
        _ = try? verifier.verify(request)
      }
    }
  }
}
