// Reads a sidecar's events under a name of its own, and goes on where it ended.
//
//     swift run --package-path samples pull http://127.0.0.1:8081

import Foundation
import WebhookRelayClient

guard let url = CommandLine.arguments.dropFirst().first.flatMap(URL.init(string:)) else {
  print("usage: pull http://127.0.0.1:8081")
  exit(2)
}

let client = try RelayClient(
  .init(baseURL: url, token: ProcessInfo.processInfo.environment["WEBHOOK_SIDECAR_TOKEN"])
)
try await client.createConsumer("sample")
for try await entry in client.events(of: "sample") {
  // At least once: an event whose handling ended in a crash comes again, under the same key.
  switch entry {
  case .event(let event):
    print(event.sequence, event.source, event.eventType ?? "-", event.idempotencyKey)
  case .gap(let gap):
    print("events \(gap.from) to \(gap.to) are lost: \(gap.reason)")
  @unknown default:
    break
  }
}
