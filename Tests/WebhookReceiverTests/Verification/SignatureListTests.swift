import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Lists of signatures: rotation, versions, noise and size.
@Suite struct SignatureListTests {
  static let time = Timestamp(seconds: StrictnessTests.time)

  private func refusal(signature: String) throws -> VerificationError? {
    try StrictnessTests.refusal(of: StrictnessTests.request(signature: signature))
  }

  /// Well-formed, and wrong.
  private func wrong(_ number: Int) -> String {
    "v1," + Base64.encode(SHA256.digest([UInt8(truncatingIfNeeded: number)]))
  }

  @Test func `the right one may stand anywhere among the wrong`() throws {
    let wrong = (0..<15).map { self.wrong($0) }
    for place in 0...wrong.count {
      var list = wrong
      list.insert(StrictnessTests.element(), at: place)
      #expect(try refusal(signature: list.joined(separator: " ")) == nil)
    }
    #expect(try refusal(signature: wrong.joined(separator: " ")) == .signatureMismatch)
  }

  @Test func `more than the bound is refused, even with the right one first`() throws {
    let tooMany = [StrictnessTests.element()] + (0..<16).map { wrong($0) }
    let malformed = VerificationError.malformedHeader(name: "webhook-signature")
    #expect(try refusal(signature: tooMany.joined(separator: " ")) == malformed)
    let elements = Array(repeating: "x", count: 64) + [StrictnessTests.element()]
    #expect(try refusal(signature: elements.joined(separator: " ")) == malformed)
    #expect(try refusal(signature: elements.dropFirst().joined(separator: " ")) == nil)
  }

  @Test(arguments: ["v1,", "x ", ",", "v1,A ", "v2,= ", "  "])
  func `a header of any size has an answer`(unit: String) throws {
    let noise = String(repeating: unit, count: 32_768 / unit.utf8.count)
    let error = try refusal(signature: noise)
    let malformed = VerificationError.malformedHeader(name: "webhook-signature")
    #expect(error == malformed || error == .signatureMismatch)
  }

  @Test func `blanks between elements do not count as elements`() throws {
    let blanks = String(repeating: " ", count: 1000)
    #expect(try refusal(signature: "v2,x\(blanks)\(StrictnessTests.element())") == nil)
    #expect(try refusal(signature: "v2,x \t \(StrictnessTests.element())") == nil)
  }

  @Test func `random headers never verify and never trap`() throws {
    var generator = SeededGenerator(seed: 6)
    let alphabet = Array("v1a,= .:t0fA+/\t\u{0}".utf8) + [0xff]
    for profile in Profile.catalogue {
      guard case .header(let header)? = profile.signatureScheme?.signature.places.first,
        let verifier = try? Verifier(profile: profile, secrets: [Secret("whsec_AAAA")])
      else { continue }
      for _ in 0..<400 {
        let text = generator.bytes(Int.random(in: 0...120, using: &generator))
          .map { alphabet[Int($0) % alphabet.count] }
        var fields = HeaderFields([("webhook-id", "a"), ("svix-id", "a")])
        for name in ["webhook-timestamp", "svix-timestamp", "X-Slack-Request-Timestamp"] {
          fields.append(name, "\(StrictnessTests.time)")
        }
        fields.append("tosspayments-webhook-transmission-time", "2021-02-25T15:02:10Z")
        fields.append(name: Array(header.utf8), value: text)
        let request = WebhookRequest(headers: fields, body: StrictnessTests.body)
        #expect(verificationError(verifier, request, at: Self.time) != nil)
      }
    }
  }

  // Stripe: names and values joined by =, elements by commas.

  private func stripe(_ header: (_ right: String) -> String) throws -> VerificationError? {
    let body = Array("{}".utf8)
    let time = StrictnessTests.time
    let content = Array("\(time).".utf8) + body
    let code = Hex.encode(ReferenceHMAC.code(key: Array("whsec_x".utf8), message: content))
    let verifier = try Verifier(profile: .stripe, secrets: [Secret("whsec_x")])
    let fields = HeaderFields([("Stripe-Signature", header(code))])
    return verificationError(
      verifier,
      WebhookRequest(headers: fields, body: body),
      at: Timestamp(seconds: time)
    )
  }

  @Test func `Stripe's elements come in any order and with blanks around them`() throws {
    let time = StrictnessTests.time
    #expect(try stripe { "t=\(time),v1=\($0)" } == nil)
    #expect(try stripe { "v1=\($0),t=\(time)" } == nil)
    #expect(try stripe { "t=\(time), v1=\($0)" } == nil)
    #expect(try stripe { "t=\(time),v0=00,,x,v1=,v1=\($0),v1=zz" } == nil)
  }

  @Test func `Stripe's other forms are refused`() throws {
    let time = StrictnessTests.time
    let malformed = VerificationError.malformedHeader(name: "Stripe-Signature")
    #expect(try stripe { "v1=\($0)" } == malformed)
    #expect(try stripe { "t=,v1=\($0)" } == malformed)
    #expect(try stripe { "t=\(time),t=\(time),v1=\($0)" } == malformed)
    #expect(try stripe { "t=\(time),t=1,v1=\($0)" } == malformed)
    #expect(try stripe { "t=\(time).0,v1=\($0)" } == malformed)
    #expect(try stripe { "T=\(time),v1=\($0)" } == malformed)
    #expect(try stripe { "t=\(time),v1=\($0.uppercased())" } == malformed)
    #expect(try stripe { "t=\(time),v1==\($0)" } == malformed)
    #expect(try stripe { "t=\(time),v1 =\($0)" } == .signatureMismatch)
    #expect(try stripe { "t=\(time),v0=\($0)" } == .signatureMismatch)
    #expect(try stripe { "t=\(time);v1=\($0)" } == malformed)
    #expect(try stripe { _ in "t=\(time)" } == malformed)
  }

  // GitHub and Slack: one signature with a literal in front.

  @Test func `a single signature has exactly its prefix, case and length`() throws {
    let body = Array("x".utf8)
    let code = Hex.encode(ReferenceHMAC.code(key: Array("k".utf8), message: body))
    let verifier = try Verifier(profile: .github, secrets: [Secret("k")])
    func error(_ value: String) -> VerificationError? {
      let fields = HeaderFields([("X-Hub-Signature-256", value)])
      return verificationError(verifier, WebhookRequest(headers: fields, body: body), at: Self.time)
    }
    #expect(error("sha256=\(code)") == nil)
    #expect(error(" sha256=\(code)\t") == nil)
    let others = [
      code, "SHA256=\(code)", "sha1=\(code)", "sha256=\(code.uppercased())", "sha256= \(code)",
      "sha256=\(code)0", "sha256=\(code.dropLast())", "sha256=\(code.dropLast(2))", "sha256=",
      "sha256", "sha256=sha256=\(code)", "sha256=\(code),sha256=\(code)", "sha256:\(code)",
      "sha256=0x\(code)", "sha256=\(code)\u{0}",
    ]
    for value in others {
      #expect(error(value) == .malformedHeader(name: "X-Hub-Signature-256"), "\(value)")
    }
  }

  @Test func `the SHA-1 header that GitHub also sends is never read`() throws {
    let body = Array("x".utf8)
    let verifier = try Verifier(profile: .github, secrets: [Secret("k")])
    let fields = HeaderFields([("X-Hub-Signature", "sha1=3132333435")])
    let error = verificationError(
      verifier,
      WebhookRequest(headers: fields, body: body),
      at: Self.time
    )
    #expect(error == .missingHeader(name: "X-Hub-Signature-256"))
  }
}
