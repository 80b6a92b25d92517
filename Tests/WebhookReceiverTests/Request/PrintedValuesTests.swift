import Testing
import WebhookReceiver
import WebhookReceiverTesting

@Suite struct PrintedValuesTests {
  @Test func `what is printed of a request holds no value of it`() throws {
    let secret = try Secret("a-token-of-somebody")
    let profile = try #require(Profile.named("gitlab-token"))
    var request = try WebhookSigner(profile, secret: secret)
      .request(body: #"{"card": "4242"}"#, id: "id-7", type: "Push Hook")
    request.target = "/in/gitlab?token=hush"
    let webhook = try Verifier(profile: profile, secrets: [secret]).verify(request)
    for text in [
      "\(request)", "\(request.headers)", "\(webhook)", String(reflecting: webhook),
      "\(Receiver.Verdict.handled(webhook, unrecorded: nil))", "\([request])",
    ] {
      for value in ["a-token-of-somebody", "hush", "4242", "97, 45"] {
        #expect(!text.contains(value), "\(text)")
      }
    }
    #expect("\(request)".hasPrefix(#""POST" "/in/gitlab", "#))
    #expect("\(request)".hasSuffix(", 16 bytes of body"))
    #expect("\(request.headers)".contains(#""X-Gitlab-Token""#))
    #expect("\(webhook)" == #"gitlab-token, id "id-7", type "Push Hook", 16 bytes of body"#)
  }

  @Test func `what a stranger sends is escaped`() {
    let request = WebhookRequest(
      method: "P\u{1b}[31m",
      target: "/\u{1b}\n",
      headers: HeaderFields([("a\u{1b}b", "x")]),
      body: []
    )
    #expect(!"\(request)\(request.headers)".unicodeScalars.contains { $0.value < 0x20 })
  }
}
