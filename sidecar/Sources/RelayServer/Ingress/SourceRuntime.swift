internal import RelayConfiguration
internal import RelayCore
internal import RelayHTTP
internal import RelayJournal
internal import RelaySystem
internal import Synchronization
internal import WebhookReceiver

/// A source as the ingress uses it: everything that can be made once is, and shared, not copied.
final class SourceRuntime: Sendable {
  let source: Source
  /// Outlives this value: a reload makes another one of the same source.
  let standing: SourceStanding
  /// Those of the standing, a step nearer to where deliveries are counted.
  let counters: SourceCounters
  let policy: AdmissionPolicy
  let bodyBytesMax: Int
  /// Every successful answer, but for the lines that name the event.
  private let reply: PreparedResponse
  /// Nil where the provider has no handshakes.
  let handshakes: HandshakeResponder?
  /// The methods that they come with, besides POST.
  let handshakeMethods: Set<String>
  /// The value of `Allow`.
  let allowedMethods: String
  let addresses: AddressPolicy
  /// Names of which the client's certificate must have one, in lower case; empty: any, or none.
  let clientNames: Set<String>

  /// Whether what does not verify is kept apart.
  var quarantines: Bool { source.quarantineBytes != nil }

  var isPaused: Bool { standing.isPaused.load(ordering: .relaxed) }

  init(_ source: Source, standing: SourceStanding, bodyBytesMax: Int) {
    self.source = source
    self.standing = standing
    counters = standing.counters
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
    clientNames = Set(source.clientNames.map { $0.lowercased() })
    addresses = AddressPolicy(allow: source.allow, deny: source.deny)
    var fields = [("X-Content-Type-Options", "nosniff")]
    if !source.reply.body.isEmpty {
      fields.append(("Content-Type", source.reply.contentType ?? "text/plain; charset=utf-8"))
    }
    reply = PreparedResponse(
      status: source.reply.status,
      fields: fields,
      body: source.reply.body
    )
  }

  /// Takes a verified delivery of `bytes` within the limit, or says how long to wait.
  func meter(bytes: Int) -> Duration? {
    guard source.rateLimit != nil else { return nil }
    return standing.meter(bytes: bytes)
  }

  /// Names the event that was stored, or the one that it repeats.
  func reply(to sequence: UInt64, _ codec: CursorCodec, isDuplicate: Bool) -> Response {
    var lines: [UInt8] = []
    lines.reserveCapacity(Self.ownLinesBytes)
    lines += Self.eventName
    codec.appendEventID(sequence, to: &lines)
    let id = Self.eventName.count..<lines.count
    lines += isDuplicate ? Self.duplicateLine : Self.lineEnd
    return Response(
      reply,
      ownLines: lines,
      facts: AnswerFacts(source: source.name, id: id, isDuplicate: isDuplicate)
    )
  }

  private static let eventName = Array("Webhook-Receiver-Event: ".utf8)
  private static let lineEnd = Array("\r\n".utf8)
  private static let duplicateLine = Array("\r\nWebhook-Receiver-Duplicate: true\r\n".utf8)

  /// What both lines take.
  private static let ownLinesBytes = 96

  /// The target as text; that of a delivery without a query is there already.
  func target(of head: RequestHead) -> String {
    head.hasTarget(source.path) ? source.path : head.targetText
  }
}
