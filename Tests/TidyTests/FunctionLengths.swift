/// Finds functions and their lengths in formatted source: a body ends at the first line that is
/// indented like its declaration and begins with a closing brace.
enum FunctionLengths {
  struct Function: Equatable {
    let line: Int
    let length: Int
  }

  static func find(in lines: [String]) -> [Function] {
    lines.indices.compactMap { index in
      guard isDeclaration(lines[index]), let body = bodyStart(lines, from: index) else {
        return nil
      }
      let indent = indentation(lines[index])
      let end = lines[body...].dropFirst().firstIndex {
        indentation($0) == indent && $0.drop { $0 == " " }.hasPrefix("}")
      }
      return end.map { Function(line: index + 1, length: $0 - index + 1) }
    }
  }

  private static func indentation(_ line: String) -> Int {
    line.prefix { $0 == " " }.count
  }

  private static func isDeclaration(_ line: String) -> Bool {
    let text = line.drop { $0 == " " }
    guard !text.hasPrefix("//") else { return false }
    for word in text.split(whereSeparator: { $0 == " " || $0 == "(" }).prefix(6) {
      if ["func", "init", "init?", "deinit", "subscript", "init<Handler:"].contains(word) {
        return true
      }
      let isModifier =
        word.hasPrefix("@")
        || [
          "public", "package", "internal", "private", "fileprivate", "static", "class", "final",
          "override", "mutating", "borrowing", "consuming", "nonisolated", "convenience",
          "required",
        ].contains(word)
      if !isModifier { return false }
    }
    return false
  }

  /// The line on which the body opens, or nil for a requirement and for a body on one line.
  private static func bodyStart(_ lines: [String], from index: Int) -> Int? {
    let indent = indentation(lines[index])
    for line in index..<lines.count {
      let text = lines[line].drop { $0 == " " }
      if line > index, indentation(lines[line]) <= indent,
        !text.hasPrefix(")"), !text.hasPrefix("{"), !text.hasPrefix("where")
      {
        return nil
      }
      if text.hasSuffix("{") { return line }
      if text.hasSuffix("}"), text.contains("{") { return nil }
    }
    return nil
  }
}
