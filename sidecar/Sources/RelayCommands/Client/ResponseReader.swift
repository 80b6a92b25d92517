internal import RelayHTTP

/// Reads one answer from a blocking connection.
struct ResponseReader {
  /// Above a page of the API at its largest: eight MiB of bodies in base64, and their events.
  static let bodyBytesMax = 64 << 20
  /// The API's own heads are a fraction of it.
  private static let headBytesMax = 64 << 10

  /// Whether another call may follow on the same connection.
  private(set) var canBeKept = false

  /// Whether a byte of the answer has come.
  private var hasBegun = false

  /// Before the first byte of an answer nothing can have been cut: a connection that was kept has
  /// ended meanwhile, with a goodbye of TLS or without.
  private mutating func receive(
    from stream: BlockingStream,
    into piece: inout [UInt8]
  ) throws(ExchangeFailure) -> Int {
    do throws(ExchangeFailure) {
      let count = try stream.receive(into: &piece)
      if count > 0 { hasBegun = true }
      return count
    } catch {
      if case .cut = error, !hasBegun { throw .nothing }
      throw error
    }
  }

  mutating func read(
    from stream: BlockingStream,
    isToHEAD: Bool
  ) throws(ExchangeFailure) -> HTTPReply {
    var parser = ResponseParser(
      limits: HTTPLimits(headBytesMax: Self.headBytesMax, bodyBytesMax: Self.bodyBytesMax),
      isToHEAD: isToHEAD
    )
    var isAlone = true
    var piece: [UInt8] = []
    while !parser.isComplete {
      piece.removeAll(keepingCapacity: true)
      let count = try receive(from: stream, into: &piece)
      do throws(ResponseError) {
        if count == 0 {
          try parser.finish()
        } else {
          isAlone = try parser.receive(piece.span) == count
        }
      } catch {
        throw ExchangeFailure(error)
      }
    }
    guard let head = parser.head else { throw .nothing }
    canBeKept = parser.canBeKept && isAlone
    return HTTPReply(
      status: head.status,
      headers: head.fields.map { HTTPCall.Header(head.text($0.name), head.text($0.value)) },
      body: parser.body
    )
  }
}

extension ExchangeFailure {
  fileprivate init(_ error: ResponseError) {
    self =
      switch error {
      case .nothing: .nothing
      case .cut: .cut
      case .malformed, .headTooLarge, .bodyTooLarge: .malformed(error.reason)
      }
  }
}
