import RelaySystem
import Synchronization

/// A server that says exactly what a test wants, byte for byte, over real sockets.
final class ScriptedServer: Sendable {
  /// One connection: after each request the next answer is sent, after the last it is closed.
  typealias Connection = [String]

  /// Nothing here takes long; a broken test ends all the same.
  private static let patienceMilliseconds: Int32 = 10_000

  private let listener: Listener
  private let received = Mutex<[UInt8]>([])

  private init() throws(SystemError) {
    listener = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
  }

  /// Runs `body` with the server's base address, while the connections are served in turn.
  static func serving(
    _ connections: [Connection],
    _ body: (String) -> Void
  ) throws -> [UInt8] {
    let server = try ScriptedServer()
    let thread = try Thread(name: "scripted") { server.serve(connections) }
    body("http://127.0.0.1:\(server.listener.localAddress.port)")
    thread.join()
    return server.received.withLock { $0 }
  }

  private func serve(_ connections: [Connection]) {
    for connection in connections {
      guard let stream = try? accept() else { return }
      for answer in connection {
        guard (try? readRequest(from: stream)) == true else { break }
        send(answer, over: stream)
      }
    }
  }

  private func accept() throws(SystemError) -> Descriptor? {
    try wait(for: listener.rawValue, .readable)
    guard let accepted = try listener.accept() else { return nil }
    return accepted.takeDescriptor()
  }

  /// Reads up to the empty line; the tests send requests without bodies.
  private func readRequest(from stream: borrowing Descriptor) throws(SystemError) -> Bool {
    var request: [UInt8] = []
    while !request.ends(with: [0x0D, 0x0A, 0x0D, 0x0A]) {
      try wait(for: stream.rawValue, .readable)
      var piece = [UInt8](repeating: 0, count: 4096)
      var span = piece.mutableSpan
      guard let count = try stream.receive(into: &span) else { continue }
      guard count > 0 else { return false }
      request += piece[..<count]
    }
    received.withLock { $0 += request }
    return true
  }

  private func send(_ answer: String, over stream: borrowing Descriptor) {
    let bytes = Array(answer.utf8)
    var done = 0
    while done < bytes.count {
      guard (try? wait(for: stream.rawValue, .writable)) != nil,
        let count = try? stream.send(bytes.span.extracting(done..<bytes.count))
      else { return }
      done += count
    }
  }

  private func wait(for descriptor: Int32, _ interest: Interest) throws(SystemError) {
    var poller = try Poller()
    try poller.add(descriptor, interest, token: 1)
    var events: [PollEvent] = []
    try poller.wait(timeoutMilliseconds: Self.patienceMilliseconds, into: &events)
    if events.isEmpty { throw SystemError("the test's other side did not come", 110) }
  }
}

extension Array where Element == UInt8 {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
