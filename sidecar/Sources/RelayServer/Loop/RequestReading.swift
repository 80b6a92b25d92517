internal import RelayHTTP
internal import RelaySystem

/// Reading requests: bytes from the socket, through framing, to the handler.
extension ConnectionLoop {
  func read(_ connection: Connection) {
    guard !connection.isPostponed else { return }
    if case .preamble(let preamble) = connection.phase, !readPreamble(connection, preamble) {
      return
    }
    if let tls = connection.tls { return read(connection, over: tls) }
    for _ in 0..<LoopLimits.readsPerTurn {
      if case .lingering = connection.phase { return linger(connection) }
      if case .waiting = connection.phase, connection.input.count >= LoopLimits.pipelineBytesMax {
        return setInterest(connection, [])
      }
      do throws(SystemError) {
        guard let count = try connection.fill(lending: &scratch) else { return }
        guard count > 0 else { return endOfStream(connection) }
        advance(connection)
        connection.input.giveBack(&scratch)
        guard self.connection(connection.id) != nil else { return }
        charge(connection)
        if connection.isPostponed { return }
        // A short read emptied the socket; asking again would only be told so.
        if count < scratch.count { return }
      } catch {
        // Reset by the peer: there is nobody to tell.
        return close(connection)
      }
      guard self.connection(connection.id) != nil else { return }
    }
  }

  func endOfStream(_ connection: Connection) {
    connection.peerClosed = true
    switch connection.phase {
    case .waiting:
      // A client may close its sending side and still wait for the answer.
      setInterest(connection, [])
      if let response = handler.endOfInput(connection.id) { answer(connection.id, response) }
    case .head where !connection.output.isEmpty:
      connection.closesAfterWrite = true
      setInterest(connection, .writable)
    case .preamble, .head, .body, .chunked, .lingering:
      close(connection)
    }
  }

  /// Takes as many steps as the bytes in hand allow.
  func advance(_ connection: Connection) {
    do throws(HTTPError) {
      while try step(connection) {}
    } catch {
      refuse(connection, HTTPProblem(framing: error).response)
    }
    guard connection.peerClosed, !connection.isClosed, !connection.isPostponed else { return }
    // No more of the request in hand will come.
    switch connection.phase {
    case .head, .body, .chunked: endOfStream(connection)
    case .preamble, .waiting, .lingering: break
    }
  }

  /// Returns whether another step may be possible.
  private func step(_ connection: Connection) throws(HTTPError) -> Bool {
    guard !connection.isClosed, !connection.closesAfterWrite else { return false }
    switch connection.phase {
    case .head:
      // The next request waits until the last answer is on its way: one answer at a time, in
      // order (RFC 9112 §9.3.2).
      guard connection.output.isEmpty else { return false }
      guard !connection.input.isEmpty else {
        weighPartialRecord(connection)
        return false
      }
      return try readHead(connection)
    case .body(let remaining):
      return readBody(connection, remaining: remaining)
    case .chunked(let decoder):
      return try readChunks(connection, decoder)
    case .preamble, .waiting, .lingering:
      return false
    }
  }

  /// The time of a head runs from its first byte on, however often more of it comes.
  func beginHead(_ connection: Connection) {
    guard connection.deadlineAtRest == nil else { return }
    connection.deadlineAtRest = connection.deadline
    connection.deadline = now + limits.headNanoseconds
    connection.requestBegan = now
  }

  private func readHead(_ connection: Connection) throws(HTTPError) -> Bool {
    guard hasTurn(connection) else {
      postpone(connection)
      return false
    }
    beginHead(connection)
    guard let end = try connection.findHead(limits.http) else {
      return false
    }
    connection.requestsInTurn += 1
    let bytes = Array(connection.input[connection.finder.start..<end])
    connection.input.consume(end)
    connection.headBytes = bytes.count
    connection.finder = HeadFinder()
    connection.deadlineAtRest = nil
    let head = try RequestHead.parse(bytes, limits: limits.http)
    connection.head = head
    connection.terms = AnswerTerms(head)
    switch judge(head, of: connection) {
    case .refuse(let response):
      if case .none = head.framing {
        respond(connection, response)
        return true
      }
      refuse(connection, response)
      return false
    case .accept(let bodyBytesMax):
      return begin(connection, head, bodyBytesMax: bodyBytesMax)
    }
  }

  private func begin(_ connection: Connection, _ head: RequestHead, bodyBytesMax: Int) -> Bool {
    connection.bodyBytesMax = bodyBytesMax
    connection.deadline = now + limits.bodyNanoseconds
    switch head.framing {
    case .none:
      deliver(connection)
      return true
    case .length(let length):
      guard length <= bodyBytesMax else {
        refuse(connection, HTTPProblem.bodyTooLarge(bodyBytesMax))
        return false
      }
      swap(&connection.body, &spareBody)
      connection.body.removeAll(keepingCapacity: true)
      connection.body.reserveCapacity(min(length, Self.bodyReserveMax))
      connection.phase = .body(remaining: length)
    case .chunked:
      connection.phase = .chunked(ChunkedDecoder())
    }
    // Path, address and length were accepted. A body of which something is here, or that is empty,
    // needs no asking for (RFC 9110 §10.1.1).
    if head.expectsContinue, connection.input.isEmpty, head.framing != .length(0) {
      sendContinue(connection)
    }
    return true
  }

  /// Memory set aside on the word of a Content-Length alone; the rest is taken as it comes.
  private static var bodyReserveMax: Int { 64 << 10 }

  private func readBody(_ connection: Connection, remaining: Int) -> Bool {
    let count = min(remaining, connection.input.count)
    if count > 0 {
      connection.body.append(contentsOf: connection.input[0..<count])
      connection.input.consume(count)
    }
    if remaining == count {
      deliver(connection)
      return true
    }
    connection.phase = .body(remaining: remaining - count)
    return false
  }

  private func readChunks(
    _ connection: Connection,
    _ before: ChunkedDecoder
  ) throws(HTTPError) -> Bool {
    var decoder = before
    let consumed = try connection.decodeChunks(with: &decoder, limits.http)
    connection.input.consume(consumed)
    if decoder.isComplete {
      deliver(connection)
      return true
    }
    connection.phase = .chunked(decoder)
    return false
  }

  private func deliver(_ connection: Connection) {
    guard let head = connection.head else {
      preconditionFailure("a body is read only after its head")
    }
    var body: [UInt8] = []
    swap(&body, &connection.body)
    connection.deliveredBytes = body.count
    uncharge(connection)
    connection.phase = .waiting
    if connection.requestBegan <= settledAt, let refusal = refusal(head, body, over: connection) {
      return respond(connection, refusal)
    }
    let request = IncomingRequest(
      head: head,
      body: body,
      client: connection.client,
      remote: connection.remote,
      connection: connection.id,
      readNanoseconds: now - connection.requestBegan
    )
    let answer = handler.handle(request)
    if body.capacity > spareBody.capacity, body.capacity <= Self.bodyReserveMax { spareBody = body }
    switch answer {
    case .now(let response): respond(connection, response)
    case .later: connection.deadline = .max
    }
  }

  /// Keeps account of what is being read: strangers who send most of a head or body and then
  /// nothing, or requests without end, must not fill the memory.
  ///
  /// Where they do, who holds most makes room, and of several who hold as much the one that began
  /// first: the next to come is somebody else, and small.
  func charge(_ connection: Connection) {
    let held = connection.isClosed ? 0 : connection.body.count + connection.input.count
    guard held != connection.chargedBytes else { return }
    readingBytes += held - connection.chargedBytes
    connection.chargedBytes = held
    while readingBytes > LoopLimits.readingBytesMax, let largest = largestReader() {
      refuse(largest, HTTPProblem.tooMuchUnread)
    }
  }

  func uncharge(_ connection: Connection) {
    readingBytes -= connection.chargedBytes
    connection.chargedBytes = 0
  }

  func linger(_ connection: Connection) {
    for _ in 0..<LoopLimits.readsPerTurn {
      guard case .lingering(let remaining) = connection.phase else { return }
      do throws(SystemError) {
        // Nothing there yet: the deadline ends it.
        guard let count = try connection.receive(into: &scratch) else { return }
        guard count > 0, count <= remaining else { return close(connection) }
        connection.phase = .lingering(remaining: remaining - count)
      } catch {
        return close(connection)
      }
    }
  }
}

extension HTTPProblem {
  init(framing error: HTTPError) {
    self.init(error.status, "bad-framing", error.reason)
  }

  static func bodyTooLarge(_ limit: Int) -> Response {
    HTTPProblem(413, "body-too-large", "bodies of up to \(limit) bytes are taken here").response
  }

  static let tooMuchUnread =
    HTTPProblem(
      503,
      "unavailable",
      "too much is being read at once; deliver it again later"
    )
    .with("Retry-After", "5").response
}
