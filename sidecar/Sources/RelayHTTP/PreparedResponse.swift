/// What an answer that is given again and again says each time, as bytes.
///
/// Made once; writing it is copying. What differs from one answer to the next goes between. An
/// object, so that every answer that stands for it costs one count.
package final class PreparedResponse: Sendable {
  package let status: Int
  /// `HTTP/1.1 200 OK` and its line end.
  private let statusLine: [UInt8]
  /// The fields of every such answer, its length the last.
  private let fieldLines: [UInt8]
  private let body: [UInt8]

  package init(status: Int, fields: [(String, String)], body: [UInt8]) {
    self.status = status
    self.body = ResponseWriter.hasBody(status) ? body : []
    var line: [UInt8] = []
    ResponseWriter.statusLine(status, to: &line)
    statusLine = line
    var lines: [UInt8] = []
    for (name, value) in fields { ResponseWriter.field(name, value, to: &lines) }
    if ResponseWriter.hasBody(status) {
      ResponseWriter.field("Content-Length", String(body.count), to: &lines)
    }
    fieldLines = lines
  }

  /// Appends the whole answer.
  ///
  /// `date` and `own` are whole lines with their ends, made by this software.
  package func append(
    to output: inout [UInt8],
    date: [UInt8],
    own: [UInt8],
    keepAlive: Bool,
    omitBody: Bool,
    tellsKeepAlive: Bool
  ) {
    if output.isEmpty {
      let count = statusLine.count + date.count + own.count + fieldLines.count + body.count
      output.reserveCapacity(count + ResponseWriter.connectionBytes)
    }
    output += statusLine
    output += date
    output += own
    output += fieldLines
    ResponseWriter.end(&output, keepAlive: keepAlive, tellsKeepAlive: tellsKeepAlive)
    if !omitBody, !body.isEmpty { output += body }
  }
}
