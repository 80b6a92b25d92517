internal import RelayHTTP

/// Reads one answer from a blocking connection.
struct ResponseReader {
  /// Above a page of the API at its largest: eight MiB of bodies in base64, and their events.
  static let bodyBytesMax = 64 << 20
  /// The API's own heads are a fraction of it.
  private static let headBytesMax = 64 << 10

  /// Whether another call may follow on the same connection.
  private(set) var canBeKept = false

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
      let count = try stream.receive(into: &piece)
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
