// A webhook endpoint on Hummingbird: POST /in/NAME.
//
//     WEBHOOK_SECRET=whsec_… swift run --package-path samples/frameworks hummingbird-app

import Foundation
import HTTPTypes
import Hummingbird
import WebhookReceiver

/// Greater bodies are answered 413: more than any provider of the catalogue sends in practice.
let bodyBytesMax = 1 << 20

let environment = ProcessInfo.processInfo.environment
let profileName = environment["WEBHOOK_PROFILE"] ?? "standard-webhooks"
guard let text = environment["WEBHOOK_SECRET"], let profile = Profile.named(profileName),
  let port = Int(environment["PORT"] ?? "8080")
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

/// Prints at once; `print` keeps lines back when the output is not a terminal.
@Sendable func say(_ line: String) {
  FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

/// The header fields in their order, repeated ones too.
///
/// Never make a dictionary of them, and never ask for `headers[name]`: it joins repetitions, and
/// two signatures must not become one. Hummingbird takes `Host` out of the fields; it is put back
/// for schemes that sign it. NIO has decoded values as UTF-8: other bytes cannot be had.
@Sendable func fields(of request: Request) -> HeaderFields {
  var fields = HeaderFields()
  if let host = request.head.authority { fields.append("Host", host) }
  for field in request.headers { fields.append(field.name.rawName, field.value) }
  return fields
}

/// The bytes as they came, or nil when there are too many.
///
/// Do not let Hummingbird decode the body into a type first: the signature covers bytes, and the
/// body is a stream that can be read once. It may come in chunks without `Content-Length`, so it
/// is counted while it is read. Hummingbird reads and drops what is left of a refused one.
@Sendable func body(of request: Request) async throws -> [UInt8]? {
  var bytes: [UInt8] = []
  for try await part in request.body {
    guard bytes.count + part.readableBytes <= bodyBytesMax else { return nil }
    bytes += part.readableBytesView
  }
  return bytes
}

let router = Router()
router.post("in/:name") { request, _ in
  guard let body = try await body(of: request) else { return Response(status: .contentTooLarge) }
  let webhook = WebhookRequest(target: request.uri.string, headers: fields(of: request), body: body)
  let outcome = await receiver.receive(webhook) { event in
    say("event \(event.eventID ?? "-") \(event.eventType ?? "-") \(event.body.count) bytes")
  }
  // Status, fields and body are what the provider's documents ask for: pass all three on.
  var headers = HTTPFields()
  for (name, value) in outcome.response.headers {
    if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
  }
  let answer = ResponseBody(byteBuffer: ByteBuffer(bytes: outcome.response.body))
  return Response(status: .init(code: outcome.response.status), headers: headers, body: answer)
}
// To Hummingbird a path with another method is a path that does not exist: 404. HEAD is a method
// of its own, and is not answered by what answers POST.
for method: HTTPRequest.Method in [.get, .head, .put, .patch, .delete] {
  router.on("in/:name", method: method) { _, _ in
    Response(status: .methodNotAllowed, headers: [.allow: "POST"])
  }
}

// Loopback: a proxy with TLS and timeouts stands before it.
let application = Application(
  router: router,
  configuration: .init(address: .hostname("127.0.0.1", port: port)),
  onServerRunning: { channel in
    say("listening on http://127.0.0.1:\(channel.localAddress?.port ?? port)")
  }
)
try await application.runService()
