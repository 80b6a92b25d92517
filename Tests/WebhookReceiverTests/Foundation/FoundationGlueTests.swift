import Foundation
import Testing
import WebhookReceiver
import WebhookReceiverFoundation
import WebhookReceiverTesting

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite struct FoundationGlueTests {
  @Test func `a body of Data keeps every byte`() {
    let bytes: [UInt8] = [0, 0xff, 0x0d, 0x0a, 0x80]
    // A slice, whose indices do not begin at zero.
    let data = Data([1] + bytes)[1...]
    let request = WebhookRequest(headers: HeaderFields(["A": "1"]), body: data)
    #expect(request.body == bytes)
    #expect(request.headers.first("a") == "1" && request.method == "POST")
  }

  @Test func `a dictionary becomes a list in the order of its names`() {
    let fields = HeaderFields(["b": "2", "A": "1", "c": " 3 "])
    #expect(fields == HeaderFields([("A", "1"), ("b", "2"), ("c", "3")]))
  }

  @Test func `what is not text is no header field`() {
    let fields: [AnyHashable: Any] = ["A": "1", "b": 2, 3: "c", "d": ["x"]]
    #expect(HeaderFields(fields) == HeaderFields([("a", "1")]))
  }

  @Test(arguments: [
    ("https://example.com", "/"), ("https://example.com/in/a?x=1&y=%20", "/in/a?x=1&y=%20"),
    ("https://example.com/a%2Fb", "/a%2Fb"), ("https://example.com/?", "/?"),
  ])
  func `a URLRequest keeps its path and query as they are`(text: String, target: String) throws {
    var urlRequest = URLRequest(url: try #require(URL(string: text)))
    urlRequest.httpMethod = "POST"
    urlRequest.httpBody = Data("{}".utf8)
    urlRequest.setValue("v1,x", forHTTPHeaderField: "webhook-signature")
    let request = try #require(WebhookRequest(urlRequest))
    #expect(request.target == target && request.url == text)
    #expect(request.headers.first("Webhook-Signature") == "v1,x")
    #expect(request.body == Array("{}".utf8) && request.method == "POST")
  }

  @Test func `a streamed body is refused`() throws {
    var urlRequest = URLRequest(url: try #require(URL(string: "https://example.com")))
    urlRequest.httpBodyStream = InputStream(data: Data([1]))
    #expect(WebhookRequest(urlRequest) == nil)
  }

  private struct Charge: Decodable, Equatable {
    var id: String
    var amountDue: Int

    enum CodingKeys: String, CodingKey {
      case id
      case amountDue = "amount_due"
    }
  }

  @Test func `a verified body is decoded and another one is the decoder's error`() throws {
    let profile = try #require(Profile.named("stripe"))
    let secret = try Secret("whsec_test")
    let signer = WebhookSigner(profile, secret: secret)
    let verifier = try Verifier(profile: profile, secrets: [secret])
    let good = try verifier.verify(signer.request(body: #"{"id":"evt_1","amount_due":7}"#))
    #expect(try good.decode(Charge.self) == Charge(id: "evt_1", amountDue: 7))
    #expect(good.data == Data(good.body))
    let other = try verifier.verify(signer.request(body: #"{"id":"evt_1"}"#))
    #expect(throws: DecodingError.self) { try other.decode(Charge.self) }
  }
}
