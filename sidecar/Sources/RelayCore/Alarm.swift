package import WebhookReceiver

/// Something that a person should know of now.
package struct Alarm: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Pushes of a source do not come.
    case stall
    /// They come again.
    case recovery
    /// Polls fail: neither path can be trusted.
    case pollBlind = "poll_blind"
    /// They succeed again.
    case pollRestored = "poll_restored"
    /// Events that are lost for good.
    case gap
    /// More is listed than walks get through.
    case backlog
    /// Deliveries were given up.
    case deadLetter = "dead_letter"
  }

  package var kind: Kind
  /// The source or destination that it is about.
  package var subject: String
  /// For people; nothing that a stranger wrote.
  package var detail: String
  package var at: Timestamp

  package init(_ kind: Kind, _ subject: String, _ detail: String, at: Timestamp) {
    self.kind = kind
    self.subject = subject
    self.detail = detail
    self.at = at
  }

  /// Two of one key say the same.
  package var key: String { "\(kind.rawValue) \(subject)" }

  /// What the operator's command reads and the URL takes.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("alarm")
    writer.string(kind.rawValue)
    writer.key("subject")
    writer.string(subject)
    writer.key("detail")
    writer.string(detail)
    writer.key("at")
    writer.timestamp(at)
    writer.endObject()
    return writer.bytes
  }
}
