package import WebhookReceiver

/// Why a file does not hold an HTTP request.
package enum RequestFileError: Error, Equatable, Sendable {
  case empty
  case headTooLarge
  case bodyTooLarge
  case noEmptyLine
  case badRequestLine
  case badHeaderLine(number: Int)
  case foldedLine(number: Int)
  case controlByte(line: Int)
}

extension RequestFileError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .empty:
      "it is empty; the first line is a request line like POST /in/github HTTP/1.1"
    case .headTooLarge:
      "its head is larger than \(RequestFile.headBytesMax) bytes, which is the limit"
    case .bodyTooLarge:
      "its body is larger than \(RequestFile.bodyBytesMax) bytes, which is the limit"
    case .noEmptyLine:
      "no empty line ends the headers; the body begins right after one, even an empty body"
    case .badRequestLine:
      "line 1 is no request line; write METHOD TARGET HTTP/1.1, like POST /in/github HTTP/1.1"
    case .badHeaderLine(let number):
      "line \(number) is no header; write Name: value, or an empty line before the body"
    case .foldedLine(let number):
      "line \(number) begins with a blank; a header stands on one line"
    case .controlByte(let line):
      "line \(line) holds a control byte; lines end with LF or CRLF and hold none elsewhere"
    }
  }
}

/// One HTTP request as it lies in a file: lenient about line ends, exact about every other byte.
///
///     POST /in/github HTTP/1.1 CRLF|LF
///     Name: value              CRLF|LF     any number
///     (empty)                  CRLF|LF
///     body: every remaining byte, whatever Content-Length says
package struct RequestFile: Sendable {
  /// Twice what the sidecar takes over the network: what it refused for size can still be studied.
  package static let headBytesMax = 64 << 10
  /// Above the default of ingress.limits.body_bytes, small enough to hold in memory several times.
  package static let bodyBytesMax = 16 << 20
  package static let bytesMax = headBytesMax + bodyBytesMax

  package let request: WebhookRequest
  /// Things that are legal here and still deserve a word on standard error.
  package let notes: [String]

  package init(_ bytes: [UInt8]) throws(RequestFileError) {
    guard !bytes.isEmpty else { throw .empty }
    let lines = try Self.split(bytes)
    guard let requestLine = lines.head.first else { throw .badRequestLine }
    let (method, target) = try Self.readRequestLine(bytes[requestLine])
    var fields: [HeaderFields.FieldRange] = []
    for (index, line) in lines.head.dropFirst().enumerated() {
      fields.append(try Self.readField(bytes, line, number: index + 2))
    }
    guard bytes.count - lines.bodyStart <= Self.bodyBytesMax else { throw .bodyTooLarge }
    let headers = HeaderFields(storage: Array(bytes[..<lines.bodyStart]), fields: fields)
    let body = Array(bytes[lines.bodyStart...])
    request = WebhookRequest(method: method, target: target, headers: headers, body: body)
    notes = Self.notes(on: headers, bodyCount: body.count)
  }

  /// A request in the form that `init` reads, with the length of its body.
  package static func bytes(of request: WebhookRequest) -> [UInt8] {
    var bytes = Array("\(request.method) \(request.target) HTTP/1.1\r\n".utf8)
    let headers = request.headers
    for index in 0..<headers.count {
      bytes += Array("\(headers.name(at: index)): \(headers.value(at: index))\r\n".utf8)
    }
    return bytes + Array("Content-Length: \(request.body.count)\r\n\r\n".utf8) + request.body
  }

  /// The lines of the head without their ends, and where the body begins.
  private static func split(_ bytes: [UInt8]) throws(RequestFileError)
    -> (head: [Range<Int>], bodyStart: Int)
  {
    var lines: [Range<Int>] = []
    var start = 0
    var index = 0
    let end = min(bytes.count, headBytesMax)
    while index < end {
      guard bytes[index] == 0x0A else {
        index += 1
        continue
      }
      let hasReturn = index > start && bytes[index - 1] == 0x0D
      let line = start..<(hasReturn ? index - 1 : index)
      if line.isEmpty { return (lines, index + 1) }
      // Tab is the one control byte that a field may hold (RFC 9110 §5.5).
      for byte in bytes[line] where (byte < 0x20 && byte != 0x09) || byte == 0x7F {
        throw .controlByte(line: lines.count + 1)
      }
      lines.append(line)
      index += 1
      start = index
    }
    throw bytes.count > headBytesMax ? .headTooLarge : .noEmptyLine
  }

  private static func readRequestLine(_ line: ArraySlice<UInt8>) throws(RequestFileError)
    -> (method: String, target: String)
  {
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    // "POST /path" without a version is what people type; a version, when there, must be one.
    guard words.count == 2 || words.count == 3, words.allSatisfy({ !$0.isEmpty }),
      words[0].allSatisfy(isTokenByte), words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw .badRequestLine }
    if words.count == 3, !words[2].starts(with: Array("HTTP/".utf8)) { throw .badRequestLine }
    return (String(decoding: words[0], as: UTF8.self), String(decoding: words[1], as: UTF8.self))
  }

  private static func readField(
    _ bytes: [UInt8],
    _ line: Range<Int>,
    number: Int
  ) throws(RequestFileError) -> HeaderFields.FieldRange {
    guard !isBlank(bytes[line.lowerBound]) else { throw .foldedLine(number: number) }
    guard let colon = bytes[line].firstIndex(of: 0x3A), colon > line.lowerBound,
      bytes[line.lowerBound..<colon].allSatisfy(isTokenByte)
    else { throw .badHeaderLine(number: number) }
    var value = (colon + 1)..<line.upperBound
    while !value.isEmpty, isBlank(bytes[value.lowerBound]) {
      value = (value.lowerBound + 1)..<value.upperBound
    }
    while !value.isEmpty, isBlank(bytes[value.upperBound - 1]) {
      value = value.lowerBound..<(value.upperBound - 1)
    }
    return HeaderFields.FieldRange(name: line.lowerBound..<colon, value: value)
  }

  private static func notes(on headers: HeaderFields, bodyCount: Int) -> [String] {
    var notes: [String] = []
    if let length = headers.first("Content-Length"), length != String(bodyCount) {
      let isShorter = Int(length).map { bodyCount < $0 } ?? false
      notes.append(
        "Content-Length says \(TerminalText.safe(length)), the file holds \(bodyCount) bytes of "
          + "body; every one of them was taken "
          + (isShorter
            ? "(the body was cut or written anew, and no signature fits it then)"
            : "(an editor may have added a line end)")
      )
    }
    if headers.first("Transfer-Encoding") != nil {
      notes.append(
        "Transfer-Encoding is not undone: the file must hold the body itself, not chunks"
      )
    }
    return notes
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09
  }

  /// RFC 9110 §5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
