import RelaySystem
import Synchronization

/// A server that does exactly what a test wants, byte for byte, over real sockets.
///
/// The connections of the script are served each by a thread of its own, in the order in which they
/// are accepted; those beyond it are closed at once.
final class RawServer: Sendable {
  enum Step: Sendable {
    /// Reads a whole request.
    case read
    case send(String)
    /// Sends the piece this many times, until the client has enough.
    case repeating(String, Int)
    case pause(milliseconds: Int32)
    /// Waits until the client closes.
    case untilClosed
  }

  private static let patienceMilliseconds: Int32 = 20_000

  private let listener: Listener
  private let state = Mutex(State())

  struct State {
    var connections = 0
    var requests: [String] = []
    /// Connections whose client closed before the script was at its end or in `untilClosed`.
    var closedByClient = 0
    var isStopped = false
  }

  var connections: Int { state.withLock { $0.connections } }
  var requests: [String] { state.withLock { $0.requests } }
  var closedByClient: Int { state.withLock { $0.closedByClient } }

  /// Returns when so many requests were read, or nobody can expect it any more.
  func waitForRequests(_ count: Int) {
    for _ in 0..<2000 where requests.count < count { _ = Self.pause(10) }
  }

  var port: UInt16 { listener.localAddress.port }
  var url: String { "http://\(listener.localAddress)" }

  private init(_ address: String) throws(SystemError) {
    listener = try Listener(try SocketAddress(parsing: address), reusePort: false)
  }

  static func start(_ script: [[Step]], at address: String = "127.0.0.1:0") throws -> RawServer {
    let server = try RawServer(address)
    onThread { server.accept(script) }
    return server
  }

  /// One answer for each request, on one connection.
  static func answering(_ answers: String...) throws -> RawServer {
    try start([answers.flatMap { [Step.read, .send($0)] } + [.untilClosed]])
  }

  private func accept(_ script: [[Step]]) {
    for steps in script {
      guard let stream = try? acceptOne() else { return }
      state.withLock { $0.connections += 1 }
      Self.onThread { [self] in serve(stream, steps) }
    }
  }

  private static func onThread(_ body: sending @escaping () -> Void) {
    do {
      let thread = try Thread(name: "raw", body)
      thread.detach()
    } catch {
      // The client of a connection that nobody serves fails its own test.
    }
  }

  private func acceptOne() throws(SystemError) -> Stream? {
    while Self.wait(listener.rawValue, .readable) {
      if let accepted = try listener.accept() { return Stream(accepted.takeDescriptor()) }
    }
    return nil
  }

  private final class Stream: Sendable {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
  }

  private func serve(_ stream: Stream, _ steps: [Step]) {
    for step in steps {
      guard take(step, stream) else {
        state.withLock { $0.closedByClient += 1 }
        return
      }
    }
  }

  private func take(_ step: Step, _ stream: Stream) -> Bool {
    switch step {
    case .read:
      return readRequest(stream)
    case .send(let text):
      return send(Array(text.utf8), stream)
    case .repeating(let text, let count):
      let bytes = Array(text.utf8)
      for _ in 0..<count { guard send(bytes, stream) else { return false } }
      return true
    case .pause(let milliseconds):
      return Self.pause(milliseconds)
    case .untilClosed:
      while let count = receive(stream)?.count, count > 0 {}
      return false
    }
  }

  private func readRequest(_ stream: Stream) -> Bool {
    var request: [UInt8] = []
    while true {
      let text = String(decoding: request, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        let length =
          text[..<end].split(separator: "\r\n")
          .first { $0.hasPrefix("Content-Length: ") }
          .flatMap { Int($0.dropFirst(16)) } ?? 0
        if text[end...].utf8.count - 4 >= length {
          state.withLock { $0.requests.append(text) }
          return true
        }
      }
      guard let piece = receive(stream), !piece.isEmpty else { return false }
      request += piece
    }
  }

  private func receive(_ stream: Stream) -> [UInt8]? {
    while Self.wait(stream.descriptor.rawValue, .readable) {
      var piece = [UInt8](repeating: 0, count: 64 << 10)
      var span = piece.mutableSpan
      guard let received = try? stream.descriptor.receive(into: &span) else { return nil }
      return Array(piece[..<received])
    }
    return nil
  }

  private func send(_ bytes: [UInt8], _ stream: Stream) -> Bool {
    var done = 0
    while done < bytes.count {
      guard Self.wait(stream.descriptor.rawValue, .writable) else { return false }
      guard let count = try? stream.descriptor.send(bytes.span.extracting(done..<bytes.count))
      else { return false }
      done += count
    }
    return true
  }

  private static func wait(_ descriptor: Int32, _ interest: Interest) -> Bool {
    do {
      var poller = try Poller()
      try poller.add(descriptor, interest, token: 1)
      var events: [PollEvent] = []
      try poller.wait(timeoutMilliseconds: patienceMilliseconds, into: &events)
      return !events.isEmpty
    } catch {
      return false
    }
  }

  private static func pause(_ milliseconds: Int32) -> Bool {
    do {
      var poller = try Poller()
      var events: [PollEvent] = []
      try poller.wait(timeoutMilliseconds: milliseconds, into: &events)
      return true
    } catch {
      return false
    }
  }
}

extension StringProtocol {
  /// Where `needle` begins.
  fileprivate func range(of needle: String) -> Index? {
    var index = startIndex
    while index < endIndex {
      if self[index...].utf8.starts(with: needle.utf8) { return index }
      formIndex(after: &index)
    }
    return nil
  }
}
