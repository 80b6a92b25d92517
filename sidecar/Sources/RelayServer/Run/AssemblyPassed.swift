internal import RelayConfiguration
internal import RelaySystem

/// Sockets that whoever started the process opened for it.
extension Assembly {
  /// Takes every socket of a name for every thread, and returns how they are called in the log.
  ///
  /// All threads accept from the one queue of a socket: it cannot be opened a second time, and
  /// whoever is free is the next to take a connection.
  func takePassed(
    _ name: String,
    tls: TLSDesk?,
    _ listeners: inout [[BoundListener]]
  ) throws(StartError) -> [String] {
    let sockets = passed.take(name)
    guard !sockets.isEmpty else { throw missing(name) }
    var addresses: [String] = []
    for socket in sockets {
      do {
        let listener = try Listener(socket)
        let address = listener.localAddress
        var tls = tls
        // The file system says who may use it.
        if case .unix = address { tls = nil }
        for thread in listeners.indices.dropFirst() {
          listeners[thread].append(BoundListener(try listener.duplicate(), tls: tls))
        }
        listeners[0].append(BoundListener(listener, tls: tls))
        addresses.append("systemd:\(name)=\(address)")
      } catch {
        throw StartError("cannot listen: \(error)", exitCode: ExitCode.isFalse)
      }
    }
    return addresses
  }

  private func missing(_ name: String) -> StartError {
    let names = Set(passed.rest.map(\.name)).sorted().joined(separator: ", ")
    let what =
      names.isEmpty ? "the process was started without any that is left" : "there are: \(names)"
    return StartError(
      "cannot listen: no socket was passed as \(name), and \(what); write "
        + "FileDescriptorName=\(name) in the socket unit, and start that",
      exitCode: ExitCode.isFalse
    )
  }

  /// Says which sockets the configuration does not name, and closes them: who connects there waits
  /// for nobody.
  func leaveUnused() {
    for socket in passed.rest {
      log.warning(
        "socket_unused",
        [
          "name": .text(socket.name),
          "detail": .text("write systemd:\(socket.name) in ingress.listen or api.listen"),
        ]
      )
    }
    passed.closeRest()
  }
}

extension PassedSockets {
  static func forSupervisor() throws(StartError) -> PassedSockets {
    do throws(PassedSocketError) {
      return try take()
    } catch {
      throw StartError("cannot take the sockets passed: \(error)", exitCode: ExitCode.isFalse)
    }
  }
}
