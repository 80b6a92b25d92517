internal import RelayConfiguration
internal import RelaySystem
internal import WebhookReceiver

/// The first phase of a connection where every one begins with a PROXY header.
///
/// It works on the socket and not on the connection's input: what comes behind the header is for
/// somebody else to read, and it may not be plain text.
extension ConnectionLoop {
  /// Puts a new connection into its first phase; returns whether it may go on.
  func beginPreamble(_ connection: Connection) -> Bool {
    guard let proxies else { return true }
    connection.isProxy = proxies.believes(connection.peer)
    guard proxies.wantsHeader else { return true }
    guard proxies.mayBegin(connection.peer) else {
      refusePreamble(connection, .untrusted)
      return false
    }
    connection.phase = .preamble(ProxyPreamble())
    return true
  }

  /// Reads as much of the header as has come; returns whether it is complete.
  func readPreamble(_ connection: Connection, _ before: ProxyPreamble) -> Bool {
    var preamble = before
    do throws(SystemError) {
      guard let arrived = try connection.peek(using: &scratch) else { return false }
      guard arrived > 0 else {
        // Who connects and closes looks whether somebody is there; that is no mistake.
        if preamble.isEmpty { close(connection) } else { refusePreamble(connection, .cut) }
        return false
      }
      switch preamble.take(scratch.span.extracting(0..<arrived)) {
      case .needMore:
        // Taken at once: bytes that stay would make the socket readable again and again.
        try connection.skip(arrived)
        connection.phase = .preamble(preamble)
        return false
      case .complete(let sender, let taken):
        try connection.skip(taken)
        enter(connection, for: sender)
        return true
      case .refused(let refusal):
        refusePreamble(connection, refusal)
        return false
      }
    } catch {
      // Reset by the peer: there is nobody to tell.
      close(connection)
      return false
    }
  }

  /// From here on the peer is who the proxy says it is.
  private func enter(_ connection: Connection, for sender: ProxyPreamble.Sender) {
    connection.phase = .head
    switch sender {
    case .proxy: break
    case .unknown:
      // The requests are those of somebody whom nobody knows, and so are their headers.
      connection.isProxy = false
    case .client(let endpoint):
      connection.setPeer(SocketAddress(endpoint.address, port: endpoint.port))
      connection.isProxy = proxies?.believes(connection.peer) ?? false
    }
  }

  /// Ends a connection without a word: who is there has not said which protocol it speaks.
  func refusePreamble(_ connection: Connection, _ refusal: ProxyRefusal) {
    metrics.proxies.refuse(refusal.word)
    log.network(
      .warning,
      "proxy_header_refused",
      [
        "reason": .text(refusal.word.rawValue),
        "detail": .text("\(refusal)"),
        "address": .text(connection.peer.remoteText),
      ]
    )
    close(connection)
  }
}

extension Connection {
  /// Looks at what has arrived without taking it: the count, 0 at the end of the stream, nil when
  /// nothing is there.
  func peek(using scratch: inout [UInt8]) throws(SystemError) -> Int? {
    var span = scratch.mutableSpan
    return try descriptor.peek(into: &span)
  }

  /// Takes bytes that were looked at, and no more.
  func skip(_ count: Int) throws(SystemError) {
    var left = count
    while left > 0 {
      var bytes = [UInt8](repeating: 0, count: left)
      var span = bytes.mutableSpan
      // They are there: this thread alone reads from the socket.
      guard let taken = try descriptor.receive(into: &span), taken > 0 else {
        throw SystemError("take what was looked at", 0)
      }
      left -= taken
    }
  }
}
