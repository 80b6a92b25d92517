import RelayHTTP

/// What became of the bytes of an answer.
enum AnswerReading: Equatable {
  case refused(ResponseError)
  case incomplete
  case answer(ReadAnswer)

  var answer: ReadAnswer? {
    guard case .answer(let answer) = self else { return nil }
    return answer
  }
}

/// An answer as text, so that two of them can be compared and printed.
struct ReadAnswer: Equatable {
  var status: Int
  var fields: [String]
  var framing: ResponseHead.Framing
  var body: String
  var isCutOff: Bool
  var canBeKept: Bool
  /// Bytes behind the answer.
  var rest: Int
}

extension ResponseParser {
  /// Gives the pieces to a parser, and the end of the stream when `ends` says so.
  static func read(
    _ pieces: [[UInt8]],
    limits: HTTPLimits = HTTPLimits(),
    excess: Excess = .fails,
    isToHEAD: Bool = false,
    ends: Bool = false
  ) -> AnswerReading {
    var parser = ResponseParser(limits: limits, excess: excess, isToHEAD: isToHEAD)
    var rest = 0
    do throws(ResponseError) {
      for piece in pieces { rest += piece.count - (try parser.receive(piece.span)) }
      if ends { try parser.finish() }
    } catch {
      return .refused(error)
    }
    guard parser.isComplete, let head = parser.head else { return .incomplete }
    return .answer(
      ReadAnswer(
        status: head.status,
        fields: head.fields.map { head.text($0.name) + "=" + head.text($0.value) },
        framing: head.framing,
        body: String(decoding: parser.body, as: UTF8.self),
        isCutOff: parser.isCutOff,
        canBeKept: parser.canBeKept,
        rest: rest
      )
    )
  }

  static func read(
    _ text: String,
    limits: HTTPLimits = HTTPLimits(),
    excess: Excess = .fails,
    isToHEAD: Bool = false,
    ends: Bool = false
  ) -> AnswerReading {
    read([Array(text.utf8)], limits: limits, excess: excess, isToHEAD: isToHEAD, ends: ends)
  }
}

/// Answers that must be taken, each for a rule of its own.
enum Answers {
  static let good: [(text: String, body: String)] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
    ("HTTP/1.1 200\r\ncontent-length:5 \r\nContent-Length: 5\r\n\r\nhello", "hello"),
    ("HTTP/1.1 200 \r\nContent-Length: 0005\r\n\r\nhello", "hello"),
    ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ""),
    ("\r\nHTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n.", "."),
    ("HTTP/1.1 204 No Content\r\n\r\n", ""),
    ("HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", ""),
    ("HTTP/1.1 599 \u{e9}t\u{e9}\r\nX: \u{1F600}\r\nContent-Length: 2\r\n\r\nok", "ok"),
    (
      "HTTP/1.1 200 OK\r\ntransfer-encoding:\tChunked \r\n\r\n"
        + "5\r\nhello\r\n0001;a=b\r\n!\r\n0\r\nT: dropped\r\n\r\n", "hello!"
    ),
    (
      "HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\nHTTP/1.1 103 Early\r\n\r\n"
        + "HTTP/1.1 302 Found\r\nLocation: http://a/\r\nContent-Length: 2\r\n\r\nok", "ok"
    ),
  ]

  /// Answers whose end is that of the stream.
  static let open: [(text: String, body: String)] = [
    ("HTTP/1.1 200 OK\r\n\r\n", ""),
    ("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end", "until the end"),
    ("HTTP/1.0 500 Oops\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"),
  ]
}
