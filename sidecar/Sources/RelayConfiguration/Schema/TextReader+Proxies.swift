internal import WebhookReceiver

extension TextReader {
  /// The word for everybody who connects over a unix socket, which has no address.
  static let unixWord = "unix"

  /// A block of addresses, or the word.
  static func proxy(_ text: String) throws(Mistake) -> Checked.Value {
    if text == unixWord { return .text(text) }
    // A path would say more than there is: the kernel does not tell who connects.
    if text.lowercased().hasPrefix(unixWord) {
      throw Mistake(
        message: "\(quoted(text)) is not a proxy",
        suggestion: "write \"unix\" for whoever connects over a unix socket"
      )
    }
    do throws(Mistake) {
      return try read(text, .addressBlock)
    } catch {
      guard error.suggestion.hasPrefix("write one like") else { throw error }
      throw Mistake(message: error.message, suggestion: error.suggestion + ", or \"unix\"")
    }
  }
}
