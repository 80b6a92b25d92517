// A handler behind the receiver, driven by signed requests as Stripe would send them.
//
//     swift run --package-path samples receive

import WebhookReceiver
import WebhookReceiverFoundation
import WebhookReceiverTesting

/// What this service wants to know of an event.
struct Charge: Decodable {
  let id: String
  let type: String
}

let secret = try Secret("whsec_only_for_this_sample")
let receiver = Receiver(
  verifier: try Verifier(profile: .stripe, secrets: [secret]),
  idempotency: InMemoryIdempotencyStore(entriesMax: 100_000, lifetime: .seconds(3 * 86400))
)

/// What a server calls with each request; it sends back what this returns.
func answer(_ request: WebhookRequest) async -> WebhookResponse {
  let outcome = await receiver.receive(request) { webhook in
    let charge = try webhook.decode(Charge.self)
    print("handling \(charge.type) \(charge.id)")
  }
  return outcome.response
}

let signer = WebhookSigner(.stripe, secret: secret)
let genuine = try signer.request(body: #"{"id": "evt_1", "type": "charge.succeeded"}"#)
var forged = genuine
forged.body[10] ^= 1

for (name, request) in [("forged", forged), ("genuine", genuine), ("repeated", genuine)] {
  print("\(name): \(await answer(request).status)")
}
