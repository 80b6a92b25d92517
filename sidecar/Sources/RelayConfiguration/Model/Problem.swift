/// One mistake in the configuration: where it is, what it is, and what to write instead.
///
/// Neither text holds a secret, so problems may be printed and logged.
package struct Problem: Error, Equatable, Sendable {
  /// What becomes of it; the word is the one of the printed form.
  package enum Severity: String, Sendable {
    /// Nothing starts with it.
    case error
    /// It works, and is probably not what was meant.
    case warning
  }

  package let severity: Severity
  package let file: String
  package let line: Int
  package let column: Int
  /// The key that is concerned, from the top: `sources.github.verify`.
  ///
  /// Empty for the file itself.
  package let path: String
  package let message: String
  package let suggestion: String

  package init(
    _ severity: Severity = .error,
    file: String,
    line: Int,
    column: Int,
    path: String,
    message: String,
    suggestion: String
  ) {
    self.severity = severity
    self.file = file
    self.line = line
    self.column = column
    self.path = path
    self.message = message
    self.suggestion = suggestion
  }
}

extension Problem: CustomStringConvertible {
  /// The form that editors and terminals recognise as a place to jump to.
  package var description: String {
    let subject = path.isEmpty ? "" : "\(path): "
    return "\(file):\(line):\(column): \(severity.rawValue): \(subject)\(message); \(suggestion)"
  }
}
