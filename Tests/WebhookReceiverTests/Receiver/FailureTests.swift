import Synchronization
import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// How receivers have failed before, by the numbers of the list that this one was designed with:
/// those that an application's own receiver can repeat.
@Suite struct FailureTests {
  private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
  private static let body = #"{"type":"t","data":{}}"#

  private func verifier(_ profile: Profile = .standardWebhooks) throws -> Verifier {
    try Verifier(profile: profile, secrets: [Secret(Self.secret)])
  }

  private func signed(
    _ profile: Profile = .standardWebhooks,
    id: String? = "msg_1",
    at time: Timestamp = .now
  ) throws -> WebhookRequest {
    try WebhookSigner(profile, secret: Secret(Self.secret)).request(
      body: Self.body,
      id: id,
      timestamp: time
    )
  }

  private func receiver(
    _ store: any IdempotencyStore,
    _ profile: Profile = .standardWebhooks
  ) throws -> Receiver {
    Receiver(verifier: try verifier(profile), idempotency: store)
  }

  private func memory(_ entriesMax: Int = 100) -> InMemoryIdempotencyStore {
    InMemoryIdempotencyStore(entriesMax: entriesMax, lifetime: .seconds(3600))
  }

  /// Counts what a handler does.
  private final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
  }

  @Test func `failure 18: who may not send is refused before anything is looked at`() async throws {
    let receiver = Receiver(
      verifier: try verifier(),
      allowList: try AllowList(["192.0.2.0/24"]),
      idempotency: memory()
    )
    var request = try signed()
    request.headers = HeaderFields([("webhook-id", ""), ("webhook-id", "\u{7}")])
    for (address, status) in [("198.51.100.1", 403), ("192.0.2.1", 401)] {
      request.remoteAddress = IPAddress(address)
      #expect(await receiver.receive(request) { _ in }.response.status == status)
    }
  }

  /// Whatever strangers write, a metric has no more series than there are reasons.
  @Test(arguments: ["in", "webhook-id", "../../x", "\u{0}", "missing_header", "日本"])
  func `failure 19: no text of a request becomes a label`(text: String) throws {
    let reasons: Set = [
      "missing_header", "malformed_header", "timestamp_too_old", "timestamp_in_future",
      "signature_mismatch", "body_digest_mismatch", "requirement_not_met", "key_unusable",
      "unsigned_not_allowed",
    ]
    for sample in Sample.all {
      let request = try sample.request()
      var other = request
      other.headers = HeaderFields()
      for index in 0..<request.headers.count {
        other.headers.append(request.headers.name(at: index), text)
      }
      other.target = "/" + text
      other.body = Array(text.utf8)
      let error = try #require(verificationError(try sample.verifier(), other, at: .now))
      #expect(reasons.contains(error.reason))
    }
  }

  @Test func `failure 20: header bytes that no output could carry are refused, not stored`() throws
  {
    let verifier = try verifier(.github)
    for bytes in [[0x00], [0x0a], [0x7f], [0xc2, 0x85], [0xff]] as [[UInt8]] {
      var request = try signed(.github, id: nil)
      var headers = HeaderFields()
      for index in 0..<request.headers.count {
        let name = request.headers.name(at: index)
        if name == "X-GitHub-Delivery" { continue }
        headers.append(name, request.headers.value(at: index))
      }
      headers.append(name: Array("X-GitHub-Delivery".utf8), value: [0x61] + bytes)
      request.headers = headers
      let error = verificationError(verifier, request, at: .now)
      #expect(error == .malformedHeader(name: "X-GitHub-Delivery"))
    }
  }

  @Test func `failure 21: without a secret there is no verifier`() throws {
    #expect(throws: SecretError.empty) { try Secret("") }
    #expect(throws: SecretError.blank) { try Secret(" \n") }
    #expect(throws: VerifierError.noSecrets) { try Verifier(profile: .github, secrets: []) }
    for id in Profile.catalogue.map(\.id) {
      let profile = try #require(Profile.named(id))
      #expect(throws: VerifierError.self) { try Verifier(profile: profile, secrets: []) }
    }
    #expect(throws: VerifierError.secretEmpty(index: 0)) {
      try Verifier(profile: .standardWebhooks, secrets: [Secret("whsec_")])
    }
  }

  @Test func `failure 22: every signature is compared, under every secret`() throws {
    let secrets = try ["whsec_b25l", "whsec_dHdv", Self.secret].map { (text) throws in
      try Secret(text)
    }
    let signer = WebhookSigner(.standardWebhooks, secrets: secrets)
    let request = try signer.request(body: Self.body)
    for (index, secret) in secrets.enumerated() {
      let verifier = try Verifier(profile: .standardWebhooks, secrets: [secret])
      #expect(verificationError(verifier, request, at: .now) == nil, "signature \(index)")
    }
    let last = try Verifier(profile: .standardWebhooks, secrets: secrets)
    #expect(try last.verify(signed()).secretIndex == 2)
  }

  @Test func `failure 23: a refused request uses up no key`() async throws {
    let store = memory()
    let (receiver, counter) = (try receiver(store), Counter())
    let genuine = try signed()
    var forged = genuine
    forged.body.append(0x20)
    for _ in 0..<3 {
      let refused = await receiver.receive(forged) { _ in counter.add() }
      #expect(refused.response.status == 401)
    }
    #expect(store.count == 0)
    let outcome = await receiver.receive(genuine) { _ in counter.add() }
    #expect(outcome.response.status == 200 && counter.value == 1)
  }

  /// A store that cannot be reached.
  private struct Unreachable: IdempotencyStore {
    func claim(_ key: IdempotencyKey) async throws(IdempotencyError) -> Claim {
      throw .unavailable("no route to host")
    }
    func complete(_ token: ClaimToken, result: [UInt8]) async throws(IdempotencyError) {
      throw .unavailable("no route to host")
    }
    func abandon(_ token: ClaimToken) async throws(IdempotencyError) {
      throw .unavailable("no route to host")
    }
  }

  @Test func `failure 25: a store that cannot be reached is answered 503, and nothing runs`()
    async throws
  {
    let counter = Counter()
    let outcome = try await receiver(Unreachable()).receive(signed()) { _ in counter.add() }
    #expect(outcome.response.status == 503 && counter.value == 0)
    #expect(HeaderFields(outcome.response.headers).first("Retry-After") != nil)
  }

  @Test func `failure 26: a limit is answered 503, not as a bad signature`() async throws {
    let receiver = try receiver(memory(1))
    let first = try await receiver.receive(signed(id: "msg_1")) { _ in }
    #expect(first.response.status == 200)
    let second = try await receiver.receive(signed(id: "msg_2")) { _ in }
    #expect(second.response.status == 503)
  }

  @Test func `failure 30: the source is the receiver's, and nothing in the URL names one`()
    async throws
  {
    let (store, counter) = (memory(), Counter())
    let receivers = try ["shop", "billing"].map { (source) throws in
      Receiver(verifier: try verifier(), idempotency: store, source: source)
    }
    var request = try signed()
    for target in ["/in/shop", "/in/billing", "/in/shop?source=billing", "/"] {
      request.target = target
      for receiver in receivers {
        let outcome = await receiver.receive(request) { _ in counter.add() }
        #expect(outcome.response.status == 200)
      }
    }
    #expect(counter.value == receivers.count)
  }

  @Test(arguments: Sample.all.filter(\.takesAnyBody))
  func `failure 31: a body that was cut is refused`(sample: Sample) throws {
    let verifier = try sample.verifier()
    let request = try sample.request()
    for count in [0, 1, request.body.count / 2, request.body.count - 1] {
      var other = request
      other.body = Array(request.body.prefix(count))
      #expect(verificationError(verifier, other, at: .now) != nil, "\(count) bytes")
    }
  }

  @Test func `failure 32: events without an id share no key`() throws {
    for profile in Profile.catalogue where profile.items == nil {
      guard let sample = Sample.all.first(where: { $0.profile.id == profile.id }),
        sample.takesAnyBody
      else { continue }
      let verifier = try sample.verifier()
      let keys = try ["{}", "[]", "a"].map { (body) throws in
        var request = try sample.signer().request(body: body, url: sample.url)
        // Whatever says the id is taken away, where the signature allows it.
        for case .header(let name) in profile.idPlaces {
          request.headers = request.headers.without(name)
        }
        return try? verifier.verify(request).idempotencyKey(source: "s")
      }
      let found = keys.compactMap(\.self)
      #expect(Set(found).count == found.count, "\(profile.id)")
    }
  }

  @Test func `failure 33: a duplicate is one only once it is verified`() async throws {
    let store = memory()
    let (receiver, counter) = (try receiver(store), Counter())
    let genuine = try signed()
    _ = await receiver.receive(genuine) { _ in counter.add() }
    var forged = genuine
    forged.headers = HeaderFields([
      ("webhook-id", "msg_1"), ("webhook-timestamp", "\(Timestamp.now.seconds)"),
      ("webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    ])
    // Whoever forges must not learn which ids were seen.
    let outcome = await receiver.receive(forged) { _ in counter.add() }
    #expect(outcome.response.status == 401 && counter.value == 1)
  }

  @Test(arguments: Sample.all)
  func `failure 34: a time ahead of the clock does not pass`(sample: Sample) throws {
    guard let window = sample.profile.timestampTolerance else { return }
    let now = Timestamp.now
    let ahead = now + window.future + .seconds(5)
    let request = try sample.signer().request(body: sample.body, timestamp: ahead, url: sample.url)
    let error = verificationError(try sample.verifier(), request, at: now)
    #expect(error?.reason == "timestamp_in_future")
  }
}

extension HeaderFields {
  /// The fields but those of this name.
  fileprivate func without(_ name: String) -> HeaderFields {
    var rest = HeaderFields()
    for index in 0..<count where self.name(at: index).lowercased() != name.lowercased() {
      rest.append(self.name(at: index), value(at: index))
    }
    return rest
  }
}
