/// Writes requests (RFC 9112 §3).
package enum RequestWriter {
  /// Appends a head; the body's `bodyBytes` follow it on the wire.
  ///
  /// It asks for an unencoded body: what would have to be inflated has no bound.
  package static func appendHead(
    to output: inout [UInt8],
    method: String,
    target: String,
    host: String,
    fields: RequestFields,
    bodyBytes: Int
  ) throws(RequestRefusal) {
    guard !method.isEmpty, method.utf8.allSatisfy(Words.isToken) else { throw .method }
    guard target.utf8.first == 0x2F, target.utf8.allSatisfy(isTargetByte) else { throw .target }
    guard !host.isEmpty, isHost(Array(host.utf8)) else { throw .host }
    output += method.utf8
    output.append(0x20)
    output += target.utf8
    output += " HTTP/1.1\r\nHost: ".utf8
    output += host.utf8
    output += "\r\nAccept-Encoding: identity\r\n".utf8
    output += fields.bytes
    // A method that expects content says a length even for none (RFC 9110 §8.6).
    if bodyBytes > 0 || !expectsNoContent(method) {
      output += "Content-Length: ".utf8
      output += String(bodyBytes).utf8
      endLine(&output)
    }
    endLine(&output)
  }

  private static func endLine(_ output: inout [UInt8]) {
    output.append(0x0D)
    output.append(0x0A)
  }

  private static func expectsNoContent(_ method: String) -> Bool {
    switch method {
    case "GET", "HEAD", "DELETE", "OPTIONS", "TRACE": true
    default: false
    }
  }

  private static func isTargetByte(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != 0x23
  }

  private static func isHost(_ bytes: [UInt8]) -> Bool {
    FieldSemantics.isHost(bytes.span, 0..<bytes.count)
  }
}
