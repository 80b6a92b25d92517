/// Writes responses.
package enum ResponseWriter {
  /// Status line and fields of a usual answer; a larger one costs one more allocation.
  private static let headBytesExpected = 256

  /// Appends a whole response.
  ///
  /// Field names must come from this software; a line break in a value never gets out.
  /// `tellsKeepAlive` is for clients of HTTP/1.0, which otherwise expect the end (RFC 9112 §9.3).
  package static func append(
    to output: inout [UInt8],
    status: Int,
    fields: [(String, String)],
    body: [UInt8],
    keepAlive: Bool,
    omitBody: Bool,
    tellsKeepAlive: Bool = false
  ) {
    // Only for the first: an exact reservation for every answer of a pipeline would copy them all
    // again each time.
    if output.isEmpty { output.reserveCapacity(headBytesExpected + body.count) }
    statusLine(status, to: &output)
    for (name, value) in fields { field(name, value, to: &output) }
    let hasBody = hasBody(status)
    if hasBody { field("Content-Length", String(body.count), to: &output) }
    end(&output, keepAlive: keepAlive, tellsKeepAlive: tellsKeepAlive)
    if hasBody, !omitBody { output += body }
  }

  /// 1xx, 204 and 304 have no body; the first two must not say a length (RFC 9110 §8.6).
  static func hasBody(_ status: Int) -> Bool { status >= 200 && status != 204 && status != 304 }

  static func statusLine(_ status: Int, to output: inout [UInt8]) {
    output += "HTTP/1.1 ".utf8
    output += String(status).utf8
    output.append(0x20)
    output += StatusCode.reasonPhrase(status).utf8
    endLine(&output)
  }

  /// The most that `end` adds.
  static let connectionBytes = 32

  /// The Connection field, where it is needed, and the end of the head.
  static func end(_ output: inout [UInt8], keepAlive: Bool, tellsKeepAlive: Bool) {
    if !keepAlive {
      field("Connection", "close", to: &output)
    } else if tellsKeepAlive {
      field("Connection", "keep-alive", to: &output)
    }
    endLine(&output)
  }

  private static func endLine(_ output: inout [UInt8]) {
    output.append(0x0D)
    output.append(0x0A)
  }

  static func field(_ name: String, _ value: String, to output: inout [UInt8]) {
    output += name.utf8
    output.append(0x3A)
    output.append(0x20)
    if value.utf8.allSatisfy(Words.isFieldByte) {
      output += value.utf8
    } else {
      // A line break in a value would begin another field.
      for byte in value.utf8 where Words.isFieldByte(byte) { output.append(byte) }
    }
    endLine(&output)
  }
}
