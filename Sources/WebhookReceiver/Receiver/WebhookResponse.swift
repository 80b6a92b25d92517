/// What to answer the sender.
public struct WebhookResponse: Sendable {
  /// The HTTP status.
  public var status: Int
  /// The header fields to send; the length is the server's to add.
  public var headers: [(name: String, value: String)]
  /// The body.
  public var body: [UInt8]

  /// Makes a response.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

extension WebhookResponse {
  /// How long a sender should wait before it tries again: a handler or a store is back by then,
  /// and no sender gives up in between.
  package static let retryAfterSeconds = 10

  /// An error in the form of RFC 9457.
  ///
  /// `reason` is one of a fixed set of words: the sender's operator learns which check failed,
  /// and nothing of what it was compared with.
  package static func problem(status: Int, title: String, reason: String) -> WebhookResponse {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("title")
    writer.string(title)
    writer.key("status")
    writer.int(status)
    writer.key("reason")
    writer.string(reason)
    writer.endObject()
    var response = WebhookResponse(status: status, body: writer.bytes)
    response.headers.append(("Content-Type", "application/problem+json"))
    // 503 alone asks for another try; a refusal repeated is a refusal again.
    if status == 503 { response.headers.append(("Retry-After", "\(retryAfterSeconds)")) }
    return response
  }
}
