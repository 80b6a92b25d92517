/// Makes text that came from the network or a file fit to be shown: no control character reaches
/// the terminal, where it could move the cursor, retitle the window or forge a line.
package enum TerminalText {
  /// Longer values are shown cut: a listing is for reading, `--json` has everything.
  static let charactersMax = 200

  package static func safe(_ text: String) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < charactersMax else { return shown + "…" }
      count += 1
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      default:
        shown.unicodeScalars.append(scalar)
      }
    }
    return shown
  }
}
