import Testing
import WebhookReceiver

/// Whatever comes over the wire is answered, and a base never has a line that is not its own.
@Suite struct HTTPSignatureMutationTests {
  private static let rounds = Campaign.rounds(
    10_000,
    campaign: 200_000,
    of: "a mutated HTTP signature"
  )

  /// Bytes that mean something to one of the parsers, so that mutations reach deep.
  private static let alphabet =
    Array("\"\\():;,=?*@-_. \taAk109sf%+&\r\n\u{0}".utf8) + [0x7f, 0x80, 0xff]

  private static let inputs = [
    "sig=(\"date\" \"@method\" \"@path\" \"x-dict\";key=\"b\");created=1618884473;keyid=\"k\"",
    "sig=(\"@authority\" \"content-digest\";sf \"@query-param\";name=\"Pet\");created=1"
      + ";alg=\"ed25519\"",
    "sig=(\"x-dict\";bs \"@target-uri\" \"@query\");expires=9;nonce=\"n\\\"\";tag=\"t\", b=()",
  ]
  private static let digest =
    "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"

  /// Changes one to three places.
  private static func mutated(
    _ original: String,
    _ generator: inout SeededGenerator
  ) -> [UInt8] {
    var bytes = Array(original.utf8)
    for _ in 0...Int.random(in: 0...2, using: &generator) {
      let place = Int.random(in: 0...bytes.count, using: &generator)
      let other = Int.random(in: 0...bytes.count, using: &generator)
      let part = min(place, other)..<min(max(place, other), min(place, other) + 24)
      switch Int.random(in: 0...4, using: &generator) {
      case 0: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: place)
      case 1 where place < bytes.count:
        bytes[place] = alphabet.randomElement(using: &generator) ?? 0
      case 2 where place < bytes.count:
        bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator)
      case 3: bytes.removeSubrange(part)
      default: bytes.insert(contentsOf: bytes[part], at: place)
      }
    }
    return bytes
  }

  private static func request(_ round: Int, _ generator: inout SeededGenerator) -> WebhookRequest {
    var values = [
      ("Date", "Tue, 20 Apr 2021 02:07:55 GMT"), ("X-Dict", "a=1, b=(x \"y\");z, c=:AAAA:"),
      ("Content-Digest", digest), ("Signature-Input", inputs[round % inputs.count]),
      ("Signature", round % inputs.count == 2 ? "b=:AAAA:, sig=:BBBB:" : "sig=:AAAA:"),
    ].map { (name: Array($0.0.utf8), value: Array($0.1.utf8)) }
    // Mostly the field that says most.
    let index = [0, 1, 2, 3, 3, 3, 4].randomElement(using: &generator) ?? 3
    values[index].value = mutated(String(decoding: values[index].value, as: UTF8.self), &generator)
    var headers = HeaderFields()
    for (name, value) in values { headers.append(name: name, value: value) }
    var target = "/foo?param=Value&Pet=dog%20house"
    if round % 5 == 0 {
      target = String(decoding: mutated(target, &generator), as: UTF8.self)
    }
    return WebhookRequest(
      target: target,
      headers: headers,
      body: Array("{\"hello\": \"world\"}".utf8),
      url: "https://example.com/foo"
    )
  }

  /// Whether the base is the lines of its components and nothing else.
  private static func isWhole(_ signature: HTTPSignature) -> Bool {
    let lines = signature.base.split(separator: 0x0a, omittingEmptySubsequences: false)
    guard lines.count == signature.components.count + 1 else { return false }
    for (line, component) in zip(lines, signature.components) {
      guard line.starts(with: "\(component): ".utf8) else { return false }
    }
    return lines[lines.count - 1].starts(with: "\"@signature-params\": (".utf8)
      && signature.base.allSatisfy { $0 == 0x09 || $0 == 0x0a || $0 >= 0x20 && $0 <= 0x7e }
  }

  @Test(arguments: 0..<10)
  func `a mutated request is read whole or refused`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var accepted = 0
    var reasons: Set<String> = []
    let policy = HTTPSignaturePolicy(
      requiredComponents: [.init("@method")],
      algorithms: [.ed25519],
      past: .seconds(300),
      future: .seconds(300)
    )
    for round in 0..<Self.rounds {
      let request = Self.request(round, &generator)
      let digest = SignedRequest.error { () throws(VerificationError) in
        try ContentDigest.check(request)
      }
      reasons.insert(digest?.reason ?? "")
      do throws(VerificationError) {
        let signatures = try HTTPSignature.all(in: request, max: 4)
        accepted += 1
        for signature in signatures {
          if !Self.isWhole(signature) { Issue.record("seed \(seed), round \(round)") }
          _ = try policy.check(signature, at: Timestamp(seconds: 1_618_884_473))
        }
      } catch {
        reasons.insert(error.reason)
      }
    }
    // Both ways are taken often, or the test says little.
    #expect(accepted > Self.rounds / 10 && accepted < Self.rounds * 9 / 10)
    #expect(
      reasons.isSuperset(of: [
        "", "malformed_header", "missing_header", "requirement_not_met", "timestamp_too_old",
        "body_digest_mismatch",
      ])
    )
  }
}
