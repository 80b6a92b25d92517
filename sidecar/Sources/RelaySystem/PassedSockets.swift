internal import CRelayLinux
internal import Glibc
internal import Synchronization

/// A descriptor that whoever started the process opened for it, and its name.
package struct PassedSocket: Equatable, Sendable {
  package let number: Int32
  package let name: String

  package init(number: Int32, name: String) {
    self.number = number
    self.name = name
  }
}

/// Sockets that the process was started with, as systemd passes them (sd_listen_fds(3)).
///
///     LISTEN_PID      the process that they are for
///     LISTEN_FDS      how many there are, from descriptor 3 on
///     LISTEN_FDNAMES  a name for each, with a colon between two; without it all are "unknown"
package final class PassedSockets: Sendable {
  /// SD_LISTEN_FDS_START.
  private static let first: Int32 = 3
  /// More than a configuration can name, and a small part of the descriptors that are set aside.
  private static let countMax = 64
  private static let variables = ["LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES"]

  private let untaken: Mutex<[PassedSocket]>

  package init(_ sockets: [PassedSocket]) { untaken = Mutex(sockets) }

  /// Those that nobody has taken.
  package var rest: [PassedSocket] { untaken.withLock { $0 } }

  /// Takes what the variables say, and removes them: programs that this process starts must not
  /// take its sockets for theirs.
  ///
  /// For the first thread, before there is another.
  package static func take() throws(PassedSocketError) -> PassedSockets {
    let values = variables.map(Process.environment)
    // The names are C strings for the calls only, and there is no other thread that reads.
    for name in variables { _ = unsafe unsetenv(name) }
    let sockets = try read(
      process: values[0],
      count: values[2],
      names: values[3],
      own: Process.pid
    )
    for socket in sockets {
      guard relay_close_on_exec(socket.number) == 0 else {
        throw PassedSocketError(socket, errno: EBADF)
      }
    }
    return PassedSockets(sockets)
  }

  /// What the values of the variables mean to the process `own`.
  package static func read(
    process: String?,
    count: String?,
    names: String?,
    own: Int32
  ) throws(PassedSocketError) -> [PassedSocket] {
    // They are for another process where a shell or a supervisor stands in between.
    guard let process, let count, Int32(process) == own else { return [] }
    guard let count = Int(count), (0...countMax).contains(count) else {
      throw PassedSocketError("LISTEN_FDS is not a number from 0 to \(countMax)")
    }
    var known = Array(repeating: "unknown", count: count)
    if let names {
      known = names.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      if count == 0, names.isEmpty { known = [] }
    }
    guard known.count == count else {
      throw PassedSocketError(
        "LISTEN_FDNAMES has \(known.count) names for \(count) descriptors; it needs one for each"
      )
    }
    return known.enumerated().map { PassedSocket(number: first + Int32($0), name: $1) }
  }

  /// All of this name.
  package func take(_ name: String) -> [PassedSocket] {
    untaken.withLock { sockets in
      defer { sockets.removeAll { $0.name == name } }
      return sockets.filter { $0.name == name }
    }
  }

  /// Closes what nobody has taken.
  package func closeRest() {
    let sockets = untaken.withLock { sockets in
      defer { sockets = [] }
      return sockets
    }
    for socket in sockets { _ = Descriptor(owning: socket.number) }
  }
}

/// Why nothing can be done with a socket that was passed.
package struct PassedSocketError: Error, Equatable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  init(_ socket: PassedSocket, errno code: Int32) {
    let reason =
      switch code {
      case EBADF: "is not open, though LISTEN_FDS counts it"
      case ENOTSOCK: "is no socket; write ListenStream= in the socket unit"
      case EPROTOTYPE:
        "is no stream socket; write ListenStream= in the socket unit, not another Listen…="
      case EAFNOSUPPORT: "is neither of IP nor a unix socket"
      case EINVAL: "does not listen; write Accept=no in the socket unit"
      default: SystemError("cannot be used", code).description
      }
    description = "descriptor \(socket.number), passed as \(socket.name), \(reason)"
  }
}
