internal import RelayHTTP

/// Reads one answer from a connection (RFC 9112 §6.3, the client's side).
struct ResponseReader {
  /// Above a page of the API at its largest: eight MiB of bodies in base64, and their events.
  static let bodyBytesMax = 64 << 20
  /// Interim answers (1xx) before the final one; more is a loop.
  static let interimMax = 8

  private enum Framing { case none, length(Int), chunked, untilClose }

  private let limits = HTTPLimits(headBytesMax: 64 << 10, bodyBytesMax: bodyBytesMax)
  private var buffer: [UInt8] = []
  /// Whether another call may follow on the same connection.
  private(set) var canBeKept = false

  mutating func read(from stream: BlockingStream) throws(ExchangeFailure) -> HTTPReply {
    for _ in 0...Self.interimMax {
      let head = try readHead(from: stream)
      if (100..<200).contains(head.status), head.status != 101 { continue }
      let framing = try framing(of: head)
      let body = try readBody(framing, from: stream)
      let closes = head.values("connection").contains { $0.lowercased() == "close" }
      if case .untilClose = framing {
        canBeKept = false
      } else {
        canBeKept = head.isHTTP11 && !closes && buffer.isEmpty
      }
      return HTTPReply(status: head.status, headers: head.headers, body: body)
    }
    throw .malformed("interim answers without an end")
  }

  private mutating func readHead(from stream: BlockingStream) throws(ExchangeFailure)
    -> ResponseHead
  {
    var finder = HeadFinder()
    while true {
      let end: Int?
      do throws(HTTPError) {
        end = try finder.end(in: buffer.span, limits: limits)
      } catch {
        throw .malformed(error.reason)
      }
      if let end {
        let head = try ResponseHead(buffer[finder.start..<end])
        buffer.removeFirst(end)
        return head
      }
      let wasEmpty = buffer.isEmpty
      guard try stream.receive(into: &buffer) > 0 else { throw wasEmpty ? .nothing : .cut }
    }
  }

  private func framing(of head: ResponseHead) throws(ExchangeFailure) -> Framing {
    if head.status == 204 || head.status == 304 { return .none }
    let codings = head.values("transfer-encoding")
    if !codings.isEmpty {
      guard codings.count == 1, codings[0].lowercased() == "chunked" else {
        throw .malformed("a transfer coding that was not asked for")
      }
      return .chunked
    }
    let lengths = head.values("content-length")
    guard let text = lengths.first else { return .untilClose }
    guard lengths.allSatisfy({ $0 == text }), let length = Self.length(text) else {
      throw .malformed("a Content-Length that is no number")
    }
    guard length <= Self.bodyBytesMax else { throw .malformed("an answer that is too large") }
    return .length(length)
  }

  private static func length(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }

  private mutating func readBody(
    _ framing: Framing,
    from stream: BlockingStream
  ) throws(ExchangeFailure) -> [UInt8] {
    switch framing {
    case .none:
      return []
    case .length(let length):
      while buffer.count < length {
        guard try stream.receive(into: &buffer) > 0 else { throw .cut }
      }
      let body = Array(buffer[..<length])
      buffer.removeFirst(length)
      return body
    case .untilClose:
      while try stream.receive(into: &buffer) > 0 {
        guard buffer.count <= Self.bodyBytesMax else { throw .malformed("an endless answer") }
      }
      defer { buffer = [] }
      return buffer
    case .chunked:
      return try readChunks(from: stream)
    }
  }

  private mutating func readChunks(from stream: BlockingStream) throws(ExchangeFailure) -> [UInt8] {
    var decoder = ChunkedDecoder()
    var body: [UInt8] = []
    while true {
      do throws(HTTPError) {
        let used = try decoder.decode(
          buffer.span,
          into: &body,
          limit: Self.bodyBytesMax,
          limits: limits
        )
        buffer.removeFirst(used)
      } catch {
        throw .malformed(error.reason)
      }
      if decoder.isComplete { return body }
      guard try stream.receive(into: &buffer) > 0 else { throw .cut }
    }
  }
}

/// The head of an answer: the status line and the fields, names and values as text.
struct ResponseHead {
  let status: Int
  let isHTTP11: Bool
  let headers: [HTTPCall.Header]

  /// Reads a head that `HeadFinder` has found, so that every line ends with CR LF.
  init(_ bytes: ArraySlice<UInt8>) throws(ExchangeFailure) {
    let lines = bytes.split(separator: 0x0A).map { $0.last == 0x0D ? $0.dropLast() : $0 }
    guard let first = lines.first else { throw .malformed("no status line") }
    // HTTP/1.1 200 and, optionally, a reason (RFC 9112 §4).
    let words = first.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count >= 2, words[1].count == 3, words[0].starts(with: Array("HTTP/1.".utf8)),
      let status = Int(String(decoding: words[1], as: UTF8.self)), (100..<600).contains(status)
    else { throw .malformed("no HTTP/1.1 status line") }
    self.status = status
    isHTTP11 = words[0].last == UInt8(ascii: "1")
    var headers: [HTTPCall.Header] = []
    for line in lines.dropFirst() where !line.isEmpty {
      guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex else {
        throw .malformed("a header line without a name")
      }
      var value = line[(colon + 1)...]
      while let byte = value.first, byte == 0x20 || byte == 0x09 { value.removeFirst() }
      while let byte = value.last, byte == 0x20 || byte == 0x09 { value.removeLast() }
      headers.append(
        HTTPCall.Header(
          String(decoding: line[..<colon], as: UTF8.self),
          String(decoding: value, as: UTF8.self)
        )
      )
    }
    self.headers = headers
  }

  func values(_ name: String) -> [String] {
    headers.filter { $0.name.lowercased() == name }.map(\.value)
  }
}
