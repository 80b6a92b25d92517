internal import RelaySystem
internal import RelayTLS

/// What a connection has between its bytes and its socket, where the listener speaks TLS.
///
/// The session is made when the first byte of the wire comes: a connection that says nothing costs
/// little, and what stands before the handshake (a PROXY header) is read from the socket as it is.
final class TLSTransport {
  /// Encrypted at once, in bytes: four full records, so that a large answer is never in memory a
  /// third time.
  private static let pieceBytes = 64 << 10

  let desk: TLSDesk
  private(set) var session: TLSServerSession?
  /// The handshake is done.
  private(set) var isEstablished = false
  /// Part of a record is here and the rest is not: nothing of it can be read yet, but the client is
  /// in the middle of something.
  private(set) var holdsPartialRecord = false
  /// Names of the client's certificate, in lower case; none without one that was verified.
  private(set) var clientNames: [String] = []
  /// Something of ours went out: an answer without TLS would make no sense to the client any more.
  private(set) var hasSpoken = false
  private var saidGoodbye = false

  init(_ desk: TLSDesk) { self.desk = desk }

  /// Whether the client has said anything.
  var hasHeard: Bool { session != nil }

  /// Nil while it is not agreed upon.
  var version: String? { isEstablished ? session?.version : nil }

  /// Takes bytes of the wire.
  func feed(_ bytes: Span<UInt8>) throws(TLSFailure) {
    if let session { return try session.feed(bytes) }
    let session = try TLSServerSession(desk.current)
    self.session = session
    try session.feed(bytes)
  }

  /// Goes on shaking hands; true when that is done.
  func shakeHands() throws(TLSFailure) -> Bool {
    guard let session else { return false }
    guard try session.shakeHands() else { return false }
    isEstablished = true
    clientNames = session.clientNames
    desk.counters.finish(isResumed: session.isResumed)
    return true
  }

  /// Decrypts into `bytes`, as much as there is and fits.
  func read(into bytes: inout [UInt8]) throws(TLSFailure) -> TLSSession.Reading {
    guard let session else { return .waits }
    var span = bytes.mutableSpan
    let reading = try session.read(into: &span)
    holdsPartialRecord = reading == .waits && session.holdsPartialRecord
    return reading
  }

  /// Moves what the engine itself has to say behind what is waiting to be sent.
  func takeOutput(for connection: Connection) {
    precondition(
      connection.sealed == connection.output.count,
      "an answer is encrypted before anything else is sent"
    )
    session?.takeOutput(into: &connection.output)
    connection.sealed = connection.output.count
    if connection.sealed > 0 { hasSpoken = true }
  }

  /// Encrypts what an answer has put behind the bytes of the wire that wait already, and says
  /// goodbye behind the last one (RFC 8446 §6.1).
  ///
  /// Returns false when the session is broken, and nothing more can be sent.
  func seal(_ connection: Connection) -> Bool {
    guard let session else { return false }
    do throws(TLSFailure) {
      if connection.sealed < connection.output.count { try seal(connection, session) }
    } catch {
      return false
    }
    connection.sealed = connection.output.count
    if connection.closesAfterWrite { sayGoodbye(session) }
    takeOutput(for: connection)
    session.trim()
    return true
  }

  private func seal(_ connection: Connection, _ session: TLSServerSession) throws(TLSFailure) {
    var plain: [UInt8] = []
    swap(&plain, &connection.output)
    var start = connection.sealed
    if start > 0 { connection.output = Array(plain[..<start]) }
    while start < plain.count {
      let end = min(plain.count, start + Self.pieceBytes)
      try session.write(plain.span.extracting(start..<end))
      session.takeOutput(into: &connection.output)
      start = end
    }
  }

  /// Says goodbye before the connection is closed, as far as the socket takes it; behind half a
  /// record it would be noise.
  func sayGoodbye(over connection: Connection) {
    guard let session, connection.output.isEmpty else { return }
    sayGoodbye(session)
    takeOutput(for: connection)
    // The connection ends either way.
    _ = try? connection.flush()
  }

  private func sayGoodbye(_ session: TLSServerSession) {
    guard isEstablished, !saidGoodbye else { return }
    saidGoodbye = true
    session.close()
  }

  /// Nothing more is here: gives memory back.
  func rest() { session?.trim() }
}
