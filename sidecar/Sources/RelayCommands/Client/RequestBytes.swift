/// A call as it goes over the wire.
enum RequestBytes {
  static func encode(_ call: HTTPCall) -> [UInt8] {
    var text = "\(call.method) \(call.target) HTTP/1.1\r\nHost: \(call.address.authority)\r\n"
    text += "User-Agent: webhook-sidecar\r\n"
    for header in call.headers { text += "\(header.name): \(header.value)\r\n" }
    if call.method != "GET" || !call.body.isEmpty {
      text += "Content-Length: \(call.body.count)\r\n"
    }
    return Array("\(text)\r\n".utf8) + call.body
  }
}
