internal import WebhookReceiver

/// An event that somebody makes by hand, as the request says it, checked member by member.
struct ManualEvent: Equatable {
  /// As the longest ids and types of providers.
  static let textBytesMax = 256
  /// As many as a delivery of a provider may have.
  static let headersMax = 100
  static let headerBytesMax = 32 << 10
  /// What a request holds besides the body of its event.
  static let envelopeBytesMax = 128 << 10

  var eventID: String?
  var eventType: String?
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []

  static func == (a: Self, b: Self) -> Bool {
    a.eventID == b.eventID && a.eventType == b.eventType && a.body == b.body
      && a.headers.elementsEqual(b.headers, by: ==)
  }

  static func parse(_ request: [UInt8]) throws(ProblemError) -> Self {
    let forms = ["body", "text", "json"]
    let members = try ConsumerRequest.members(
      request,
      allowed: ["event_id", "event_type", "headers"] + forms
    )
    guard members.count(where: { forms.contains($0.key) }) == 1 else {
      throw .badRequest("give the body once: as body (base64), text or json")
    }
    var event = Self()
    var contentType: String?
    for member in members {
      switch member.key {
      case "event_id": event.eventID = try text(member)
      case "event_type": event.eventType = try text(member)
      case "headers": event.headers = try headers(member.value)
      case "body": event.body = try base64(member.value)
      case "text":
        guard let text = member.value.string else { throw .badRequest("text is a text") }
        event.body = Array(text.utf8)
        contentType = "text/plain; charset=utf-8"
      default:
        var writer = JSONWriter()
        member.value.write(to: &writer)
        event.body = writer.bytes
        contentType = "application/json"
      }
    }
    if let contentType, !event.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
      event.headers.append(("Content-Type", contentType))
    }
    return event
  }

  private static func text(_ member: JSONValue.Member) throws(ProblemError) -> String? {
    if member.value.isNull { return nil }
    guard let text = member.value.string, (1...textBytesMax).contains(text.utf8.count),
      !text.unicodeScalars.contains(where: isControl)
    else {
      throw .badRequest("\(member.key) is 1 to \(textBytesMax) bytes without control characters")
    }
    return text
  }

  /// What terminals obey, and no header can carry.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }

  private static func base64(_ value: JSONValue) throws(ProblemError) -> [UInt8] {
    guard let text = value.string,
      let bytes = Base64.decode(Array(text.utf8).span, alphabet: .standard, padding: .required)
    else { throw .badRequest("body is base64") }
    return bytes
  }

  private static func headers(
    _ value: JSONValue
  ) throws(ProblemError) -> [(name: String, value: String)] {
    let problem = ProblemError.badRequest(
      "headers is an array of at most \(headersMax) pairs: [[\"X-Name\", \"value\"]]"
    )
    guard let items = value.array, items.count <= headersMax else { throw problem }
    var headers: [(name: String, value: String)] = []
    var bytes = 0
    for item in items {
      guard let pair = item.array, pair.count == 2, let name = pair[0].string,
        let value = pair[1].string
      else { throw problem }
      guard isName(name), isValue(value) else {
        throw .badRequest("no request can carry the header \(name.debugDescription)")
      }
      bytes += name.utf8.count + value.utf8.count
      headers.append((name, value))
    }
    guard bytes <= headerBytesMax else {
      throw .badRequest("headers are at most \(headerBytesMax) bytes together")
    }
    return headers
  }

  /// A token of RFC 9110 §5.6.2.
  private static func isName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// As the parser of requests takes it: no line ends, no other control characters but tabs.
  private static func isValue(_ value: String) -> Bool {
    value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
  }

  /// `Name: value` lines; the values of fields that carry a secret itself are replaced, as those of
  /// a delivery are (contract §4).
  func headerBlock(redacting names: [String]) -> [UInt8] {
    var block: [UInt8] = []
    for (name, value) in headers {
      let isSecret = names.contains { $0.lowercased() == name.lowercased() }
      block += Array("\(name): \(isSecret ? "[redacted]" : value)\r\n".utf8)
    }
    return block
  }
}
