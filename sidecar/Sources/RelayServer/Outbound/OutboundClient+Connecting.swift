internal import RelayCore
internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// From a name to a connection that can carry a request.
extension OutboundClient {
  func open(for exchange: OutboundExchange) {
    let connection = makeConnection(for: exchange)
    setDeadline(connection, connection.connectDeadline)
    switch exchange.pool.key.origin.place {
    case .socket(let path):
      connection.addresses = [.unix(path)]
      callNext(connection)
    case .host(let name, let port):
      if let known = resolver.known(name, now: now) {
        take(known, of: name, port: port, for: connection)
        return
      }
      let id = connection.id
      let isTaken = resolver.resolve(name) { [postResolved] answer in postResolved(id, answer) }
      if !isTaken { fail(connection, .overloaded) }
    }
  }

  /// A look-up has ended; the connection may have, too.
  func resolved(_ id: ConnectionID, _ answer: Resolver.Answer) {
    guard let connection = connection(id), connection.phase == .resolving,
      case .host(let name, let port) = connection.pool.key.origin.place
    else { return }
    switch answer {
    case .success(let addresses): take(addresses, of: name, port: port, for: connection)
    case .failure: fail(connection, .nameNotFound(host: name))
    }
  }

  private func take(
    _ addresses: [SocketAddress],
    of name: String,
    port: UInt16,
    for connection: OutboundConnection
  ) {
    // A number in the configuration is not the word of a name server.
    let isNumber = IPAddress.isNumber(name)
    let allowed = addresses.filter { isNumber || !isRefused($0) }
    guard !allowed.isEmpty else {
      return fail(
        connection,
        addresses.isEmpty ? .nameNotFound(host: name) : .addressRefused(host: name)
      )
    }
    connection.addresses = allowed.reversed().map { $0.at(port: port) }
    callNext(connection)
  }

  /// Calls the next address.
  ///
  /// Each gets an equal share of the time that is left, so that a silent
  /// one does not use up that of the others.
  private func callNext(_ connection: OutboundConnection) {
    closeSocket(connection)
    while let address = connection.addresses.popLast() {
      connection.address = address
      let left = connection.connectDeadline - now
      let share = left / Int64(connection.addresses.count + 1)
      if call(address, connection) {
        if connection.phase == .connecting { setDeadline(connection, now + share) }
        return
      }
    }
    fail(connection, connection.connectFailure ?? .cannotConnect("there is no address to call"))
  }

  /// Returns whether the address may still answer.
  private func call(_ address: SocketAddress, _ connection: OutboundConnection) -> Bool {
    do throws(SystemError) {
      let descriptor = try Descriptor.startConnecting(to: address)
      connection.socket = OutboundConnection.Socket(descriptor)
      connection.phase = .connecting
      setInterest(connection, .writable)
      return true
    } catch {
      if case .unix = address, error.isTimeout {
        connection.phase = .crowded
        let again = now + OutboundPoolLimits.crowdedNanoseconds
        setDeadline(connection, min(again, connection.connectDeadline))
        return true
      }
      connection.connectFailure = .cannotConnect("\(error)")
      return false
    }
  }

  /// It is known what came of a call.
  func finishConnecting(_ connection: OutboundConnection) {
    guard let socket = connection.socket, let address = connection.address else { return }
    do throws(SystemError) {
      try socket.descriptor.finishConnecting(to: address)
    } catch {
      connection.connectFailure =
        error.isTimeout ? .connectTimedOut(address.description) : .cannotConnect("\(error)")
      return callNext(connection)
    }
    guard let trust = connection.pool.trust,
      case .host(let name, _) = connection.pool.key.origin.place
    else { return begin(connection) }
    do throws(TLSFailure) {
      connection.session = try TLSClientSession(
        trust,
        host: name,
        isAddress: IPAddress.isNumber(name)
      )
      connection.phase = .shakingHands
      setDeadline(connection, connection.connectDeadline)
      try shakeHands(connection)
    } catch {
      fail(connection, .tls(error))
    }
  }

  func shakeHands(_ connection: OutboundConnection) throws(TLSFailure) {
    guard let session = connection.session else { return }
    let isDone: Bool
    do throws(TLSFailure) {
      isDone = try session.shakeHands()
    } catch {
      // The alert that says why: as much of it as goes out at once.
      session.takeOutput(into: &connection.output, using: &plain)
      _ = try? connection.sendOutput()
      throw error
    }
    session.takeOutput(into: &connection.output, using: &plain)
    if isDone { begin(connection) } else { flush(connection) }
  }

  /// A deadline has passed.
  func expire(_ connection: OutboundConnection) {
    switch connection.phase {
    case .idle:
      close(connection)
    case .exchanging:
      fail(connection, .timedOut)
    case .connecting where now < connection.connectDeadline:
      connection.connectFailure = .connectTimedOut(connection.address?.description ?? "")
      callNext(connection)
    case .crowded where now < connection.connectDeadline:
      if let address = connection.address { connection.addresses.append(address) }
      callNext(connection)
    case .resolving, .connecting, .crowded, .shakingHands:
      let place = connection.address?.description ?? connection.pool.key.origin.description
      fail(connection, connection.connectFailure ?? .connectTimedOut(place))
    }
  }
}

extension IPAddress {
  /// Whether the host of a URL is written in numbers; names were told from them when it was read.
  static func isNumber(_ host: String) -> Bool { IPAddress(host) != nil }
}
