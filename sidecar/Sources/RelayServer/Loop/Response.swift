internal import RelayHTTP
internal import WebhookReceiver

/// An answer before it is written.
struct Response: Sendable {
  var status: Int
  var fields: [(String, String)]
  var body: [UInt8]
  /// The connection ends after this answer.
  var closes = false
  /// Stands for `fields` and `body` in answers that are the same but for a line or two.
  var prepared: PreparedResponse?
  /// Those lines, whole.
  var ownLines: [UInt8] = []
  /// For the access log.
  var facts = AnswerFacts()

  init(status: Int, fields: [(String, String)] = [], body: [UInt8] = []) {
    self.status = status
    self.fields = fields
    self.body = body
  }

  /// An answer that was made ready before, with lines of its own.
  init(_ prepared: PreparedResponse, ownLines: [UInt8] = [], facts: AnswerFacts = AnswerFacts()) {
    status = prepared.status
    fields = []
    body = []
    self.prepared = prepared
    self.ownLines = ownLines
    self.facts = facts
  }

  /// An answer of this API: never cached, never guessed at by a browser.
  static func json(_ status: Int = 200, _ write: (inout JSONWriter) -> Void) -> Self {
    var writer = JSONWriter()
    write(&writer)
    return Self(
      status: status,
      fields: [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
      ],
      body: writer.bytes
    )
  }

  /// Served as bytes and sandboxed: a stored page must not run in the API's origin.
  static func bytes(_ body: [UInt8], name: String) -> Self {
    Self(
      status: 200,
      fields: [
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", "attachment; filename=\"\(name).bin\""),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "sandbox"),
        ("Cache-Control", "no-store"),
      ],
      body: body
    )
  }
}

/// An error as RFC 9457 describes it: a stable type, a title, and what to do next.
struct HTTPProblem: Sendable {
  let status: Int
  let type: String
  /// The type's last part.
  private let word: String
  let title: String
  let detail: String
  var fields: [(String, String)] = []
  var extra: @Sendable (inout JSONWriter) -> Void = { _ in }

  init(_ status: Int, _ type: String, _ detail: String, title: String? = nil) {
    self.status = status
    self.type = "/problems/\(type)"
    word = type
    self.title = title ?? StatusCode.reasonPhrase(status)
    self.detail = detail
  }

  func with(_ name: String, _ value: String) -> Self {
    var copy = self
    copy.fields.append((name, value))
    return copy
  }

  func with(_ extra: @escaping @Sendable (inout JSONWriter) -> Void) -> Self {
    var copy = self
    copy.extra = extra
    return copy
  }

  var response: Response {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, value) in [("type", type), ("title", title)] {
      writer.key(key)
      writer.string(value)
    }
    writer.key("status")
    writer.int(status)
    writer.key("detail")
    writer.string(detail)
    extra(&writer)
    writer.endObject()
    var response = Response(
      status: status,
      fields: [
        ("Content-Type", "application/problem+json"),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
      ] + fields,
      body: writer.bytes
    )
    response.facts.reason = word
    return response
  }
}
