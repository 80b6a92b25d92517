import RelaySystem
import Synchronization

/// Answers one request per connection with fixed bytes, on a real socket of this machine.
final class LoopbackServer: Sendable {
  /// As long as the client's, so that a broken test ends all the same.
  ///
  /// On a machine of few cores `URLSession` may get no thread before other tests have computed.
  static let patienceSeconds = 1_200

  private let listener: Listener
  private let received = Mutex<[String]>([])

  init() throws(SystemError) {
    listener = try Listener(try SocketAddress(parsing: "127.0.0.1:0"), reusePort: false)
  }

  var base: String { "http://127.0.0.1:\(listener.localAddress.port)" }

  /// The requests so far, whole.
  var requests: [String] { received.withLock { $0 } }

  /// Answers as many connections as there are answers, then ends.
  func serve(_ answers: [String]) throws(SystemError) {
    let thread = try Thread(name: "loopback") { [self] in
      for answer in answers {
        guard (try? exchange(answer)) != nil else { return }
      }
    }
    thread.detach()
  }

  private func exchange(_ answer: String) throws(SystemError) {
    try waitUntilReadable(listener.rawValue)
    guard let accepted = try listener.accept() else { return }
    let stream = accepted.takeDescriptor()
    var request: [UInt8] = []
    while !Self.isWhole(request) {
      try waitUntilReadable(stream.rawValue)
      var piece = [UInt8](repeating: 0, count: 4096)
      var span = piece.mutableSpan
      guard let count = try stream.receive(into: &span) else { continue }
      guard count > 0 else { break }
      request += piece[..<count]
    }
    received.withLock { $0.append(String(decoding: request, as: UTF8.self)) }
    _ = try stream.send(Array(answer.utf8).span)
    stream.shutdownWrite()
  }

  /// The head is there, and as much body as it announces.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
    let head = text[..<end.lowerBound].lowercased()
    let length = head.firstMatch(of: #/content-length: *([0-9]+)/#).flatMap { Int($0.1) }
    return text[end.upperBound...].utf8.count >= length ?? 0
  }

  private func waitUntilReadable(_ descriptor: Int32) throws(SystemError) {
    var poller = try Poller()
    try poller.add(descriptor, .readable, token: 1)
    var events: [PollEvent] = []
    try poller.wait(timeoutMilliseconds: Int32(Self.patienceSeconds) * 1_000, into: &events)
    if events.isEmpty { throw SystemError("the test's other side did not come", 110) }
  }
}
