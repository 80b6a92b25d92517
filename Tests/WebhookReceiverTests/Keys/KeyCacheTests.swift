import Synchronization
import Testing
import WebhookReceiver

/// Keys that providers publish: fetched outside of the way of requests, once, and bounded.
@Suite struct KeyCacheTests {
  private static let made = KeyFixtures.made
  private static let certificateURL = "https://sns.us-west-2.amazonaws.com/Service-1.pem"
  private static let keySetURL = "https://www.googleapis.com/oauth2/v3/certs"

  /// Time that stands still until somebody moves it.
  private final class Clock: Sendable {
    private let time = Mutex(Duration.zero)
    var elapsed: @Sendable () -> Duration { { self.time.withLock { $0 } } }
    func advance(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  private func cache(
    _ loader: ScriptedLoader,
    _ clock: Clock = Clock(),
    roots: String = made.root
  ) -> KeyCache {
    KeyCache(loader: loader, roots: Array(roots.utf8), limits: .init(), elapsed: clock.elapsed)
  }

  private func verifier(_ id: String, _ cache: KeyCache) throws -> Verifier {
    let profile = try #require(Profile.named(id))
    return try Verifier(
      profile: profile,
      secrets: [],
      parameters: id == "google-pubsub" ? Self.pushSettings : [:],
      keyCache: cache
    )
  }

  private static let pushSettings = [
    "audience": "https://example.com/push",
    "service_account": "push@example.iam.gserviceaccount.com",
  ]

  private var message: WebhookRequest {
    WebhookRequest(headers: HeaderFields(), body: Array(Self.made.sns_2.utf8))
  }

  private var push: WebhookRequest {
    WebhookRequest(
      headers: HeaderFields([("Authorization", "Bearer \(Self.made.pubsub)")]),
      body: Array("{}".utf8)
    )
  }

  private func refusal(_ verifier: Verifier, _ request: WebhookRequest) -> String? {
    verificationError(verifier, request, at: Self.made.time)?.reason
  }

  @Test func `a key that is not there is fetched behind the request, which is asked to come again`()
    async throws
  {
    let loader = ScriptedLoader([Self.certificateURL: Self.made.sns_chain])
    let cache = cache(loader)
    let verifier = try verifier("aws-sns", cache)
    #expect(refusal(verifier, message) == "key_unusable")
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == nil)
    #expect(refusal(verifier, message) == nil)
    #expect(await loader.asked == [Self.certificateURL])
  }

  @Test func `one fetch at a time, however many requests want the key`() async throws {
    let loader = ScriptedLoader([Self.certificateURL: Self.made.sns_chain])
    await loader.hold()
    let verifier = try verifier("aws-sns", cache(loader))
    let request = message
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<100 { group.addTask { await verifier.prepare(for: request) } }
      // All wait for the one answer.
      while await loader.asked.isEmpty { await Task.yield() }
      await loader.release()
    }
    #expect(refusal(verifier, message) == nil)
    #expect(await loader.asked.count == 1)
  }

  @Test func `a URL that is not the provider's is refused, and never asked`() async throws {
    let loader = ScriptedLoader()
    let verifier = try verifier("aws-sns", cache(loader))
    for host in [
      "evil.example", "sns.us-west-2.amazonaws.com.evil.example", "sns.a.b.amazonaws.com",
    ] {
      let body = Self.made.sns_2.replacing("sns.us-west-2.amazonaws.com", with: host)
      let request = WebhookRequest(headers: HeaderFields(), body: Array(body.utf8))
      #expect(refusal(verifier, request) == "requirement_not_met")
      await verifier.prepare(for: request)
    }
    #expect(await loader.asked.isEmpty)
  }

  /// Documents that are no keys to be believed.
  static let bad: [String] = [
    "", "<html>", made.evil_chain, made.sns_leaf_alone, made.below_leaf_chain,
    String(repeating: "x", count: KeyCache.documentBytesMax + 1),
  ]

  @Test(arguments: bad.indices)
  func `a document that is not to be believed makes a 503, and is not asked for at once`(
    index: Int
  ) async throws {
    let loader = ScriptedLoader([Self.certificateURL: Self.bad[index]])
    let clock = Clock()
    let verifier = try verifier("aws-sns", cache(loader, clock))
    await verifier.prepare(for: message)
    for _ in 0..<10 { #expect(refusal(verifier, message) == "key_unusable") }
    #expect(await loader.asked.count == 1)
    clock.advance(.seconds(31))
    await loader.answer(Self.certificateURL, Self.made.sns_chain)
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == nil)
    #expect(await loader.asked.count == 2)
  }

  @Test func `a root that is not trusted is none`() async throws {
    let loader = ScriptedLoader([Self.certificateURL: Self.made.sns_chain])
    let verifier = try verifier("aws-sns", cache(loader, roots: Self.made.other_root))
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == "key_unusable")
  }

  @Test func `a public key beside a chain is not the key of the chain`() async throws {
    let text = Self.made.rsa_pem + "\n" + Self.made.sns_chain
    let loader = ScriptedLoader([Self.certificateURL: text])
    let verifier = try verifier("aws-sns", cache(loader))
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == nil)
  }

  @Test func `roots are looked at when the cache is made, and may be many`() async throws {
    let loader = ScriptedLoader([Self.certificateURL: Self.made.sns_chain])
    for text in ["", "roots", Self.made.rsa_pem] {
      #expect(throws: CertificateError.rootsUnreadable) {
        try KeyCache(loader: loader, roots: Array(text.utf8))
      }
    }
    let many = String(repeating: Self.made.other_root + "\n", count: 200) + Self.made.root
    #expect(many.utf8.count > CertificateChain.bytesMax)
    let cache = try KeyCache(loader: loader, roots: Array(many.utf8))
    let verifier = try verifier("aws-sns", cache)
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == nil)
  }

  @Test func `a certificate that was admitted for one name is not for another`() async throws {
    let loader = ScriptedLoader([Self.certificateURL: Self.made.sns_chain])
    let cache = cache(loader)
    let verifier = try verifier("aws-sns", cache)
    await verifier.prepare(for: message)
    #expect(refusal(verifier, message) == nil)
    var profile = try #require(Profile.named("aws-sns"))
    guard case .certificate(let place, let hosts, let suffix, _)? = profile.keySource else {
      Issue.record("SNS publishes certificates")
      return
    }
    let subjects = ["sns.example.com"]
    profile.keySource = .certificate(
      in: place,
      hosts: hosts,
      pathSuffix: suffix,
      subjects: subjects
    )
    let stricter = try Verifier(profile: profile, secrets: [], keyCache: cache)
    await stricter.prepare(for: message)
    #expect(refusal(stricter, message) == "key_unusable")
  }

  @Test func `a key set is fetched again for a key that it lacks, not too often`() async throws {
    let empty =
      #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"z","#
      + #""x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
    let loader = ScriptedLoader([Self.keySetURL: empty])
    let clock = Clock()
    let cache = cache(loader, clock)
    let verifier = try verifier("google-pubsub", cache)
    await verifier.prepare(for: push)
    #expect(refusal(verifier, push) == "signature_mismatch")
    #expect(await loader.asked.count == 1)
    await loader.answer(Self.keySetURL, Self.made.jwks)
    #expect(refusal(verifier, push) == "signature_mismatch")
    clock.advance(.seconds(301))
    // The one that finds out starts the fetch and is asked to come again.
    #expect(refusal(verifier, push) == "key_unusable")
    await cache.settled(Self.keySetURL, as: .keySet)
    #expect(refusal(verifier, push) == nil)
    #expect(await loader.asked.count == 2)
  }

  @Test func `a key that was there stays when its newer version cannot be had`() async throws {
    let loader = ScriptedLoader([Self.keySetURL: Self.made.jwks])
    let clock = Clock()
    let cache = cache(loader, clock)
    let verifier = try verifier("google-pubsub", cache)
    await verifier.prepare(for: push)
    #expect(refusal(verifier, push) == nil)
    await loader.answer(Self.keySetURL, nil)
    clock.advance(.seconds(301))
    // A token that names another key makes the cache ask again, and gain nothing.
    let head = Base64.encode(
      Array(#"{"alg":"RS256","kid":"zz"}"#.utf8),
      alphabet: .url,
      padding: .none
    )
    let rest = Self.made.pubsub.drop { $0 != "." }
    let unknown = WebhookRequest(
      headers: HeaderFields([("Authorization", "Bearer " + head + rest)]),
      body: []
    )
    #expect(refusal(verifier, unknown) == "key_unusable")
    await cache.settled(Self.keySetURL, as: .keySet)
    // Its server is down, which makes nobody a forger.
    #expect(refusal(verifier, unknown) == "key_unusable")
    #expect(refusal(verifier, push) == nil)
    #expect(await loader.asked.count == 2)
    await loader.answer(Self.keySetURL, Self.made.jwks)
    clock.advance(.seconds(31))
    #expect(refusal(verifier, unknown) == "key_unusable")
    await cache.settled(Self.keySetURL, as: .keySet)
    #expect(refusal(verifier, unknown) == "signature_mismatch")
  }

  // MARK: The table

  private func kind(_ answer: KeyTable.Answer) -> String {
    switch answer {
    case .found(_, let starts): starts ? "found, start" : "found"
    case .pending(let starts): starts ? "start" : "wait"
    case .failed: "failed"
    case .busy: "busy"
    }
  }

  @Test func `the table forgets failures before keys, and fetches a bounded number at once`() throws
  {
    var limits = KeyTable.Limits()
    limits.urlsMax = 4
    limits.loadsMax = 2
    var table = KeyTable(limits)
    let keySet = KeyTable.Material.keySet(try JSONWebKeySet(Array(Self.made.jwks.utf8).span))
    #expect(kind(table.lookUp("a", at: .zero)) == "start")
    #expect(kind(table.lookUp("a", at: .zero)) == "wait")
    #expect(kind(table.lookUp("b", at: .zero)) == "start")
    #expect(kind(table.lookUp("c", at: .zero)) == "busy")
    table.finish("a", .success(keySet), at: .zero)
    table.finish("b", .failure(KeyLoadError(reason: "no")), at: .zero)
    #expect(kind(table.lookUp("a", at: .seconds(1))) == "found")
    #expect(kind(table.lookUp("b", at: .seconds(29))) == "failed")
    #expect(kind(table.lookUp("b", at: .seconds(30))) == "start")
    table.finish("b", .failure(KeyLoadError(reason: "no")), at: .seconds(30))
    // Strangers' URLs push each other out, and never a key.
    for index in 0..<100 {
      let url = "stranger-\(index)"
      #expect(kind(table.lookUp(url, at: .seconds(31))) == "start")
      table.finish(url, .failure(KeyLoadError(reason: "no")), at: .seconds(31))
      #expect(table.count <= 4)
    }
    #expect(kind(table.lookUp("a", at: .seconds(3599))) == "found")
    // What is at hand counts while a newer version is fetched, and for a day where none is had.
    #expect(kind(table.lookUp("a", at: .seconds(3600))) == "found, start")
    #expect(kind(table.lookUp("a", at: .seconds(3600))) == "found")
    table.finish("a", .failure(KeyLoadError(reason: "no")), at: .seconds(3601))
    #expect(kind(table.lookUp("a", at: .seconds(3602))) == "found")
    #expect(kind(table.lookUp("a", at: .seconds(3631))) == "found, start")
    table.finish("a", .failure(KeyLoadError(reason: "no")), at: .seconds(86_399))
    #expect(kind(table.lookUp("a", at: .seconds(86_399))) == "found")
    #expect(kind(table.lookUp("a", at: .seconds(86_400))) == "failed")
    #expect(kind(table.lookUp("a", at: .seconds(86_429))) == "start")
  }

  @Test func `who needs a newer key set waits for it, whoever began to fetch it`() throws {
    var limits = KeyTable.Limits()
    limits.loadsMax = 1
    var table = KeyTable(limits)
    let keySet = KeyTable.Material.keySet(try JSONWebKeySet(Array(Self.made.jwks.utf8).span))
    #expect(kind(table.lookUp("a", at: .zero)) == "start")
    table.finish("a", .success(keySet), at: .zero)
    #expect(kind(table.lookUp("a", for: .newer, at: .seconds(299))) == "found")
    // A stranger's URL takes the only place, and keeps no key that was at hand from its refresh.
    #expect(kind(table.lookUp("stranger", at: .seconds(299))) == "start")
    #expect(kind(table.lookUp("other", at: .seconds(299))) == "busy")
    #expect(kind(table.lookUp("a", for: .newer, at: .seconds(300))) == "start")
    #expect(kind(table.lookUp("a", for: .newer, at: .seconds(300))) == "wait")
    #expect(kind(table.lookUp("a", at: .seconds(300))) == "found")
    table.finish("a", .success(keySet), at: .seconds(301))
    #expect(kind(table.lookUp("a", for: .newer, at: .seconds(302))) == "found")
  }

  @Test func `a key that was named is unknown only to a set that has just been fetched`() throws {
    var table = KeyTable(KeyTable.Limits())
    let keySet = KeyTable.Material.keySet(try JSONWebKeySet(Array(Self.made.jwks.utf8).span))
    #expect(kind(table.lookUp("a", for: .named, at: .zero)) == "start")
    table.finish("a", .success(keySet), at: .seconds(1))
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(30))) == "found")
    // The provider may have published it since: neither known nor forged, until it may be fetched.
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(31))) == "failed")
    #expect(kind(table.lookUp("a", for: .newer, at: .seconds(31))) == "found")
    #expect(kind(table.lookUp("a", at: .seconds(31))) == "found")
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(300))) == "failed")
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(301))) == "start")
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(301))) == "wait")
    // A key server that is down makes no sender a forger.
    table.finish("a", .failure(KeyLoadError(reason: "down")), at: .seconds(302))
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(303))) == "failed")
    #expect(kind(table.lookUp("a", at: .seconds(303))) == "found")
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(332))) == "start")
    table.finish("a", .success(keySet), at: .seconds(333))
    #expect(kind(table.lookUp("a", for: .named, at: .seconds(334))) == "found")
  }

  // MARK: URLs

  private static let rule = KeyURLRule(
    hosts: ["sns.*.amazonaws.com", "api.paypal.com"],
    pathSuffix: ".pem"
  )

  @Test(arguments: [
    "https://sns.us-west-2.amazonaws.com/Service-1.pem", "https://api.paypal.com/v1/certs/A.pem",
  ])
  func `a URL of the provider's is allowed`(url: String) {
    #expect(Self.rule.allows(url))
  }

  @Test(arguments: [
    "http://sns.us-west-2.amazonaws.com/a.pem", "https://sns.us-west-2.amazonaws.com",
    "https://sns.us-west-2.amazonaws.com/a.pem?x=.pem", "https://sns.amazonaws.com/a.pem",
    "https://sns..amazonaws.com/a.pem", "https://sns.a.b.amazonaws.com/a.pem",
    "https://user@sns.us-west-2.amazonaws.com/a.pem", "https://api.paypal.com:8443/a.pem",
    "https://api.paypal.com@evil.example/a.pem", "https://evil.example/api.paypal.com/a.pem",
    "https://api.paypal.com/../a.pem", "https://api.paypal.com/./a.pem",
    "https://api.paypal.com//a.pem", "https://api.paypal.com/%2e%2e/a.pem",
    "https://api.paypal.com\\@evil.example/a.pem", "https://api.paypal.com/a.pem#b",
    "https://api.paypal.com/a b.pem", "https://api.paypal.com/a.pem\n",
    "HTTPS://api.paypal.com/a.pem",
    "https://API.paypal.com/a.pem", "https://api.paypal.com./a.pem",
    "https://api.paypal.cοm/a.pem",
    "", "https://", "https:///a.pem",
  ])
  func `any other is refused`(url: String) {
    #expect(!Self.rule.allows(url))
  }

  @Test func `a URL is not longer than any provider's`() {
    let url = "https://api.paypal.com/" + String(repeating: "a", count: 600) + ".pem"
    #expect(!Self.rule.allows(url))
  }
}
