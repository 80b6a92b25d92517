internal import RelayCore
internal import RelayJournal
internal import WebhookReceiver

/// An event in the forms that a destination may ask for.
///
/// CloudEvents 1.0.2 with its HTTP binding: binary mode keeps the body and puts the attributes into
/// `ce-` headers, structured mode is one JSON object.
struct RelayFormat {
  struct Content {
    var body: [UInt8]
    /// Fields that describe the body.
    var fields: [(String, String)] = []
    /// Whether the provider's own headers go along: they tell of its body, not of another.
    var keepsHeaders = true
  }

  private let event: StoredEvent
  private let id: String

  init(_ event: StoredEvent, id: String) {
    self.event = event
    self.id = id
  }

  func content(_ format: DeliveryFormat) -> Content {
    switch format {
    case .original: Content(body: event.body)
    case .cloudEventsBinary: Content(body: event.body, fields: binaryFields)
    case .cloudEventsStructured:
      Content(
        body: structured,
        fields: [("Content-Type", "application/cloudevents+json; charset=utf-8")],
        keepsHeaders: false
      )
    case .envelope:
      Content(
        body: envelope,
        fields: [("Content-Type", "application/json")],
        keepsHeaders: false
      )
    }
  }

  // MARK: CloudEvents

  /// Without a type of the provider's.
  private static let typeUnknown = "webhook"

  private var type: String {
    event.eventType.map { String(decoding: $0, as: UTF8.self) } ?? Self.typeUnknown
  }

  /// A URI reference that is the same for all events of one source.
  private var source: String { "/sources/" + event.source }

  private var time: String {
    Timestamp(microseconds: event.providerTime ?? event.receivedAt).rfc3339
  }

  private var binaryFields: [(String, String)] {
    var fields = [
      ("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", source), ("ce-type", type),
      ("ce-time", time),
    ]
    if let eventID = event.eventID {
      fields.append(("ce-providerid", String(decoding: eventID, as: UTF8.self)))
    }
    return fields.map { ($0.0, Self.encoded($0.1)) }
  }

  /// The longest value of one of these headers: ids and types are bounded where they are read.
  private static let valueBytesMax = 2048

  /// Percent-encodes space, quotation mark, percent and all that is not printable ASCII (HTTP
  /// binding §3.1.3.2).
  static func encoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8.prefix(valueBytesMax) {
      if (0x21...0x7E).contains(byte), byte != 0x22, byte != 0x25 {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%")] + Hex.encode([byte]).uppercased().utf8
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private var contentType: String? {
    HeaderBlock(event.headerBlock).first("content-type")?.text
  }

  private var structured: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    for (key, value) in [
      ("specversion", "1.0"), ("id", id), ("source", source), ("type", type), ("time", time),
    ] {
      writer.key(key)
      writer.string(value)
    }
    if let eventID = event.eventID {
      writer.key("providerid")
      writer.string(utf8: eventID.span)
    }
    if let contentType {
      writer.key("datacontenttype")
      writer.string(contentType)
    }
    data(to: &writer)
    writer.endObject()
    return writer.bytes
  }

  /// JSON as itself where it is said to be JSON and is; everything else in base64.
  private func data(to writer: inout JSONWriter) {
    let media = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    let isJSON = media == "application/json" || media == "text/json" || media.hasSuffix("+json")
    if isJSON, PointerSet([])?.locate(in: event.body.span) != nil {
      writer.key("data")
      writer.rawValue(event.body)
    } else if !event.body.isEmpty {
      writer.key("data_base64")
      writer.base64(event.body.span)
    }
  }

  // MARK: Envelope

  /// The event as `GET /v1/events/{id}` shows it.
  private var envelope: [UInt8] {
    var writer = JSONWriter()
    EventJSON().write(event, id: id, body: .base64, to: &writer)
    return writer.bytes
  }
}
