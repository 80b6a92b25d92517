// A provider that nobody has described yet: its scheme as data, in a file of your own.
//
//     swift run --package-path samples custom-scheme
//
// docs/Profiles.md explains every key. The same file works for the sidecar:
// webhook-sidecar verify --profile ./acme.json …

import WebhookReceiver
import WebhookReceiverTesting

let acme = try Profile(
  json: """
    {
      "id": "acme",
      "title": "Acme",
      "key": {"encoding": "hex"},
      "signature": {
        "in": ["header:Acme-Signature"], "separator": ",", "assignment": "=",
        "versions": {"sig": "hmac-sha512"}, "encoding": "hex"
      },
      "timestamp": {"in": ["signature:ts"], "format": "unix_s", "past": "10m"},
      "message": ["{timestamp}", "\\n", "{method}", "\\n", "{path}", "\\n", "{body}"],
      "id_places": ["header:Acme-Event-Id"],
      "type_places": ["json:/event"]
    }
    """
)
let secret = try Secret("6d792d7365637265742d6b6579")
let verifier = try Verifier(profile: acme, secrets: [secret])

// What Acme would send; in a test, or before Acme has sent anything.
let genuine = try WebhookSigner(acme, secret: secret).request(
  body: #"{"event":"order.paid"}"#,
  id: "evt_1",
  url: "https://hooks.example.com/in/acme?team=7"
)
var forged = genuine
forged.target = "/in/acme?team=8"
forged.url = nil

for (name, request) in [("genuine", genuine), ("forged", forged)] {
  do {
    let webhook = try verifier.verify(request)
    print("\(name): \(webhook.eventType ?? "?") \(webhook.eventID ?? "?")")
  } catch {
    print("\(name): refused, \(error.reason)")
  }
}
