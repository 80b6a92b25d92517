internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import WebhookReceiver

/// A source as the ingress uses it: everything that can be made once is, and shared, not copied.
final class SourceRuntime: Sendable {
  let source: Source
  let counters: SourceCounters
  let policy: AdmissionPolicy
  let bodyBytesMax: Int
  /// The fields of every successful answer, before the event's own.
  let replyFields: [(String, String)]
  /// Nil where the provider has no handshakes.
  let handshakes: HandshakeResponder?
  /// The methods that they come with, besides POST.
  let handshakeMethods: Set<String>
  /// The value of `Allow`.
  let allowedMethods: String
  let addresses: AddressPolicy

  init(_ source: Source, counters: SourceCounters, bodyBytesMax: Int) {
    self.source = source
    self.counters = counters
    self.bodyBytesMax = bodyBytesMax
    policy = AdmissionPolicy(
      identity: source.identity,
      replayGuard: ReplayGuard(rawValue: source.replayGuard.rawValue) ?? .flag,
      windowSeconds: UInt32(clamping: source.window.components.seconds)
    )
    handshakes =
      source.profile.handshakes.isEmpty
      ? nil : HandshakeResponder(verifier: source.verifier, options: source.handshake.options)
    handshakeMethods = HandshakeResponder.methods(of: source.profile)
    allowedMethods = (["POST"] + handshakeMethods.sorted()).joined(separator: ", ")
    addresses = AddressPolicy(allow: source.allow, deny: source.deny)
    var fields = [("X-Content-Type-Options", "nosniff")]
    if !source.reply.body.isEmpty {
      fields.append(("Content-Type", source.reply.contentType ?? "text/plain; charset=utf-8"))
    }
    replyFields = fields
  }

  func reply(event: String, isDuplicate: Bool) -> Response {
    var fields = replyFields
    fields.append(("Webhook-Receiver-Event", event))
    if isDuplicate { fields.append(("Webhook-Receiver-Duplicate", "true")) }
    return Response(status: source.reply.status, fields: fields, body: source.reply.body)
  }
}

/// Sources by the raw bytes of their paths: no decoding, no folding of slashes (contract §3.1).
struct SourceTable: Sendable {
  private let byPath: [[UInt8]: Int]
  let sources: [SourceRuntime]

  init(_ sources: [SourceRuntime]) {
    self.sources = sources
    var byPath: [[UInt8]: Int] = [:]
    for (index, runtime) in sources.enumerated() {
      for path in [runtime.source.path] + runtime.source.aliases {
        byPath[Array(path.utf8)] = index
      }
    }
    self.byPath = byPath
  }

  func find(_ path: [UInt8]) -> SourceRuntime? {
    byPath[path].map { sources[$0] }
  }
}
