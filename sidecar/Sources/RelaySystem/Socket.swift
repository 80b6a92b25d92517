internal import CRelayLinux
internal import Glibc

/// An address as it crosses to C: 16 bytes, the port, the family.
private let describedBytes = 19

extension SocketAddress {
  fileprivate init?(described bytes: [UInt8]) {
    let port = UInt16(bytes[16]) << 8 | UInt16(bytes[17])
    switch bytes[18] {
    case 4: self = .v4(Array(bytes[0..<4]), port: port)
    case 6: self = .v6(Array(bytes[0..<16]), port: port, scope: 0)
    default: return nil
    }
  }

  fileprivate var raw: (family: Int32, bytes: [UInt8], scope: UInt32) {
    switch self {
    case .v4(let bytes, _): (4, bytes, 0)
    case .v6(let bytes, _, let scope): (6, bytes, scope)
    case .unix(let path): (1, Array(path.utf8), 0)
    }
  }
}

/// A connection that was just accepted.
package struct Accepted: ~Copyable, Sendable {
  package let descriptor: Descriptor
  package let peer: SocketAddress

  package consuming func takeDescriptor() -> Descriptor { descriptor }
}

/// Who else may listen on a port.
package enum PortUse: Int32, Sendable {
  /// Nobody.
  case alone = 0
  /// Those that are opened behind this one as `shared`; nobody who is there already.
  case first = 1
  /// Whoever shares it as well, in any process of this user (SO_REUSEPORT).
  case shared = 2
}

/// A listening socket; the file of a unix socket is removed with it, unless somebody else made it.
package struct Listener: ~Copyable, Sendable {
  /// Connections that the kernel holds until they are accepted.
  package static let backlog: Int32 = 1024

  private let descriptor: Descriptor
  /// With the real port where 0 was asked for.
  package let localAddress: SocketAddress
  /// Made by whoever started the process, who has it as well: what waits there waits for the next
  /// process when this one has closed it.
  package let isPassed: Bool
  package var rawValue: Int32 { descriptor.rawValue }

  package init(_ address: SocketAddress, reusePort: Bool) throws(SystemError) {
    try self.init(address, reusePort ? .shared : .alone)
  }

  package init(_ address: SocketAddress, _ use: PortUse) throws(SystemError) {
    let raw = address.raw
    let opened = relay_listen(
      raw.family,
      raw.bytes.span,
      Int32(address.port),
      raw.scope,
      use.rawValue,
      Self.backlog
    )
    let descriptor = Descriptor(owning: try checked("listen on \(address)", opened))
    var described = [UInt8](repeating: 0, count: describedBytes)
    var span = described.mutableSpan
    try checked("getsockname", relay_local_address(descriptor.rawValue, &span))
    localAddress = SocketAddress(described: described) ?? address
    isPassed = false
    self.descriptor = descriptor
  }

  /// Takes over a socket that was passed.
  package init(_ passed: PassedSocket) throws(PassedSocketError) {
    let descriptor = Descriptor(owning: passed.number)
    let result = relay_adopt_listener(passed.number)
    guard result == 0 else { throw PassedSocketError(passed, errno: -result) }
    self.init(passed: descriptor)
  }

  /// The same socket for another thread, where it was passed: its port cannot be had once more.
  package borrowing func duplicate() throws(SystemError) -> Listener {
    precondition(isPassed, "a listener of its own is opened once more")
    let copy = try checked("duplicate a listener", relay_duplicate(rawValue))
    return Listener(passed: Descriptor(owning: copy))
  }

  private init(passed descriptor: consuming Descriptor) {
    var described = [UInt8](repeating: 0, count: describedBytes)
    var span = described.mutableSpan
    _ = relay_local_address(descriptor.rawValue, &span)
    // The path of a unix socket is nobody's here to remove, or to show.
    localAddress = SocketAddress(described: described) ?? .unix("")
    isPassed = true
    self.descriptor = descriptor
  }

  deinit {
    // The path is a C string for the call only.
    if !isPassed, case .unix(let path) = localAddress { _ = unsafe unlink(path) }
  }

  /// Returns nil when no connection is pending.
  package func accept() throws(SystemError) -> Accepted? {
    var described = [UInt8](repeating: 0, count: describedBytes)
    var span = described.mutableSpan
    let result = relay_accept(descriptor.rawValue, &span)
    switch -result {
    case EAGAIN:
      return nil
    case ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENOPROTOOPT,
      EOPNOTSUPP, EPERM:
      // Linux hands out what happened to the connection that was pending (accept(2)). It is gone;
      // the listener is well, and stays readable where there are others.
      return nil
    default:
      let accepted = Descriptor(owning: try checked("accept", result))
      return Accepted(
        descriptor: accepted,
        peer: SocketAddress(described: described) ?? .unix("")
      )
    }
  }
}

extension Descriptor {
  /// Reads into `buffer`; 0 at the end of the stream, nil when the read would block, which for a
  /// blocking socket means that its time ran out.
  package borrowing func receive(
    into buffer: inout MutableSpan<UInt8>
  ) throws(SystemError) -> Int? {
    let count = relay_receive(rawValue, &buffer)
    if count >= 0 { return count }
    if count == -Int(EAGAIN) { return nil }
    throw SystemError("receive", Int32(-count))
  }

  /// Reads into `buffer` what the next `receive` will read again.
  ///
  /// A socket whose bytes were only looked at stays readable: who waits for more must take them.
  package borrowing func peek(into buffer: inout MutableSpan<UInt8>) throws(SystemError) -> Int? {
    let count = relay_peek(rawValue, &buffer)
    if count >= 0 { return count }
    if count == -Int(EAGAIN) { return nil }
    throw SystemError("receive", Int32(-count))
  }

  /// Writes a prefix of `bytes`; nil when the write would block.
  package borrowing func send(_ bytes: Span<UInt8>) throws(SystemError) -> Int? {
    let count = relay_send(rawValue, bytes)
    if count >= 0 { return count }
    if count == -Int(EAGAIN) { return nil }
    throw SystemError("send", Int32(-count))
  }

  /// Tells the peer that nothing more comes; a peer that is gone needs no telling.
  package borrowing func shutdownWrite() { _ = relay_shutdown_write(rawValue) }

  /// Connects a blocking socket for the command line; reads and writes time out as well.
  package static func connect(
    to address: SocketAddress,
    timeoutMilliseconds: Int32
  ) throws(SystemError) -> Descriptor {
    let raw = address.raw
    let opened = relay_connect(
      raw.family,
      raw.bytes.span,
      Int32(address.port),
      raw.scope,
      timeoutMilliseconds
    )
    return Descriptor(owning: try checked("connect to \(address)", opened))
  }

  /// Begins to connect a non-blocking socket; it becomes writable when it is known what came of it.
  ///
  /// A unix socket whose listener has too many waiting fails at once, with `isTimeout`.
  package static func startConnecting(to address: SocketAddress) throws(SystemError) -> Descriptor {
    let raw = address.raw
    let opened = relay_connect_start(
      raw.family,
      raw.bytes.span,
      Int32(address.port),
      raw.scope
    )
    return Descriptor(owning: try checked("connect to \(address)", opened))
  }

  /// Says what came of a connection that was begun.
  package borrowing func finishConnecting(to address: SocketAddress) throws(SystemError) {
    try checked("connect to \(address)", relay_connect_result(rawValue))
  }

  package borrowing func setTimeouts(milliseconds: Int32) throws(SystemError) {
    try checked("setsockopt", relay_set_timeouts(rawValue, milliseconds))
  }
}

/// Looks a host name up with the system's resolver; it blocks, so it is for the command line only.
package func resolve(host: String, port: UInt16) throws(SystemError) -> [SocketAddress] {
  if let address = try? SocketAddress(parsing: "\(host):\(port)") { return [address] }
  if let address = try? SocketAddress(parsing: "[\(host)]:\(port)") { return [address] }
  // As many addresses as anyone would try one after another.
  var described = [UInt8](repeating: 0, count: describedBytes * 16)
  var span = described.mutableSpan
  let name = Array(host.utf8)
  let count = relay_resolve(name.span, &span)
  guard count > 0 else { throw SystemError("look up \(host)", ENOENT) }
  return (0..<Int(count)).compactMap { index in
    let start = index * describedBytes
    var entry = Array(described[start..<start + describedBytes])
    entry[16] = UInt8(port >> 8)
    entry[17] = UInt8(port & 0xFF)
    return SocketAddress(described: entry)
  }
}
