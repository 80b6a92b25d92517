/// The bytes under the signature, as pieces of what was received: nothing is copied to join them.
///
/// It borrows the request and is handed the plan again: what it kept would be counted.
struct SignedContent: ~Copyable, ~Escapable {
  /// What the headers and the timestamp are ranges of.
  private let head: Span<UInt8>
  private let received: Span<UInt8>
  /// The body in the variant that is tried, where that is not as it was received.
  private let rewritten: [UInt8]?
  private let timestamp: FoundText?
  /// Where the headers of the plan have their values.
  private var headers = [8 of Range<Int>](repeating: 0..<0)
  /// What had to be worked out, in the order of the plan's extras.
  private var extras: [[UInt8]] = []

  /// Finds everything that the message is made of.
  ///
  /// `timestamp` is the text that the time was read from, nil where the scheme has none; `variant`
  /// is the form of URL and body that is tried.
  @_lifetime(borrow request)
  init(
    _ plan: MessagePlan,
    of request: borrowing WebhookRequest,
    _ reader: inout RequestReader,
    timestamp: FoundText?,
    variant: MessageVariant
  ) throws(VerificationError) {
    self.timestamp = timestamp
    head = request.headBytes
    received = request.bodyBytes
    rewritten = variant.rewrittenBody
    var headerCount = 0
    for index in plan.parts.indices {
      switch plan.parts[index] {
      case .literal, .body, .timestamp: continue
      case .header(let names, let delimiter):
        headers[headerCount] = try Self.header(names, delimiter, plan, request, reader)
        headerCount += 1
      case .extra(let index):
        extras.append(try plan.extras[index].bytes(of: request, &reader, variant))
      }
    }
  }

  /// The field that counts of several names for one thing: the first name that is present.
  private static func header(
    _ names: Range<Int>,
    _ delimiter: Range<Int>,
    _ plan: MessagePlan,
    _ request: WebhookRequest,
    _ reader: borrowing RequestReader
  ) throws(VerificationError) -> Range<Int> {
    let literals = plan.literals
    for index in names {
      let header = plan.headers[index]
      guard let range = try reader.header(header, of: request) else { continue }
      let value = request.headBytes.extracting(range)
      guard !range.isEmpty, !holds(literals.span.extracting(delimiter), in: value) else {
        throw .malformedHeader(name: reader.headerName(header))
      }
      return range
    }
    throw .missingHeader(name: names.first.map { reader.headerName(plan.headers[$0]) } ?? "")
  }

  /// Refuses a value that holds the delimiter behind it.
  ///
  /// `a.1` and `2` make the same content as `a` and `1.2`: with such an id, one signature would
  /// stand for two messages, and whoever has the first could send the second.
  static func check(
    _ value: ArraySlice<UInt8>,
    named name: String,
    isWithout delimiter: [UInt8]
  ) throws(VerificationError) {
    guard !holds(delimiter.span, in: value.span) else { throw .malformedHeader(name: name) }
  }

  static func holds(_ delimiter: Span<UInt8>, in value: Span<UInt8>) -> Bool {
    guard !delimiter.isEmpty, value.count >= delimiter.count else { return false }
    // Where the delimiter may begin: in front of the room that it needs.
    let end = value.count - delimiter.count + 1
    var start = value.position(of: delimiter[0], in: 0..<end)
    while start < end {
      var length = 1
      while length < delimiter.count, value[start + length] == delimiter[length] { length += 1 }
      if length == delimiter.count { return true }
      start = value.position(of: delimiter[0], in: start + 1..<end)
    }
    return false
  }

  /// Hands over the content piece by piece; `secret` stands where the message has it.
  func feed<Sink: ContentSink & ~Copyable>(
    _ plan: MessagePlan,
    into sink: inout Sink,
    secret: Span<UInt8>
  ) {
    let literals = plan.literals
    var headerCount = 0
    for index in plan.parts.indices {
      switch plan.parts[index] {
      case .literal(let range): sink.update(literals.span.extracting(range))
      case .body:
        if let rewritten { sink.update(rewritten.span) } else { sink.update(received) }
      case .timestamp:
        switch timestamp {
        case .header(let range): sink.update(head.extracting(range))
        case .body(let range): sink.update(received.extracting(range))
        case .owned(let bytes): sink.update(bytes.span)
        case nil: break
        }
      case .header:
        sink.update(head.extracting(headers[headerCount]))
        headerCount += 1
      case .extra(let index):
        if case .secret = plan.extras[index].kind {
          sink.update(secret)
        } else {
          let bytes = extras[index]
          sink.update(bytes.span)
        }
      }
    }
  }

  /// Writes the code of the content under a key; false when libcrypto fails.
  func authenticate(
    _ plan: MessagePlan,
    under key: AuthenticationKey,
    into code: inout AuthenticationCode
  ) -> Bool {
    guard let context = key.context() else { return false }
    var gathering = GatheringContext(context)
    feed(plan, into: &gathering, secret: Span())
    return key.finish(gathering.finish(), into: &code)
  }

  /// The content in one piece, with the secret where the message has it.
  ///
  /// Signatures of public keys want it whole, and so does a plain hash.
  func joined(_ plan: MessagePlan, secret: Span<UInt8> = Span()) -> [UInt8] {
    var joined = JoinedContent()
    joined.bytes.reserveCapacity((rewritten?.count ?? received.count) + 256)
    feed(plan, into: &joined, secret: secret)
    return joined.bytes
  }
}

/// What takes the pieces of a message in their order.
protocol ContentSink: ~Copyable {
  mutating func update(_ piece: Span<UInt8>)
}

private struct JoinedContent: ContentSink {
  var bytes: [UInt8] = []

  mutating func update(_ piece: Span<UInt8>) {
    for index in piece.indices { bytes.append(piece[index]) }
  }
}

/// One of the forms in which a provider may have signed URL and body.
struct MessageVariant {
  var url: Profile.URLVariant
  /// The body in another form than the one that was received; nil: as received.
  var rewrittenBody: [UInt8]?
}
