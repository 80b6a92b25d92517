internal import RelayHTTP
internal import RelaySystem
internal import RelayTLS

/// One connection of the client, from the look-up of its name on.
final class OutboundConnection {
  enum Phase: Equatable {
    /// The name is being looked up.
    case resolving
    /// An address was called.
    case connecting
    /// The listener of a unix socket is crowded; it is tried again at the deadline.
    case crowded
    /// TLS.
    case shakingHands
    case exchanging
    case idle
  }

  /// A socket; a new one for each address that is tried.
  final class Socket {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  let id: ConnectionID
  let pool: OutboundPool
  var phase = Phase.resolving
  /// Nil exactly while it is idle.
  var exchange: OutboundExchange?

  /// Addresses that were not tried yet, the next one last.
  var addresses: [SocketAddress] = []
  var address: SocketAddress?
  var connectDeadline: Int64
  var connectFailure: OutboundFailure?

  var socket: Socket?
  var session: TLSClientSession?
  var interest: Interest = []

  /// Bytes for the wire.
  var output: [UInt8] = []
  var written = 0
  /// How much of the request's body went into `output`.
  var bodyTaken = 0
  var parser = ResponseParser(limits: HTTPLimits())
  /// Whether a request was answered here before.
  var isReused = false
  /// Whether the socket still takes bytes, as far as is known.
  var isWritable = true
  var isClosed = false

  /// What it is waiting for must have come by then.
  var deadline: Int64 = .max
  /// The time of its entry in the timers that counts; never later than `deadline`.
  var armedAt: Int64 = .max

  /// Neighbours in the order of idleness over all pools; nil when it is not idle.
  var idleBefore: OutboundConnection?
  var idleAfter: OutboundConnection?

  init(_ id: ConnectionID, _ exchange: OutboundExchange, connectDeadline: Int64) {
    self.id = id
    self.exchange = exchange
    self.connectDeadline = connectDeadline
    pool = exchange.pool
  }

  /// Whether every byte of the request is out.
  var isSent: Bool {
    isWritable && output.isEmpty && bodyTaken == exchange?.request.body.count
  }

  /// Reads once into `scratch`; the count, 0 at the end of the stream, nil when nothing is there.
  func receive(into scratch: inout [UInt8]) throws(SystemError) -> Int? {
    guard let socket else { return nil }
    var span = scratch.mutableSpan
    return try socket.descriptor.receive(into: &span)
  }

  /// Sends what `output` holds; false when the socket takes no more for now.
  func sendOutput() throws(SystemError) -> Bool {
    guard let socket else { return false }
    while written < output.count {
      guard let sent = try Self.send(output, from: written, over: socket) else { return false }
      written += sent
    }
    output.removeAll(keepingCapacity: output.capacity <= OutboundPoolLimits.keptBytes)
    written = 0
    return true
  }

  private static func send(
    _ bytes: [UInt8],
    from start: Int,
    over socket: Socket
  ) throws(SystemError) -> Int? {
    try socket.descriptor.send(bytes.span.extracting(start..<bytes.count))
  }

  /// Gives bytes of the answer to the parser; returns whether all were used.
  func parse(_ bytes: [UInt8], count: Int) throws(ResponseError) -> Bool {
    try parser.receive(bytes.span.extracting(0..<count)) == count
  }
}

/// Idle connections of all pools, the one idle longest first: a chain through the connections.
struct IdleChain {
  private(set) var first: OutboundConnection?
  private var last: OutboundConnection?
  private(set) var count = 0

  mutating func append(_ connection: OutboundConnection) {
    connection.idleBefore = last
    connection.idleAfter = nil
    if let last { last.idleAfter = connection } else { first = connection }
    last = connection
    count += 1
  }

  mutating func remove(_ connection: OutboundConnection) {
    let (before, after) = (connection.idleBefore, connection.idleAfter)
    if let before { before.idleAfter = after } else { first = after }
    if let after { after.idleBefore = before } else { last = before }
    connection.idleBefore = nil
    connection.idleAfter = nil
    count -= 1
  }
}
