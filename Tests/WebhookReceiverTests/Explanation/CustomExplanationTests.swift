import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// Mistakes that come with a profile of one's own.
@Suite struct CustomExplanationTests {
  private static let now = Timestamp(seconds: 1_700_000_000)

  private static func profile(_ format: String) throws -> Profile {
    try Profile(
      json: """
        {"id": "acme", "signature": {"in": ["header:S"], "encoding": "hex"},
         "timestamp": {"in": ["header:T"], "format": "\(format)"},
         "message": ["{timestamp}", "|", "{method}", "|", "{path}", "|", "{body}"]}
        """
    )
  }

  private func explanations(
    _ profile: Profile,
    signedAs format: String = "unix_s",
    _ change: (inout WebhookRequest) -> Void
  ) throws -> [Explanation] {
    let secret = try Secret("0123456789")
    var request = try WebhookSigner(Self.profile(format), secret: secret)
      .request(body: "{}", timestamp: Self.now, url: "https://e.com/in/acme?a=1")
    request.url = nil
    change(&request)
    let verifier = try Verifier(profile: profile, secrets: [secret])
    return verifier.explain(request, at: Self.now)
  }

  @Test(arguments: [
    ("/in/acme/?a=1", "/in/acme with"), ("/in/acme", nil), ("/public/in/acme?a=1", nil),
  ])
  func `a path that differs is named, where it can be guessed`(target: String, path: String?) throws
  {
    let found = try explanations(Self.profile("unix_s")) { $0.target = target }
    #expect(found.map(\.cause) == (path == nil ? [] : [.urlDiffers]))
    if let path { #expect(found[0].detail.contains("the sender signed \(path)")) }
  }

  @Test func `the root that a tool signed for want of a path is named`() throws {
    let secret = try Secret("0123456789")
    var request = try WebhookSigner(Self.profile("unix_s"), secret: secret)
      .request(body: "{}", timestamp: Self.now)
    request.target = "/in/acme"
    let verifier = try Verifier(profile: Self.profile("unix_s"), secrets: [secret])
    let found = verifier.explain(request, at: Self.now)
    #expect(found.map(\.cause) == [.urlDiffers])
    #expect(found[0].detail.contains("signed / without a query"))
  }

  @Test(arguments: ["PUT", "GET", "DELETE", "post"])
  func `a method that was changed on the way is named`(method: String) throws {
    let found = try explanations(Self.profile("unix_s")) { $0.method = method }
    #expect(found.map(\.cause) == [.urlDiffers])
    #expect(found[0].detail.contains("the method POST"))
  }

  @Test(arguments: [
    ("unix_s", "unix_ms"), ("unix_ms", "unix_s"), ("rfc3339", "unix_s"), ("unix_s", "rfc1123"),
  ])
  func `a time in another format is named`(format: String, configured: String) throws {
    let found = try explanations(Self.profile(configured), signedAs: format) { _ in }
    #expect(found.map(\.cause) == [.clockSkew])
    #expect(found[0].detail.contains("written as \(format), and the profile reads it as"))
  }

  @Test func `an old time in the right format is only old`() throws {
    let secret = try Secret("0123456789")
    let profile = try Self.profile("unix_s")
    let request = try WebhookSigner(profile, secret: secret)
      .request(body: "{}", timestamp: Self.now)
    let verifier = try Verifier(profile: profile, secrets: [secret])
    let found = verifier.explain(request, at: Timestamp(seconds: 1_700_000_301))
    #expect(found.map(\.cause) == [.clockSkew])
    #expect(found[0].detail.contains("301 s in the past"))
  }
}
