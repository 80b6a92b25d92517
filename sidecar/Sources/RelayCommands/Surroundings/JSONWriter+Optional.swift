internal import WebhookReceiver

extension JSONWriter {
  /// The text, or null when there is none.
  mutating func stringOrNull(_ text: String?) {
    if let text { string(text) } else { null() }
  }
}
