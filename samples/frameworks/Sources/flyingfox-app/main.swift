// A webhook endpoint on FlyingFox: POST /in/NAME.
//
//     WEBHOOK_SECRET=whsec_… swift run --package-path samples/frameworks flyingfox-app

import FlyingFox
import Foundation
import WebhookReceiver

/// Greater bodies are answered 413: more than any provider of the catalogue sends in practice.
let bodyBytesMax = 1 << 20

let environment = ProcessInfo.processInfo.environment
let profileName = environment["WEBHOOK_PROFILE"] ?? "standard-webhooks"
guard let text = environment["WEBHOOK_SECRET"], let profile = Profile.named(profileName),
  let port = UInt16(environment["PORT"] ?? "8080")
else {
  say("set WEBHOOK_SECRET, WEBHOOK_PROFILE (standard-webhooks, stripe, …) and PORT")
  exit(2)
}

// One receiver for every NAME. The path is not under the signature: were NAME a part of the key,
// a delivery that somebody saw could be sent to another NAME and handled a second time.
let receiver = Receiver(
  verifier: try Verifier(profile: profile, secrets: [try Secret(text)]),
  idempotency: InMemoryIdempotencyStore(entriesMax: 100_000, lifetime: .seconds(8 * 86400))
)

extension HTTPHeader {
  static let allow = HTTPHeader("Allow")
}

/// Prints at once; `print` keeps lines back when the output is not a terminal.
@Sendable func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// The header fields that FlyingFox 0.27 gives out.
///
/// It keeps the last field of a name only, in no order, and drops the connection when a line is
/// not UTF-8. `headers[name]` would join values with commas; the pairs are as they came.
/// `remoteIPAddress` believes `X-Forwarded-For` of anybody: an allow-list needs `remoteAddress`.
@Sendable func fields(of request: HTTPRequest) -> HeaderFields {
  HeaderFields(request.headers.map { ($0.key.rawValue, $0.value) })
}

/// The bytes as they came, or nil when there are too many.
///
/// `bodyData` has no limit, so the body is counted while it is read. A great one is read to its
/// end all the same, and dropped: FlyingFox would take what is left of it for the next request.
@Sendable func body(of request: HTTPRequest) async throws -> [UInt8]? {
  var bytes: [UInt8]? = []
  for try await part in request.bodySequence {
    guard let count = bytes?.count, count + part.count <= bodyBytesMax else {
      bytes = nil
      continue
    }
    bytes?.append(contentsOf: part)
  }
  return bytes
}

// Loopback: a proxy with TLS, timeouts and a limit for headers, which FlyingFox has not, stands
// before it.
let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: port))
// One route for all, so that the body of every request is read, whatever is answered. HEAD comes
// here too, and its answer must have no body, which FlyingFox leaves to the handler.
await server.appendRoute("*") { (request: HTTPRequest) in
  let body = try await body(of: request)
  guard request.path.hasPrefix("/in/") else { return HTTPResponse(statusCode: .notFound) }
  guard request.method == .POST else {
    return HTTPResponse(statusCode: .methodNotAllowed, headers: HTTPHeaders([.allow: "POST"]))
  }
  guard let body else { return HTTPResponse(statusCode: .payloadTooLarge) }
  let webhook = WebhookRequest(
    target: request.target.rawValue,
    headers: fields(of: request),
    body: body
  )
  let outcome = await receiver.receive(webhook) { event in
    say("event \(event.eventID ?? "-") \(event.eventType ?? "-") \(event.body.count) bytes")
  }
  // Status, fields and body are what the provider's documents ask for: pass all three on.
  var headers = HTTPHeaders()
  for (name, value) in outcome.response.headers { headers.addValue(value, for: HTTPHeader(name)) }
  return HTTPResponse(
    statusCode: HTTPStatusCode(outcome.response.status, phrase: ""),
    headers: headers,
    body: Data(outcome.response.body)
  )
}

Task {
  try await server.waitUntilListening()
  if case .ip4(_, let port) = await server.listeningAddress {
    say("listening on http://127.0.0.1:\(port)")
  }
}
try await server.run()
