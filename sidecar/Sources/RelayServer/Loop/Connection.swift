internal import RelayHTTP
internal import RelaySystem

/// How a request is to be answered, as its head says.
struct AnswerTerms {
  var keepsAlive = false
  var isHEAD = false
  /// A client of HTTP/1.0, which has to be told that the connection stays open.
  var isHTTP10 = false

  init() {}

  init(_ head: RequestHead) {
    keepsAlive = head.keepAlive
    isHEAD = head.isHEAD
    isHTTP10 = head.version == .http10
  }
}

/// One accepted connection and where it stands in its current request.
final class Connection {
  enum Phase {
    /// Reading the PROXY header, before anything else is.
    case preamble(ProxyPreamble)
    /// Reading a head; idle when no byte of it has come.
    case head
    case body(remaining: Int)
    case chunked(ChunkedDecoder)
    /// The handler owes an answer.
    case waiting
    /// The last answer is written; what the client still sends is read and dropped, so that it
    /// reads the status instead of a reset (RFC 9112 §9.6).
    case lingering(remaining: Int)
  }

  let descriptor: Descriptor
  let id: ConnectionID
  /// Who is at the other end, or for whom the proxy there connects.
  private(set) var peer: SocketAddress
  /// Whether the peer is a proxy that is believed when it names the client of a request.
  var isProxy = false
  /// Whom the request in hand is from: the peer, unless a proxy names somebody else.
  private(set) var client: SocketAddress
  /// The client's address as text.
  private(set) var remote: String

  /// Nil: bytes go to the socket as they are.
  var tls: TLSTransport?
  var phase = Phase.head
  var input = InputBuffer()
  var finder = HeadFinder()
  var head: RequestHead?
  /// What an answer needs to know of the head; without one, of a request that could not be read.
  var terms = AnswerTerms()
  /// Of the head in hand; 0 until it is whole.
  var headBytes = 0
  var body: [UInt8] = []
  /// Of the body that the handler has.
  var deliveredBytes = 0
  var bodyBytesMax = 0
  var output: [UInt8] = []
  var written = 0
  /// How much of `output` is the wire's already; over TLS the rest is still to be encrypted.
  var sealed = 0
  var closesAfterWrite = false
  /// Out of the loop's table; whoever still holds it must not go on.
  var isClosed = false
  /// The peer sent its end of stream: answer what is in hand, then close.
  var peerClosed = false
  var interest: Interest = .readable
  /// Monotonic nanoseconds; what it means depends on the phase.
  var deadline: Int64
  /// The deadline from before a byte of the head in hand had come; nil while none has.
  var deadlineAtRest: Int64?
  /// When the first byte of the request in hand was seen, in monotonic nanoseconds.
  var requestBegan: Int64
  /// Since when nothing was asked here, in monotonic nanoseconds.
  var idleSince: Int64
  /// A request was answered here.
  var hasAsked = false
  /// The turn of the loop in which requests of it were read last, and how many.
  var turn: UInt64 = 0
  var requestsInTurn = 0
  /// More of them lie here, and wait for the next turn.
  var isPostponed = false
  /// The peer's end came behind them.
  var endsWhenRead = false
  /// Counted among those of the loop that shake hands.
  var isInHandshakeLine = false
  /// What this connection's body counts in the loop's account.
  var chargedBytes = 0
  var isIdle: Bool {
    switch phase {
    case .preamble(let preamble): preamble.isEmpty
    case .head: input.isEmpty && output.isEmpty && !(tls?.holdsPartialRecord ?? false)
    case .body, .chunked, .waiting, .lingering: false
    }
  }

  var isShakingHands: Bool {
    guard let tls, case .head = phase else { return false }
    return !tls.isEstablished
  }

  init(
    _ descriptor: consuming Descriptor,
    id: ConnectionID,
    peer: SocketAddress,
    now: Int64,
    deadline: Int64
  ) {
    requestBegan = now
    idleSince = now
    self.descriptor = descriptor
    self.id = id
    self.peer = peer
    client = peer
    remote = peer.remoteText
    self.deadline = deadline
  }

  /// The proxy at the other end connects for this peer.
  func setPeer(_ peer: SocketAddress) {
    self.peer = peer
    setClient(peer)
  }

  /// The request in hand is from this client.
  func setClient(_ client: SocketAddress) {
    guard client != self.client else { return }
    self.client = client
    remote = client.remoteText
  }

  /// Reads once into `scratch`, which goes with what came until `giveBack`.
  ///
  /// Returns the count, 0 at the end of the stream, nil when nothing is there.
  func fill(lending scratch: inout [UInt8]) throws(SystemError) -> Int? {
    var span = scratch.mutableSpan
    guard let count = try descriptor.receive(into: &span) else { return nil }
    if count > 0 { input.receive(count, lending: &scratch) }
    return count
  }

  /// Looks for the end of the next head.
  func findHead(_ limits: HTTPLimits) throws(HTTPError) -> Int? {
    let bytes = input
    return try finder.end(in: bytes.span, limits: limits)
  }

  /// Appends what the input holds of a chunked body; returns how much of the input was used.
  func decodeChunks(
    with decoder: inout ChunkedDecoder,
    _ limits: HTTPLimits
  ) throws(HTTPError) -> Int {
    let bytes = input
    return try decoder.decode(bytes.span, into: &body, limit: bodyBytesMax, limits: limits)
  }

  /// Reads once into `scratch` and leaves it there.
  func receive(into scratch: inout [UInt8]) throws(SystemError) -> Int? {
    var span = scratch.mutableSpan
    return try descriptor.receive(into: &span)
  }

  /// Writes what is waiting; returns whether all of it is gone.
  func flush() throws(SystemError) -> Bool {
    while written < output.count {
      let sent = try Self.send(output, from: written, to: descriptor)
      guard let sent else { return false }
      written += sent
    }
    output.removeAll(keepingCapacity: output.capacity <= Self.keptOutputBytes)
    written = 0
    sealed = 0
    return true
  }

  /// Memory that an idle connection may keep for its next answer.
  private static let keptOutputBytes = 4096

  private static func send(
    _ bytes: [UInt8],
    from start: Int,
    to descriptor: borrowing Descriptor
  ) throws(SystemError) -> Int? {
    try descriptor.send(bytes.span.extracting(start..<bytes.count))
  }
}
