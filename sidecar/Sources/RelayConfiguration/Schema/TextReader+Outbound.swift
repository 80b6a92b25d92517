internal import RelayCore
internal import WebhookReceiver

/// Texts about requests that the sidecar sends itself.
extension TextReader {
  /// What is wrong is said without the text where it may hold a password.
  static func outboundURL(_ text: String) throws(Mistake) -> OutboundURL {
    if let url = OutboundURL(text) { return url }
    let suggestion =
      "write one like \"http://127.0.0.1:3000/hooks\", \"https://hooks.example.com/\" or "
      + "\"unix:/run/app.sock:/hooks\""
    if text.contains("@") {
      throw Mistake(
        message: "a URL has no user and no password here; they would end up in logs",
        suggestion: "write the URL without, and what proves who asks under headers or auth"
      )
    }
    if text.contains("#") {
      throw Mistake(
        message: "\(quoted(text)) has a fragment, and no request has one",
        suggestion: "remove it from the # on"
      )
    }
    if !text.contains("://"), !text.hasPrefix("unix:") {
      throw Mistake(
        message: "\(quoted(text)) has no scheme",
        suggestion: text.hasPrefix("/")
          ? "write \(quoted("unix:" + text)) if a socket is meant" : suggestion
      )
    }
    throw Mistake(message: "\(quoted(text)) is not a URL to call", suggestion: suggestion)
  }

  /// `key:header:NAME` is the way in which other places are written.
  static func ordering(_ text: String) throws(Mistake) -> DeliveryOrdering {
    let prefix = "key:header:"
    let plain = text.hasPrefix(prefix) ? "key:" + text.dropFirst(prefix.count) : text
    if let ordering = DeliveryOrdering(plain) { return ordering }
    let words = ["none", "source"]
    throw Mistake(
      message: "\(quoted(text)) is not an order",
      suggestion: NearestKey.of(text, among: words).map { "did you mean \"\($0)\"?" }
        ?? "write \"none\", \"source\", or key: and a place, like \"key:/customer/id\" or "
        + "\"key:header:X-Tenant\""
    )
  }

  static func headerValue(_ text: String) throws(Mistake) -> String {
    guard RelayHeaderRules.isValue(text) else {
      throw Mistake(
        message: "this cannot be the value of a header",
        suggestion: "write at most \(RelayHeaderRules.valueBytesMax) printable characters of "
          + "ASCII, without a blank at an end"
      )
    }
    return text
  }

  static func file(_ text: String) throws(Mistake) -> String {
    guard !text.isEmpty, text.utf8.count <= Limit.fileNameBytes, !text.utf8.contains(0) else {
      throw Mistake(
        message: "this is not the path of a file",
        suggestion: "write one of 1 to \(Limit.fileNameBytes) bytes"
      )
    }
    return text
  }

  static func target(_ text: String) throws(Mistake) -> String {
    let isVisible = text.utf8.allSatisfy {
      $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#")
    }
    guard text.hasPrefix("/"), text.utf8.count <= Limit.pathBytes, isVisible else {
      throw Mistake(
        message: "\(quoted(text)) is not a path to ask for",
        suggestion: "write one like \"/health\", without scheme and host"
      )
    }
    return text
  }
}
