import RelayTLS

/// A client and a listener whose wires are joined.
struct SessionPair {
  let client: TLSClientSession
  let server: TLSServerSession
  private var wire: [UInt8] = []

  init(
    _ server: TLSServerContext,
    trusting roots: [UInt8],
    as identity: TLSIdentity? = nil,
    host: String
  ) throws(TLSFailure) {
    client = try TLSClientSession(
      TLSClientContext(roots: .pem(roots), identity: identity),
      host: host,
      isAddress: false
    )
    self.server = try TLSServerSession(server)
  }

  /// Moves what one side has to say to the other, in pieces.
  mutating func carry(
    from sender: TLSSession,
    to receiver: TLSSession,
    pieceBytes: Int = .max
  ) throws(TLSFailure) -> Int {
    wire.removeAll()
    sender.takeOutput(into: &wire)
    var start = 0
    while start < wire.count {
      let end = pieceBytes < wire.count - start ? start + pieceBytes : wire.count
      try receiver.feed(wire.span.extracting(start..<end))
      start = end
      // Each piece is looked at before the next one comes.
      if start < wire.count { _ = try receiver.shakeHands() }
    }
    return wire.count
  }

  /// Shakes hands until both are done, or one of them is refused.
  mutating func shakeHands(pieceBytes: Int = .max) throws(TLSFailure) {
    // Each turn is one flight; TLS 1.2 has four of them.
    for _ in 0..<8 {
      let isClientDone = try client.shakeHands()
      _ = try carry(from: client, to: server, pieceBytes: pieceBytes)
      let isServerDone = try server.shakeHands()
      _ = try carry(from: server, to: client, pieceBytes: pieceBytes)
      if isClientDone, isServerDone { return }
    }
    throw TLSFailure(.other, "the handshake does not end")
  }

  /// Sends `bytes` from one side to the other and returns what comes out there.
  mutating func send(
    _ bytes: [UInt8],
    from sender: TLSSession,
    to receiver: TLSSession
  ) throws(TLSFailure) -> [UInt8] {
    try sender.write(bytes.span)
    _ = try carry(from: sender, to: receiver)
    var received: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1000)
    while true {
      guard case .bytes(let count) = try Self.read(receiver, into: &piece) else { return received }
      received += piece[..<count]
    }
  }

  static func read(
    _ session: TLSSession,
    into piece: inout [UInt8]
  ) throws(TLSFailure) -> TLSSession.Reading {
    var span = piece.mutableSpan
    return try session.read(into: &span)
  }
}
