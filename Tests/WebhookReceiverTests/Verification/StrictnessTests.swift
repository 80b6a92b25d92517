import Testing
import WebhookReceiver

/// What lenient receivers take, signed so that only the form is wrong.
@Suite struct StrictnessTests {
  static let key: [UInt8] = Array("0123456789abcdef0123456789abcdef".utf8)
  static let secretText = "whsec_" + Base64.encode(key)
  static let id = "msg_1"
  static let time: Int64 = 1_614_265_330
  static let body = Array(#"{"type":"a.b"}"#.utf8)

  static func verifier() throws -> Verifier {
    try Verifier(
      profile: .standardWebhooks,
      secrets: [Secret(secretText)],
      tolerance: .seconds(1 << 40)
    )
  }

  /// The right signature for this text, as it stands in a list.
  static func element(id: String = id, timestamp: String = "\(time)") -> String {
    let content = Array("\(id).\(timestamp).".utf8) + body
    return "v1," + Base64.encode(ReferenceHMAC.code(key: key, message: content))
  }

  static func request(
    id: String = id,
    timestamp: String = "\(time)",
    signature: String? = nil
  ) -> WebhookRequest {
    WebhookRequest(
      headers: HeaderFields([
        ("webhook-id", id), ("webhook-timestamp", timestamp),
        ("webhook-signature", signature ?? element(id: id, timestamp: timestamp)),
      ]),
      body: body
    )
  }

  static func refusal(of request: WebhookRequest) throws -> VerificationError? {
    try verificationError(verifier(), request, at: Timestamp(seconds: time))
  }

  @Test func `the reference signature verifies`() throws {
    #expect(try Self.refusal(of: Self.request()) == nil)
  }

  @Test(arguments: [
    "1614265330.9", "1614265330.0", "+1614265330", "-1614265330", "1614_265330", "1.61426533e9",
    "0x6037bdf2", "01614265330", "1614265330s", "1614265330 1", "nan", "inf", "١٦١٤٢٦٥٣٣٠",
    "1,614,265,330", "99999999999999999999", "2021-02-25T15:02:10Z", "1614265330\u{0}",
    "1614265330\u{a0}", "'1614265330'", "t=1614265330",
  ])
  func `a timestamp is plain digits even when the signature is right`(text: String) throws {
    let error = VerificationError.malformedHeader(name: "webhook-timestamp")
    #expect(try Self.refusal(of: Self.request(timestamp: text)) == error)
  }

  @Test func `what is signed is the text, not the number that it stands for`() throws {
    let signature = Self.element(timestamp: "1614265330")
    for text in ["1614265331", "16142653300", "161426533"] {
      let request = Self.request(timestamp: text, signature: signature)
      #expect(try Self.refusal(of: request) == .signatureMismatch)
    }
  }

  @Test(arguments: ["a.1", ".", "msg.", "1614265330.x"])
  func `an id with the delimiter is refused, because it could be read two ways`(id: String) throws {
    let error = VerificationError.malformedHeader(name: "webhook-id")
    #expect(try Self.refusal(of: Self.request(id: id)) == error)
  }

  @Test(arguments: ["msg_\u{7}", "msg\u{7f}", "a\u{85}b", String(repeating: "x", count: 257)])
  func `an id that cannot be printed or is too long is refused`(id: String) throws {
    let error = VerificationError.malformedHeader(name: "webhook-id")
    #expect(try Self.refusal(of: Self.request(id: id)) == error)
  }

  @Test(arguments: ["é", "メッセージ", "a b", String(repeating: "x", count: 256)])
  func `other ids are taken as they are`(id: String) throws {
    let webhook = try Self.verifier().verify(Self.request(id: id), at: .init(seconds: Self.time))
    #expect(webhook.eventID == id)
  }

  @Test func `an id that is not UTF-8 is refused`() throws {
    var fields = HeaderFields([("webhook-timestamp", "\(Self.time)")])
    fields.append(name: Array("webhook-id".utf8), value: [0xff])
    let content = [0xff] + Array(".\(Self.time).".utf8) + Self.body
    let code = Base64.encode(ReferenceHMAC.code(key: Self.key, message: content))
    fields.append("webhook-signature", "v1,\(code)")
    let error = try Self.refusal(of: WebhookRequest(headers: fields, body: Self.body))
    #expect(error == .malformedHeader(name: "webhook-id"))
  }

  static let unusual: [@Sendable (String) -> String] = [
    { String($0.dropLast()) },  // no padding
    { $0 + "=" },
    { $0.replacing("v1,", with: "V1,") },
    { $0.replacing("v1,", with: "v1=") },
    { $0.replacing("v1,", with: "v1,,") },
    { $0.replacing("v1,", with: "v1, ") },
    { $0.replacing("v1,", with: " v1 ,") },
    { $0.replacing("v1,", with: "v2,") },
    { $0.replacing("v1,", with: "v1a,") },
    { $0.replacing("v1,", with: "") },
    { $0.replacing("v1,", with: ",") },
    { $0.replacing("v1,", with: "v1,v1,") },
    { $0 + "," },
    { $0 + ",v1" },
    { String($0.prefix(11)) },
    { $0.prefix(13) + "\u{200b}" + $0.dropFirst(13) },
    { $0.prefix(13) + "!" + $0.dropFirst(13) },  // a stray character inside
    { $0.prefix(13) + "%" + $0.dropFirst(13) },
    { $0.replacing("=", with: "%3D") },
    { $0 + ";" + $0 },
    { "\"" + $0 + "\"" },
    { _ in "v1," },
    { _ in "," },
    { _ in "v1" },
    { _ in "v1,AA==" },
  ]

  @Test(arguments: unusual.indices)
  func `a signature in any other form does not verify`(index: Int) throws {
    let text = Self.unusual[index](Self.element())
    let error = try Self.refusal(of: Self.request(signature: text))
    let form = VerificationError.malformedHeader(name: "webhook-signature")
    #expect(error == form || error == .signatureMismatch)
  }

  @Test(arguments: unusual.indices)
  func `and does not spoil one in the right form beside it`(index: Int) throws {
    let unusual = Self.unusual[index](Self.element())
    // A quote or a semicolon makes one element of two; a blank separates.
    for list in ["\(unusual) \(Self.element())", "\(Self.element()) \(unusual)"] {
      #expect(try Self.refusal(of: Self.request(signature: list)) == nil)
    }
  }

  @Test(arguments: [
    "v2,xx", "v0,AAAA", "v2,a v3,b",
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqY"
      + "XFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
  ])
  func `signatures of versions without a key are a mismatch`(text: String) throws {
    #expect(try Self.refusal(of: Self.request(signature: text)) == .signatureMismatch)
  }

  @Test(arguments: ["hello", "v1,", ",", "v1,!!!", "v1,AAAA", "v1", "   ,  "])
  func `a header without anything in the form of the scheme is malformed`(text: String) throws {
    let error = VerificationError.malformedHeader(name: "webhook-signature")
    #expect(try Self.refusal(of: Self.request(signature: text)) == error)
  }
}
