/// As much of a text as helps to find it: what somebody pasted by mistake may be of any length.
enum Excerpt {
  /// What is shown whole.
  ///
  /// The longest block of addresses, and nearly every place, is shorter.
  static let bytesMax = 64
  /// What is shown of more: a mark of three bytes follows.
  private static let scalarsShown = 60

  /// The text, or its beginning.
  ///
  /// Scalars and not characters, because one character may be of any length.
  static func of(_ text: String) -> String {
    guard text.utf8.count > bytesMax else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalarsShown))) + "…"
  }
}
