import Testing
import WebhookReceiver
import WebhookReceiverTesting

/// The loop of the page "Handling batches".
@Suite struct BatchTests {
  private struct BeingHandled: Error {}
  private struct Broken: Error {}

  private static func body(_ ids: [String]) -> String {
    let events = ids.map { #"{"webhookEventId":"\#($0)","type":"message"}"# }
    return #"{"destination":"U","events":[\#(events.joined(separator: ","))]}"#
  }

  private let store = InMemoryIdempotencyStore(entriesMax: 100, lifetime: .seconds(100))

  /// The ids that were handled of these deliveries; `broken` fails once.
  private func handled(_ deliveries: [[String]], broken: String? = nil) async throws -> [String] {
    let profile = try #require(Profile.named("line"))
    let secret = try Secret("channel secret")
    let receiver = Receiver(
      verifier: try Verifier(profile: profile, secrets: [secret]),
      idempotency: store
    )
    var handled: [String] = []
    var isBroken = broken != nil
    for ids in deliveries {
      let request = try WebhookSigner(profile, secret: secret).request(body: Self.body(ids))
      _ = await receiver.receive(request) { webhook in
        let keys = webhook.idempotencyKeys(source: "line")
        #expect(webhook.items.count == ids.count && keys.count == ids.count)
        for (event, key) in zip(webhook.items, keys) {
          let performance = try await store.perform(key) { _ in
            if isBroken, event.id == broken {
              isBroken = false
              throw Broken()
            }
            handled.append(event.id ?? "none")
            return []
          }
          if case .inProgress = performance { throw BeingHandled() }
        }
      }
    }
    return handled
  }

  @Test func `an event that comes again in another batch is handled once`() async throws {
    let handled = try await handled([["a", "b"], ["b", "c"], ["a", "b"], ["d", "a"]])
    #expect(handled == ["a", "b", "c", "d"])
  }

  @Test func `a batch that failed in the middle goes on behind what was done`() async throws {
    let handled = try await handled([["a", "b", "c"], ["a", "b", "c"]], broken: "b")
    #expect(handled == ["a", "b", "c"])
  }
}
