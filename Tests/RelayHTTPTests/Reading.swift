import RelayHTTP

/// What became of some bytes on a connection.
enum Reading: Equatable {
  case refused(HTTPError)
  /// More bytes are needed.
  case incomplete
  case request(ReadRequest)

  var status: Int? {
    guard case .refused(let error) = self else { return nil }
    return error.status
  }

  var request: ReadRequest? {
    guard case .request(let request) = self else { return nil }
    return request
  }
}

/// A request as text, so that two of them can be compared and printed.
struct ReadRequest: Equatable {
  var method: String
  var target: String
  var version: RequestHead.Version
  var fields: [String]
  var framing: RequestHead.Framing
  var keepAlive: Bool
  var expectsContinue: Bool
  var host: String?
  var fieldBlock: String
  var body: [UInt8]
  /// Bytes behind the request: the beginning of the next one.
  var rest: [UInt8]
}

/// A connection without a socket: pieces go in, one request or a refusal comes out.
struct Connection {
  let limits: HTTPLimits
  private var input: [UInt8] = []
  private var finder = HeadFinder()
  private var decoder = ChunkedDecoder()
  private var head: RequestHead?
  private var body: [UInt8] = []

  init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

  static func read(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) -> Reading {
    var connection = Connection(limits: limits)
    var rest: [UInt8] = []
    var reading = Reading.incomplete
    for piece in pieces {
      if case .incomplete = reading {
        reading = connection.receive(piece)
      } else {
        rest += piece
      }
    }
    guard case .request(var request) = reading else { return reading }
    request.rest += rest
    return .request(request)
  }

  /// Reads one request after the other, until one is refused or not whole.
  static func readAll(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) -> [Reading] {
    var readings: [Reading] = []
    var connection = Connection(limits: limits)
    for piece in pieces {
      var piece = piece
      reading: while true {
        switch connection.receive(piece) {
        case .incomplete: break reading
        case .refused(let error): return readings + [.refused(error)]
        case .request(var request):
          piece = request.rest
          request.rest = []
          readings.append(.request(request))
          connection = Connection(limits: limits)
          if piece.isEmpty { break reading }
        }
      }
    }
    return connection.isFresh ? readings : readings + [.incomplete]
  }

  /// Whether nothing has come since the last request.
  private var isFresh: Bool { head == nil && input.isEmpty }

  static func read(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Reading {
    read([Array(text.utf8)], limits: limits)
  }

  mutating func receive(_ piece: [UInt8]) -> Reading {
    input += piece
    do throws(HTTPError) {
      return try step()
    } catch {
      return .refused(error)
    }
  }

  private mutating func step() throws(HTTPError) -> Reading {
    if head == nil {
      // A span of one property and a change of another need two values.
      let input = input
      guard let end = try finder.end(in: input.span, limits: limits) else { return .incomplete }
      head = try RequestHead.parse(Array(input[finder.start..<end]), limits: limits)
      self.input.removeFirst(end)
    }
    guard let head, try takeBody(head) else { return .incomplete }
    func text(_ range: Range<Int>) -> String { String(decoding: head.bytes[range], as: UTF8.self) }
    return .request(
      ReadRequest(
        method: head.methodText,
        target: head.targetText,
        version: head.version,
        fields: head.fields.map { text($0.name) + "=" + text($0.value) },
        framing: head.framing,
        keepAlive: head.keepAlive,
        expectsContinue: head.expectsContinue,
        host: head.host.map(text),
        fieldBlock: text(head.fieldBlock),
        body: body,
        rest: input
      )
    )
  }

  private mutating func takeBody(_ head: RequestHead) throws(HTTPError) -> Bool {
    switch head.framing {
    case .none:
      return true
    case .length(let length):
      guard input.count >= length else { return false }
      body = Array(input[0..<length])
      input.removeFirst(length)
      return true
    case .chunked:
      let received = input
      var decoded = body
      let used = try decoder.decode(
        received.span,
        into: &decoded,
        limit: limits.bodyBytesMax,
        limits: limits
      )
      body = decoded
      input.removeFirst(used)
      return decoder.isComplete
    }
  }
}

/// A generator whose numbers are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Requests that must be accepted, each for a rule of its own.
enum Accepted {
  static let requests: [String] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /in/github?a=b%20c&d HTTP/1.1\r\nHost: a:8080\r\nAccept: */*\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1]:80\r\nX-Empty:\r\nX-Blank: \t \r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.9\r\nHost: a\r\nConnection: x , Close\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST http://a:1/p?q HTTP/1.1\r\nhOsT:   A:1\t\r\nContent-Length: 2\r\n\r\nok",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n.",
    "POST / HTTP/1.1\r\nHost: a\r\nX: \u{e9}\u{1F600}\tz\r\nX: again\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:\tChunked \r\n\r\n"
      + "5\r\nhello\r\n00001;a=\"b c\"\r\n!\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n"
      + "0;last\r\nTrailer: dropped\r\nOther:\r\n\r\nGET",
    "M-SEARCH!#$%&'*+.^_`|~ /{}|\\^\"<>;=@: HTTP/1.1\r\nHost: a\r\n\r\n",
  ]
}
