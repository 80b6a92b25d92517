import Testing
import WebhookReceiver
import WebhookReceiverTesting

@Suite struct ReceiverTests {
  private struct HandlerError: Error, Equatable {}

  /// The example of GitHub's documentation, and another body signed with the same secret.
  private enum Sent: String, CaseIterable {
    case hello = "Hello, World!"
    case goodbye = "Goodbye!"

    var signature: String {
      switch self {
      case .hello: "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
      case .goodbye: "8a127cb87c8736829aa671bf7d5138955e297dd7cedc40f88184395bd1b2ea9b"
      }
    }

    func request(id: String?, from address: String? = nil) -> WebhookRequest {
      var headers = HeaderFields([("X-Hub-Signature-256", "sha256=\(signature)")])
      if let id { headers.append("X-GitHub-Delivery", id) }
      return WebhookRequest(
        headers: headers,
        body: Array(rawValue.utf8),
        remoteAddress: address.flatMap { IPAddress($0) }
      )
    }
  }

  private let store = InMemoryIdempotencyStore(entriesMax: 100, lifetime: .seconds(100))

  private func receiver(
    allow: [String]? = nil,
    store: (any IdempotencyStore)? = nil
  ) throws -> Receiver {
    let profile = try #require(Profile.named("github"))
    let verifier = try Verifier(
      profile: profile,
      secrets: [Secret("It's a Secret to Everybody")]
    )
    let allowList = try allow.map { blocks in try AllowList(blocks) }
    return Receiver(verifier: verifier, allowList: allowList, idempotency: store ?? self.store)
  }

  @Test func `a webhook is handled once and its duplicate answered alike`() async throws {
    let receiver = try receiver()
    var handled: [[UInt8]] = []
    for round in 0..<3 {
      let outcome = await receiver.receive(Sent.hello.request(id: "1")) { webhook in
        handled.append(webhook.body)
      }
      #expect(outcome.response.status == 200)
      #expect(
        outcome.response.headers.contains { $0.name == "Webhook-Receiver-Duplicate" } == (round > 0)
      )
    }
    #expect(handled == [Array("Hello, World!".utf8)])
  }

  @Test func `the same id over other signed bytes is an event of its own`() async throws {
    let receiver = try receiver()
    var handled: [String] = []
    for sent in [Sent.hello, .goodbye, .hello, .goodbye] {
      let outcome = await receiver.receive(sent.request(id: "1")) { webhook in
        handled.append(String(decoding: webhook.body, as: UTF8.self))
      }
      #expect(outcome.response.status == 200)
    }
    #expect(handled == ["Hello, World!", "Goodbye!"])
  }

  @Test func `a handler that throws is run again by the next delivery`() async throws {
    let receiver = try receiver()
    let failed = await receiver.receive(Sent.hello.request(id: "1")) { _ in throw HandlerError() }
    #expect(failed.response.status == 503)
    #expect(failed.response.headers.contains { $0.name == "Retry-After" && $0.value == "10" })
    guard case .handlerFailed(let error) = failed.verdict else {
      Issue.record("the error is lost")
      return
    }
    #expect(error as? HandlerError == HandlerError())
    let outcome = await receiver.receive(Sent.hello.request(id: "1")) { _ in }
    guard case .handled(_, unrecorded: nil) = outcome.verdict else {
      Issue.record("the key was not given back")
      return
    }
  }

  @Test func `a delivery that comes while its event is handled is told to come again`() async throws
  {
    let receiver = try receiver()
    let outcome = await receiver.receive(Sent.hello.request(id: "1")) { _ in
      let inner = await receiver.receive(Sent.hello.request(id: "1")) { _ in
        Issue.record("the handler ran twice")
      }
      #expect(inner.response.status == 503)
      guard case .inProgress = inner.verdict else {
        Issue.record("not told that it is in progress")
        return
      }
    }
    #expect(outcome.response.status == 200)
  }

  @Test func `a forged delivery is refused and takes no key`() async throws {
    let receiver = try receiver()
    var forged = Sent.hello.request(id: "1")
    forged.body[0] ^= 1
    let outcome = await receiver.receive(forged) { _ in Issue.record("the handler ran") }
    #expect(outcome.response.status == 401)
    #expect(String(decoding: outcome.response.body, as: UTF8.self).contains("signature_mismatch"))
    #expect(!outcome.response.headers.contains { $0.name == "Retry-After" })
    #expect(store.count == 0)
  }

  @Test(
    arguments: [
      ("192.30.252.9", 200), ("::ffff:192.30.252.9", 200), ("192.30.253.0", 403), ("::1", 403),
      (nil, 403),
    ] as [(String?, Int)]
  )
  func `only listed addresses are let in`(address: String?, status: Int) async throws {
    let receiver = try receiver(allow: ["192.30.252.0/24"])
    let outcome = await receiver.receive(Sent.hello.request(id: "1", from: address)) { _ in }
    #expect(outcome.response.status == status)
    #expect(store.count == (status == 200 ? 1 : 0))
  }

  @Test func `an unlisted address is refused before its signature is looked at`() async throws {
    let receiver = try receiver(allow: [])
    var forged = Sent.hello.request(id: "1", from: "192.30.252.9")
    forged.body = []
    let outcome = await receiver.receive(forged) { _ in }
    #expect(outcome.response.status == 403)
  }

  @Test func `a full store asks for another try and runs nothing`() async throws {
    let receiver = try receiver(store: InMemoryIdempotencyStore(entriesMax: 0, lifetime: .zero))
    let outcome = await receiver.receive(Sent.hello.request(id: "1")) { _ in
      Issue.record("the handler ran")
    }
    #expect(outcome.response.status == 503)
    guard case .storeFailed(.full(entriesMax: 0)) = outcome.verdict else {
      Issue.record("the reason is lost")
      return
    }
  }

  @Test func `work that is done is answered so even when it cannot be recorded`() async throws {
    let time = ManualClock()
    let receiver = try receiver(store: InMemoryIdempotencyStore { time.elapsed })
    let outcome = await receiver.receive(Sent.hello.request(id: "1")) { _ in
      time.advance(by: .seconds(1000))
    }
    #expect(outcome.response.status == 200)
    guard case .handled(_, unrecorded: .staleClaim) = outcome.verdict else {
      Issue.record("the handler's owner is not told")
      return
    }
  }

  @Test func `of many deliveries of one event at once one is handled`() async throws {
    let receiver = try receiver()
    let runs = ManualClock()
    let statuses = await withTaskGroup { group in
      for _ in 0..<32 {
        group.addTask {
          await receiver.receive(Sent.hello.request(id: "1")) { _ in
            runs.advance(by: .seconds(1))
            await Task.yield()
          }.response.status
        }
      }
      return await group.reduce(into: [Int]()) { $0.append($1) }
    }
    #expect(runs.elapsed == .seconds(1))
    #expect(statuses.contains(200) && statuses.allSatisfy { $0 == 200 || $0 == 503 })
    #expect(store.count == 1)
  }

  @Test(
    arguments: [
      (Receiver.Verdict.addressRefused(nil), 403), (.refused(.signatureMismatch), 401),
      (.refused(.missingHeader(name: "x")), 401),
      (.refused(.timestampTooOld(by: .seconds(1))), 401),
      (.refused(.keyUnusable("no key set")), 503), (.storeFailed(.unavailable("down")), 503),
      (.handlerFailed(HandlerError()), 503),
    ] as [(Receiver.Verdict, Int)]
  )
  func `a verdict has its status, and only 503 asks for another try`(
    verdict: Receiver.Verdict,
    status: Int
  ) throws {
    let response = Receiver.response(to: verdict, reply: Profile.Reply())
    #expect(response.status == status)
    #expect(response.headers.contains { $0.name == "Retry-After" } == (status == 503))
    #expect(response.headers.contains { $0.value == "application/problem+json" })
    let body = try JSONValue.parse(response.body)
    #expect(body["status"]?.int == status && body["reason"]?.string != nil)
    // What the error knows stays inside.
    #expect(!String(decoding: response.body, as: UTF8.self).contains("no key set"))
  }
}
