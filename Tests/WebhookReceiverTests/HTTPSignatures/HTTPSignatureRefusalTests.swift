import Testing
import WebhookReceiver

/// The two header fields as wholes (RFC 9421, section 4).
@Suite struct HTTPSignatureRefusalTests {
  private static func error(
    _ headers: [(String, String)],
    max: Int = 4,
    label: String? = nil
  ) -> VerificationError? {
    SignedRequest.error { () throws(VerificationError) in
      try HTTPSignature.all(in: SignedRequest.make(headers), max: max, label: label)
    }
  }

  private static func error(_ input: String, _ signature: String) -> VerificationError? {
    error([("Signature-Input", input), ("Signature", signature)])
  }

  @Test func `both fields have to be there`() {
    #expect(Self.error([]) == .missingHeader(name: "Signature-Input"))
    #expect(
      Self.error([("Signature", "a=:AAAA:")]) == .missingHeader(name: "Signature-Input")
    )
    #expect(Self.error([("Signature-Input", "a=()")]) == .missingHeader(name: "Signature"))
  }

  @Test(arguments: [
    "", " ", "a", "a=1", "a=\"x\"", "a=(", "a=(),", "a=(), a=()", "a=(\"date\";sf;sf)",
    "a=();created=1;created=2", "a=();created=\"1\"", "a=();created=1.5", "a=();created",
    "a=();expires=x", "a=();keyid=x", "a=();keyid=1", "a=();alg=ed25519", "a=();nonce=:AAAA:",
    "a=();tag=?1", "A=()", "a=(date)", "a=();x=@1",
  ])
  func `a malformed Signature-Input is refused`(input: String) {
    #expect(Self.error(input, "a=:AAAA:") == .malformedHeader(name: "Signature-Input"))
  }

  @Test(arguments: [
    "", "a", "a=1", "a=\"AAAA\"", "a=AAAA", "a=::", "a=:AAAA", "a=:AAA:", "a=(:AAAA:)",
    "a=:AAAA:, a=:AAAA:", "b=:AAAA:", "a=:AAAA:, b=:AAAA:",
  ])
  func `a malformed Signature is refused`(signature: String) {
    #expect(Self.error("a=()", signature) == .malformedHeader(name: "Signature"))
  }

  @Test func `a label in one field alone is refused, whichever it is`() {
    #expect(Self.error("a=(), b=()", "a=:AAAA:") == .malformedHeader(name: "Signature"))
    #expect(Self.error("a=(), b=()", "a=:AAAA:, c=:AAAA:") == .malformedHeader(name: "Signature"))
  }

  @Test func `a label repeated over two lines is refused`() {
    let headers = [
      ("Signature-Input", "a=()"), ("Signature-Input", "a=(\"date\")"), ("Signature", "a=:AAAA:"),
    ]
    #expect(Self.error(headers) == .malformedHeader(name: "Signature-Input"))
  }

  @Test func `there are up to a number of signatures`() {
    let headers = [("Signature-Input", "a=(), b=()"), ("Signature", "a=:AAAA:, b=:AAAA:")]
    #expect(Self.error(headers, max: 2) == nil)
    #expect(Self.error(headers, max: 1) == .malformedHeader(name: "Signature-Input"))
    #expect(Self.error(headers, max: 0) == .malformedHeader(name: "Signature-Input"))
  }

  @Test func `a signature of what is not here hides no other`() throws {
    let headers = [
      ("Signature-Input", "proxy=(\"via\"), sender=(\"date\"), next=(\"@status\")"),
      ("Signature", "proxy=:AAAA:, sender=:BBBB:, next=:CCCC:"),
    ]
    let all = try HTTPSignature.all(in: SignedRequest.make(headers), max: 4)
    #expect(all.map(\.label) == ["sender"])
    #expect(Self.error(headers, label: "proxy") == .missingHeader(name: "via"))
    #expect(Self.error(headers, label: "other")?.reason == "requirement_not_met")
  }

  @Test func `several lines are one list, and none of them may be empty`() throws {
    let headers = [
      ("Signature-Input", "a=()"), ("signature-input", " b=(\"date\") "),
      ("SIGNATURE", "b=:AAAA:"), ("Signature", "a=:AAAA:"),
    ]
    let all = try HTTPSignature.all(in: SignedRequest.make(headers), max: 2)
    #expect(all.map(\.label) == ["a", "b"])
    let empty = headers + [("Signature-Input", "")]
    #expect(Self.error(empty) == .malformedHeader(name: "Signature-Input"))
  }

  @Test func `the parameters are covered in their one text`() throws {
    let headers = [
      (
        "Signature-Input",
        "a=(  \"date\"   \"@method\" ); created=007;  x=?1;keyid=\"q\\\"\";y=?0;expires=9"
      ), ("Signature", "a=:AAAA:"),
    ]
    let signature = try HTTPSignature.all(in: SignedRequest.make(headers), max: 1)[0]
    let line = String(decoding: signature.base, as: UTF8.self).split(separator: "\n").last
    let text = "(\"date\" \"@method\");created=7;x;keyid=\"q\\\"\";y=?0;expires=9"
    #expect(line == "\"@signature-params\": \(text)")
    #expect(signature.keyID == "q\"")
    #expect(signature.expires == Timestamp(seconds: 9))
  }

  @Test func `long fields and bases are refused`() throws {
    let long = "a=();x=\"\(String(repeating: "x", count: 8192))\""
    #expect(Self.error(long, "a=:AAAA:") == .malformedHeader(name: "Signature-Input"))
    func error(_ count: Int) -> VerificationError? {
      Self.error([
        ("X-Long", String(repeating: "x", count: count)), ("Signature-Input", "a=(\"x-long\")"),
        ("Signature", "a=:AAAA:"),
      ])
    }
    #expect(error(60000) == nil)
    #expect(error(65530) == .malformedHeader(name: "Signature-Input"))
    #expect(error(70000) == .malformedHeader(name: "x-long"))
  }

  @Test func `what cannot be sent is not signed`() {
    func error(
      _ parameters: HTTPSignatureParameters,
      _ components: [HTTPSignatureComponent] = [.init("date")]
    ) -> VerificationError? {
      SignedRequest.error { () throws(VerificationError) in
        try HTTPSignatureBase.base(
          for: SignedRequest.make(),
          components: components,
          parameters: parameters
        )
      }
    }
    #expect(error(.init(keyID: "ok")) == nil)
    #expect(error(.init(keyID: "é"))?.reason == "requirement_not_met")
    #expect(error(.init(nonce: "a\nb"))?.reason == "requirement_not_met")
    #expect(error(.init(created: Timestamp(microseconds: .max)))?.reason == "requirement_not_met")
    #expect(error(.init(), [.init("via")]) == .missingHeader(name: "via"))
    let many = (0..<65).map { HTTPSignatureComponent("x-\($0)") }
    #expect(error(.init(), many)?.reason == "requirement_not_met")
    #expect(HTTPSignatureBase.headers(label: "a b", input: "()", signature: [0]) == nil)
  }
}
