// One request, checked: the example from GitHub's own documents, and a body that was changed.
//
//     swift run --package-path samples verify

import WebhookReceiver

let verifier = try Verifier(profile: .github, secrets: [Secret("It's a Secret to Everybody")])
let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
let headers = HeaderFields([("X-Hub-Signature-256", signature), ("X-GitHub-Event", "ping")])

for body in ["Hello, World!", "Hello, world!"] {
  do {
    let webhook = try verifier.verify(WebhookRequest(headers: headers, body: Array(body.utf8)))
    print("\(body) is a genuine \(webhook.eventType ?? "event")")
  } catch {
    print("\(body) is refused: \(error.reason)")
  }
}
