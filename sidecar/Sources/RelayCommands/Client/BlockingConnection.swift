internal import RelaySystem
internal import RelayTLS
internal import WebhookReceiver

/// A connection of the command line: blocking, kept open between calls, used by one thread.
final class BlockingConnection: HTTPConnection {
  /// A local address answers at once or not at all; a name may have several addresses.
  static let connectMilliseconds: Int32 = 10_000
  /// Above the longest wait that the API grants, so that a long poll ends on the other side.
  static let answerMilliseconds: Int32 = 90_000

  private let address: HTTPAddress
  private var context: TLSClientContext?
  private var stream: BlockingStream?

  init(_ address: HTTPAddress) {
    self.address = address
  }

  func exchange(_ call: HTTPCall) -> HTTPOutcome {
    let request = RequestBytes.encode(call)
    if let kept = stream.take() {
      // The other side may have closed a kept connection meanwhile. When it has said nothing, the
      // call goes out again over a new one: events carry ids, so a repeated one is a duplicate.
      switch run(request, call.method, over: kept) {
      case .success(let reply): return .reply(reply)
      case .failure(.nothing): break
      case .failure(let failure): return failure.outcome
      }
    }
    do throws(ExchangeFailure) {
      switch run(request, call.method, over: try open()) {
      case .success(let reply): return .reply(reply)
      case .failure(let failure): return failure.outcome
      }
    } catch {
      return error.outcome
    }
  }

  /// Connects, and shakes hands where the address says https.
  private func open() throws(ExchangeFailure) -> BlockingStream {
    let stream: BlockingStream
    do throws(SystemError) {
      stream = try connect()
    } catch {
      throw .system(error)
    }
    guard let trust = address.trust, case .host(let host, _) = address.endpoint else {
      return stream
    }
    do throws(TLSFailure) {
      let context: TLSClientContext
      if let made = self.context {
        context = made
      } else {
        context = try TLSClientContext(roots: TLSClientContext.Roots(trust))
        self.context = context
      }
      try stream.secure(
        with: TLSClientSession(context, host: host, isAddress: IPAddress(host) != nil)
      )
    } catch {
      throw .tls(error)
    }
    try stream.shakeHands()
    return stream
  }

  private func connect() throws(SystemError) -> BlockingStream {
    switch address.endpoint {
    case .unix(let path):
      return try BlockingStream(.unix(path))
    case .host(let host, let port):
      // Every address in turn, as names like localhost have one of each family.
      var failure: SystemError?
      for candidate in try resolve(host: host, port: port) {
        do throws(SystemError) {
          return try BlockingStream(candidate)
        } catch {
          failure = error
        }
      }
      throw failure ?? SystemError("look up \(host)", 0)
    }
  }

  private func run(
    _ request: [UInt8],
    _ method: String,
    over stream: BlockingStream
  ) -> Result<HTTPReply, ExchangeFailure> {
    // A server that refuses early stops reading, but it has answered: the answer counts.
    let sending = stream.send(request)
    var reader = ResponseReader()
    do throws(ExchangeFailure) {
      let reply = try reader.read(from: stream, isToHEAD: method == "HEAD")
      if reader.canBeKept, sending == nil { self.stream = stream }
      return .success(reply)
    } catch {
      if case .nothing = error, let sending, !sending.isClosed { return .failure(sending) }
      return .failure(error)
    }
  }
}

/// Why an exchange brought no reply.
enum ExchangeFailure: Error {
  /// The connection ended before a byte of an answer.
  case nothing
  case system(SystemError)
  case tls(TLSFailure)
  case timedOut
  /// The connection ended inside the answer.
  case cut
  case malformed(String)

  var outcome: HTTPOutcome {
    switch self {
    case .nothing: .noAnswer(reason: "the connection was closed without an answer")
    case .system(let error): .noAnswer(reason: "\(error)")
    case .tls(let failure): .noAnswer(reason: failure.description)
    case .timedOut: .noAnswer(reason: "no answer in time")
    case .cut: .noAnswer(reason: "the connection was closed inside the answer")
    case .malformed(let reason): .malformed(reason: reason)
    }
  }

  /// The other side has closed, so there may still be an answer to read.
  fileprivate var isClosed: Bool {
    if case .system(let error) = self { error.isConnectionClosed } else { false }
  }
}

/// A connected socket, blocking, with timeouts.
final class BlockingStream {
  private let descriptor: Descriptor
  /// Nil: bytes go to the socket as they are.
  private(set) var session: TLSClientSession?

  init(_ address: SocketAddress) throws(SystemError) {
    descriptor = try Descriptor.connect(
      to: address,
      timeoutMilliseconds: BlockingConnection.connectMilliseconds
    )
    try descriptor.setTimeouts(milliseconds: BlockingConnection.answerMilliseconds)
  }

  /// From here on everything is TLS.
  func secure(with session: TLSClientSession) { self.session = session }

  /// Sends everything; nil when that succeeded.
  func send(_ bytes: [UInt8]) -> ExchangeFailure? {
    guard let session else { return sendPlain(bytes) }
    return sendSecure(bytes, session)
  }

  /// Sends bytes of the wire.
  func sendPlain(_ bytes: [UInt8]) -> ExchangeFailure? {
    var done = 0
    while done < bytes.count {
      do throws(SystemError) {
        let rest = bytes.span.extracting(done..<bytes.count)
        guard let count = try descriptor.send(rest) else { return .timedOut }
        done += count
      } catch {
        return .system(error)
      }
    }
    return nil
  }

  /// Appends what has come; 0 at the end of the stream.
  func receive(into buffer: inout [UInt8]) throws(ExchangeFailure) -> Int {
    guard let session else { return try receivePlain(into: &buffer) }
    return try receiveSecure(into: &buffer, session)
  }

  /// Appends bytes of the wire.
  func receivePlain(into buffer: inout [UInt8]) throws(ExchangeFailure) -> Int {
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    let count: Int?
    do throws(SystemError) {
      var span = piece.mutableSpan
      count = try descriptor.receive(into: &span)
    } catch {
      if error.isConnectionClosed { return 0 }
      throw .system(error)
    }
    guard let count else { throw .timedOut }
    buffer += piece[..<count]
    return count
  }
}
